"""The embedded engines on WAV files, for demonstrations and checks."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from agents.voice.local import hibari_voice, moonshine
from agents.voice.local.moonshine import Samples
from agents.voice.spoken_text import for_speech
from contactcenter.errors import Invalid

# A piece is cut at the quietest moment of its last third, where hardly a word is cut in two.
LONGEST_PIECE: Final = 24 * moonshine.RATE
EARLIEST_CUT: Final = 16 * moonshine.RATE
MOMENT: Final = moonshine.RATE // 10


def speak(text: str, path: Path) -> None:
    """Write the text as a 24 kHz mono WAV."""
    audio = hibari_voice.HibariVoice().say(for_speech(text))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, hibari_voice.RATE, 0, "NONE", ""))
        file.writeframes(hibari_voice.as_pcm(audio))


def transcribe(path: Path, *, models: Path) -> str:
    """Return the words in a WAV of any rate; of several channels the first.

    Raises:
        Invalid: It is not a 16-bit WAV.
    """
    engine = moonshine.Moonshine(models)
    heard = (engine.hear(piece) for piece in pieces(read(path)))
    return " ".join(words for words in heard if words)


def read(path: Path) -> Samples:
    try:
        with wave.open(str(path)) as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise Invalid(f"{path.name} is not a WAV file: {error}") from None
    if width != 2:
        raise Invalid(f"{path.name} has {8 * width} bits a sample, not 16")
    samples = (np.frombuffer(data, "<i2")[::channels] / 32768).astype(np.float32)
    positions = np.arange(int(len(samples) * moonshine.RATE / rate)) * rate / moonshine.RATE
    return np.asarray(np.interp(positions, np.arange(len(samples)), samples), np.float32)


def pieces(samples: Samples) -> Iterator[Samples]:
    """Cut long audio into pieces that Moonshine can hear."""
    while len(samples) > LONGEST_PIECE:
        moments = samples[EARLIEST_CUT:LONGEST_PIECE].reshape(-1, MOMENT)
        at = EARLIEST_CUT + int(np.square(moments).mean(axis=1).argmin()) * MOMENT + MOMENT // 2
        yield samples[:at]
        samples = samples[at:]
    yield samples
