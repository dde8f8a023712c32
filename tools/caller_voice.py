"""The voice of a caller for demonstration and tests: the embedded one, made another person's."""

from __future__ import annotations

import wave
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from hibari import Hibari

RATE: Final = 8000
PITCH: Final = 0.9


@cache
def engine() -> Hibari:
    return Hibari(threads=1)


def speak(text: str) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Return 8 kHz samples of the sentence."""
    audio = np.concatenate(list(engine().stream(text)))
    # Played slower, the voice gets deeper; spoken faster first, the speed stays.
    positions = np.arange(int(len(audio) * RATE / (24000 * PITCH))) * 24000 * PITCH / RATE
    # A crude low pass before leaving out samples keeps sibilants from folding back.
    smooth = np.convolve(audio, np.ones(3) / 3, mode="same")
    low = np.interp(positions, np.arange(len(smooth)), smooth)
    return (np.clip(low, -1, 1) * 0.7 * 32767).astype("<i2")


def record(text: str, path: Path) -> Path:
    """Write the sentence as the 8 kHz mono WAV that baresip plays."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(speak(text).tobytes())
    return path
