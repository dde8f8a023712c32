"""Pure tones to play into a room, and an ear that names the tone of a recording's channel."""

from __future__ import annotations

import asyncio
from pathlib import Path

import av
import numpy as np
from livekit import rtc
from numpy.typing import NDArray

RATE = 16_000
FRAME = RATE // 100


class Player:
    """A participant that plays a tone as long as it is there."""

    def __init__(self, tone_hz: float, name: str = "microphone") -> None:
        self.tone_hz = tone_hz
        self.name = name
        self.room = rtc.Room()
        self.source = rtc.AudioSource(RATE, 1)
        self.playing: asyncio.Task[None] | None = None

    async def join(self, url: str, token: str) -> None:
        await self.room.connect(url, token)
        track = rtc.LocalAudioTrack.create_audio_track(self.name, self.source)
        await self.room.local_participant.publish_track(
            track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        )
        self.playing = asyncio.create_task(self.play())

    async def play(self) -> None:
        played = 0
        while True:
            phase = 2 * np.pi * self.tone_hz * (played + np.arange(FRAME)) / RATE
            wave = (8000 * np.sin(phase)).astype(np.int16)
            await self.source.capture_frame(
                rtc.AudioFrame(
                    data=wave.tobytes(), sample_rate=RATE, num_channels=1, samples_per_channel=FRAME
                )
            )
            played += FRAME

    async def leave(self) -> None:
        """Hang up; safe to repeat."""
        if self.playing is None:
            return
        self.playing.cancel()
        await asyncio.gather(self.playing, return_exceptions=True)
        self.playing = None
        await self.room.disconnect()
        await self.source.aclose()


def channels(path: Path) -> NDArray[np.int16]:
    """Decode a recording to two rows at 16 kHz; what comes after a broken end is left out."""
    resampler = av.AudioResampler(format="s16p", layout="stereo", rate=RATE)
    blocks = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            blocks += [part.to_ndarray() for part in resampler.resample(frame)]
    return np.concatenate(blocks, axis=1)


def tone_of(samples: NDArray[np.int16]) -> float:
    """Name the loudest frequency, to 10 Hz; 0 if it is silent for most of the time."""
    if np.sqrt(np.mean(samples.astype(float) ** 2)) < 2500:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples.astype(float) * np.hanning(len(samples))))
    loudest = np.fft.rfftfreq(len(samples), 1 / RATE)[spectrum.argmax()]
    return float(round(loudest, -1))


def tones_of(samples: NDArray[np.int16]) -> list[float]:
    """Name the tone of each whole half second."""
    window = RATE // 2
    return [
        tone_of(samples[at : at + window]) for at in range(0, len(samples) - window + 1, window)
    ]
