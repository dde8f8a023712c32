"""Voices of callers: the embedded engine at several pitches, and Debian's espeak-ng."""

from __future__ import annotations

import subprocess
import wave
from io import BytesIO
from typing import Any, Final

import numpy as np

from tools import caller_voice

RATE: Final = 8000
Samples = np.ndarray[Any, np.dtype[np.int16]]
ESPEAK: Final = ("en-us", "en-gb", "en-us+f3", "en-us+m7")


def espeak(text: str, voice: str) -> Samples:
    """Raise SystemExit where espeak-ng is not installed."""
    try:
        done = subprocess.run(
            ["espeak-ng", "-v", voice, "-s", "150", "--stdout", text],
            capture_output=True,
            check=True,
            timeout=20,
        )
    except FileNotFoundError:
        raise SystemExit(
            "bench: espeak-ng is missing (Debian: apt-get install espeak-ng)"
        ) from None
    with wave.open(BytesIO(done.stdout)) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64)
    low = np.convolve(samples, np.ones(3) / 3, mode="same")
    places = np.arange(int(len(low) * RATE / rate)) * rate / RATE
    return np.asarray(np.interp(places, np.arange(len(low)), low), np.int16)


def speak(text: str, number: int) -> Samples:
    """The ``number``-th voice says it: every second sentence the embedded one."""
    if number % 2:
        return espeak(text, ESPEAK[number // 2 % len(ESPEAK)])
    return caller_voice.speak(text)


def paused(first: str, second: str, number: int, *, pause_s: float) -> tuple[Samples, Samples]:
    """Two halves of a sentence; the pause is at the end of the first."""
    silence = np.zeros(int(pause_s * RATE), np.int16)
    return np.concatenate([trimmed(speak(first, number)), silence]), speak(second, number)


def trimmed(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > 150)
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples
