"""Joins a telephone's audio to a room's: mixes what the room says, keeps the telephone's track."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from livekit import rtc

from sip.gateway import private
from sip.gateway.private import Ear, Mouth
from sip.gateway.rtp import Clock, Rtp

# The codec is known only when a call is answered; the room's track is there before.
ROOM_RATE: Final = 16_000
ROOM_FRAME_BYTES: Final = ROOM_RATE // 50 * 2
TEN_MS_BYTES: Final = ROOM_RATE // 100 * 2
SILENT_AFTER_S: Final = 0.1
# Two frames ride out the jitter of the process; more than five is delay that nobody wants.
PRIME_FRAMES: Final = 2
MOST_FRAMES: Final = 5
Samples = np.ndarray[Any, np.dtype[np.int16]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """How this process makes ears and mouths: routed, or by the public classes."""

    ear: Callable[[rtc.Track, int], Ear]
    mouth: Callable[[int], Mouth]


def studio() -> Studio:
    """Prepare audio for this process; once, before the first call."""
    if private.install():
        return Studio(ear=private.RoutedEar, mouth=private.RoutedMouth)
    return Studio(ear=private.StockEar, mouth=private.StockMouth)


class Doubler:
    """8 kHz to 16 kHz by a half-band filter; keeps its history from frame to frame."""

    # Windowed sinc for the samples in between; the others stay as they are.
    OFFSETS: Final = np.arange(-7.5, 8)
    TAPS: Final = np.sinc(OFFSETS) * np.hamming(len(OFFSETS))
    WEIGHTS: Final = TAPS / TAPS.sum()

    def __init__(self) -> None:
        self._history = np.zeros(len(self.WEIGHTS) - 1)

    def double(self, pcm: bytes) -> bytes:
        samples = np.concatenate((self._history, np.frombuffer(pcm, "<i2")))
        between = np.convolve(samples, self.WEIGHTS, mode="valid")
        count = len(between)
        self._history = samples[-len(self._history) :]
        both = np.empty(2 * count)
        # The filter is symmetric: sample k of the delayed input lies before its middle.
        both[0::2] = samples[len(self.WEIGHTS) // 2 - 1 :][:count]
        both[1::2] = between
        return np.clip(both, -32768, 32767).astype("<i2").tobytes()


def mixed(frames: list[bytes]) -> bytes | None:
    """Add up frames without overflow; None for none."""
    if len(frames) < 2:
        return frames[0] if frames else None
    total = np.sum([np.frombuffer(frame, "<i2").astype(np.int32) for frame in frames], axis=0)
    loud: Samples = np.clip(total, -32768, 32767).astype("<i2")
    return loud.tobytes()


class Source:
    """One track of the room on its way to the telephone."""

    def __init__(self, ear: Ear) -> None:
        self.ear = ear
        self._primed = False

    def take(self) -> bytes | None:
        frames = self.ear.frames
        if not self._primed and len(frames) < PRIME_FRAMES:
            return None
        self._primed = bool(frames)
        if len(frames) > MOST_FRAMES:
            frames.popleft()
        return frames.popleft() if frames else None


class Bridge:
    """The audio of one call between its telephone and its room.

    Without a telephone yet (``connect``), the room's track carries silence; without a room
    (``start``), what the telephone says is dropped.
    """

    def __init__(self, studio: Studio, clock: Clock) -> None:
        self._studio = studio
        self._clock = clock
        self._mouth: Mouth | None = None
        self._tracks: dict[str, rtc.Track] = {}
        self._sources: dict[str, Source] = {}
        self._rtp: Rtp | None = None
        self._doubler: Doubler | None = None
        self._pending = b""
        self._pushed_at = 0.0
        self._closed = False

    def start(self) -> rtc.AudioSource:
        """Make the track's source; only calls that get as far as a room cost one."""
        self._mouth = self._studio.mouth(ROOM_RATE)
        self._clock.listeners.add(self._tick)
        return self._mouth.source

    def connect(self, rtp: Rtp) -> None:
        self._rtp = rtp
        self._doubler = Doubler() if rtp.rate * 2 == ROOM_RATE else None
        for name, track in self._tracks.items():
            self._sources[name] = Source(self._studio.ear(track, rtp.rate))

    def add(self, name: str, track: rtc.Track) -> None:
        if self._closed:
            return
        self._tracks[name] = track
        if self._rtp is not None:
            self._sources[name] = Source(self._studio.ear(track, self._rtp.rate))

    async def remove(self, name: str) -> None:
        self._tracks.pop(name, None)
        source = self._sources.pop(name, None)
        if source is not None:
            await source.ear.close()

    def hear(self, pcm: bytes) -> None:
        """Take what the telephone says."""
        self._pending += self._doubler.double(pcm) if self._doubler else pcm
        whole = len(self._pending) // TEN_MS_BYTES * TEN_MS_BYTES
        self._push(self._pending[:whole])
        self._pending = self._pending[whole:]

    def _push(self, pcm: bytes) -> None:
        self._pushed_at = time.monotonic()
        if self._mouth is not None:
            self._mouth.push(pcm)

    def _push_silence(self) -> None:
        if self._mouth is not None:
            self._mouth.push(bytes(ROOM_FRAME_BYTES))

    def _tick(self) -> None:
        # The track must not stop while a telephone is silent or held: listeners would lose it.
        if time.monotonic() - self._pushed_at > SILENT_AFTER_S:
            self._push_silence()
        if self._rtp is None:
            return
        size = self._rtp.frame_bytes
        heard = (source.take() for source in self._sources.values())
        self._rtp.tick(mixed([frame for frame in heard if frame and len(frame) == size]))

    async def close(self) -> None:
        self._closed = True
        self._clock.listeners.discard(self._tick)
        for name in tuple(self._tracks):
            await self.remove(name)
        if self._rtp is not None:
            await self._rtp.close()
        if self._mouth is not None:
            await self._mouth.close()
