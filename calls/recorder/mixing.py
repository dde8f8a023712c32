"""Puts what is heard where it belongs in time, and mixes it into two channels. Pure.

Positions are counted in samples since the recording began.
"""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 16_000
# Audio is written this long after it was heard, so that what was delayed still finds its place.
LAG: Final = RATE
# So many chunks tell how late a track's audio arrives at best: three seconds.
MEMORY: Final = 30
# A better estimate moves a track only by more than this: each move is heard as a small jump.
EARLIER: Final = RATE // 100
LATER: Final = RATE * 6 // 100
# What the mixer can hold at once.
SPAN: Final = 8 * RATE

Samples = NDArray[np.int16]


class Channel(IntEnum):
    """Left and right of the recording."""

    CALLER = 0
    OTHERS = 1


class Track:
    """One microphone's audio on its way to the mixer.

    A chunk can arrive late but never early, so the smallest (arrival - samples so far) of the
    last seconds is the best guess where the track's first sample belongs.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.heard = 0
        self.base = 0
        self.offsets: deque[int] = deque(maxlen=MEMORY)
        self.waiting: deque[tuple[int, Samples]] = deque()

    def hear(self, samples: Samples, *, arrived: int) -> None:
        """Take a chunk whose last sample came in at ``arrived``."""
        offset = arrived - len(samples) - self.heard
        if self.offsets and offset > self.base + LAG:
            # The track paused for longer than a delay lasts: what follows starts anew.
            self.place(self.base + self.heard)
            self.offsets.clear()
        best = min(offset, *self.offsets) if self.offsets else offset
        if not self.offsets or best < self.base - EARLIER or best > self.base + LATER:
            self.base = best
        self.offsets.append(offset)
        self.waiting.append((self.heard, samples))
        self.heard += len(samples)

    def place(self, until: int) -> list[tuple[int, Samples]]:
        """Hand out the chunks that begin before ``until``, each with its position."""
        placed = []
        while self.waiting and self.base + self.waiting[0][0] < until:
            index, samples = self.waiting.popleft()
            placed.append((self.base + index, samples))
        return placed


class Mixer:
    """The last seconds of both channels; written at any position, read once and in order."""

    def __init__(self) -> None:
        self.ring = np.zeros((len(Channel), SPAN), np.int32)
        self.done = 0

    def add(self, channel: Channel, position: int, samples: Samples) -> None:
        """Add audio; what lies before the part already read, or too far ahead, is dropped."""
        first = max(0, self.done - position)
        last = max(first, min(len(samples), self.done + SPAN - position))
        places = np.arange(position + first, position + last) % SPAN
        self.ring[channel, places] += samples[first:last]

    def take(self, until: int) -> Samples:
        """Read on up to a position: an array of two channels, silent where nothing was heard."""
        places = np.arange(self.done, max(self.done, min(until, self.done + SPAN))) % SPAN
        mixed = self.ring[:, places].clip(-32768, 32767).astype(np.int16)
        self.ring[:, places] = 0
        self.done += len(places)
        return mixed
