"""Follows what a phone hears while the call is running, by the file that the phone writes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from tests.telephone import ear

RATE: Final = 8000
HEADER_BYTES: Final = 44
WINDOW: Final = RATE // 50
# Comfort noise and codec hiss stay below; the quietest syllable is far above.
AUDIBLE_RMS: Final = 150


@dataclass(kw_only=True)
class Listening:
    """What was heard since the last turn; ``path`` is a growing 8 kHz mono 16-bit WAV."""

    path: Path
    turn_began: int = field(default=0)

    def samples(self) -> np.ndarray[Any, np.dtype[np.int16]]:
        raw = self.path.read_bytes()[HEADER_BYTES:] if self.path.exists() else b""
        return np.frombuffer(raw[: len(raw) // 2 * 2], "<i2")

    def loud_windows(self, since: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
        part = self.samples()[since:]
        windows = part[: len(part) // WINDOW * WINDOW].reshape(-1, WINDOW).astype(np.float64)
        return np.asarray(np.sqrt((windows**2).mean(axis=1)) > AUDIBLE_RMS, np.bool_)

    def until_quiet(self, *, quiet_s: float = 1.2, within_s: float = 25.0) -> str:
        """Wait until somebody spoke and was quiet for ``quiet_s``; return the words.

        Raises:
            AssertionError: Nobody spoke, or nobody stopped, within the time.
        """
        began = self.turn_began
        deadline = time.monotonic() + within_s
        needed = int(quiet_s * RATE / WINDOW)
        while True:
            loud = np.flatnonzero(windows := self.loud_windows(began))
            if len(loud) and len(windows) - loud[-1] > needed:
                break
            assert time.monotonic() < deadline, f"heard {len(loud)} loud windows in {within_s} s"
            time.sleep(0.1)
        heard = self.samples()[began:]
        self.turn_began = began + len(heard)
        return ear.transcribe(ear.at_16_khz(heard, RATE))

    def first_sound_s(self) -> float:
        """Seconds from the start of the recording to the first audible window."""
        loud = np.flatnonzero(self.loud_windows(0))
        assert len(loud), "nothing was heard"
        return float(loud[0] * WINDOW / RATE)

    def next_sound_s(self, after_s: float) -> float:
        """The moment of the first sound after another moment of the recording, in seconds."""
        start = int(after_s * RATE / WINDOW)
        loud = np.flatnonzero(self.loud_windows(0)[start:])
        assert len(loud), f"nothing was heard after {after_s} s"
        return float((start + loud[0]) * WINDOW / RATE)

    def ends_of_speech_s(self, *, quiet_s: float) -> list[float]:
        """The moments after which nobody spoke for ``quiet_s``, in seconds."""
        loud = np.flatnonzero(self.loud_windows(0))
        quiet = int(quiet_s * RATE / WINDOW)
        last = np.append(np.diff(loud) > quiet, True)
        return [float((window + 1) * WINDOW / RATE) for window in loud[last]]
