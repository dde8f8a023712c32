"""The engines on files: what is written is what is read back."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from agents.voice.local import files
from agents.voice.local.moonshine import RATE
from contactcenter.errors import Invalid
from tests.agents.test_engines import MODELS, prepared

__all__ = ["prepared"]


@pytest.mark.usefixtures("prepared")
def test_a_spoken_file_is_written_down_again(tmp_path: Path) -> None:
    path = tmp_path / "said.wav"

    files.speak("Your order W1001 has shipped.", path)

    heard = files.transcribe(path, models=MODELS)
    assert heard.lower() == "your order w1001 has shipped."


def test_long_audio_is_cut_in_its_pauses_and_nothing_is_lost() -> None:
    samples = np.ones(60 * RATE, np.float32)
    samples[20 * RATE : 20 * RATE + RATE // 10] = 0.0

    pieces = list(files.pieces(samples))

    assert np.array_equal(np.concatenate(pieces), samples)
    assert max(map(len, pieces)) <= files.LONGEST_PIECE
    assert len(pieces[0]) == 20 * RATE + RATE // 20


@pytest.mark.parametrize("content", [b"", b"not a WAV file at all"])
def test_what_is_no_wav_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "said.wav"
    path.write_bytes(content)

    with pytest.raises(Invalid, match=r"said\.wav is not a WAV file"):
        files.read(path)


def test_other_sample_sizes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "said.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(bytes(8000))

    with pytest.raises(Invalid, match="8 bits a sample"):
        files.read(path)


def test_of_a_stereo_recording_the_first_channel_is_read(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.array([[16384, 0]] * RATE, "<i2").tobytes())

    samples = files.read(path)

    assert len(samples) == RATE
    assert set(samples) == {np.float32(0.5)}
