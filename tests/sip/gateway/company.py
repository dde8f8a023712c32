"""Somebody in the room for the telephone to talk to: speaks a tone, hears, counts digits."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from livekit import api, rtc

from contactcenter.config import Config

RATE = 48_000
LOUD = 1000.0
SOON_S = 8.0


async def until(fact: Callable[[], bool], *, within_s: float = SOON_S) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: It was not within the time.
    """
    async with asyncio.timeout(within_s):
        while not fact():
            await asyncio.sleep(0.02)


def tone(frequency: float, rate: int, start: int, count: int) -> bytes:
    angles = 2 * np.pi * frequency * (start + np.arange(count)) / rate
    return (8000 * np.sin(angles)).astype("<i2").tobytes()


def record_tone(path: Path, *, rate: int = 8000) -> Path:
    """Write a second of a tone for a telephone to play."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(tone(600, rate, 0, rate))
    return path


def loudness(pcm: bytes) -> float:
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    return float(np.sqrt((samples**2).mean())) if len(samples) else 0.0


class Company:
    """A participant of the room; leaves with ``leave``."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.room = rtc.Room()
        self.digits = ""
        self.statuses: list[str] = []
        self.gone: dict[str, int | None] = {}
        self.loudest = 0.0
        self._tasks: set[asyncio.Task[Any]] = set()
        self.room.on("sip_dtmf_received", self._digit)
        self.room.on("participant_attributes_changed", self._changed)
        self.room.on("participant_connected", lambda who: self._note(who.attributes))
        self.room.on("participant_disconnected", self._left)
        self.room.on("track_subscribed", self._subscribed)

    async def join(self, room_name: str, *, identity: str = "ai") -> None:
        token = (
            api.AccessToken(self._config.livekit_api_key, self._config.livekit_api_secret)
            .with_identity(identity)
            .with_grants(api.VideoGrants(room_join=True, room=room_name))
            .to_jwt()
        )
        await self.room.connect(self._config.livekit_url, token)
        for participant in self.room.remote_participants.values():
            self._note(participant.attributes)

    async def speak(self) -> None:
        """Publish a tone: this is what a ringing gateway waits for."""
        source = rtc.AudioSource(RATE, 1)
        track = rtc.LocalAudioTrack.create_audio_track("voice", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self.room.local_participant.publish_track(track, options)
        self._start(self._tone(source))

    @property
    def telephone(self) -> rtc.RemoteParticipant:
        (participant,) = self.room.remote_participants.values()
        return participant

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.room.disconnect()

    def _start(self, work: Any) -> None:
        self._tasks.add(asyncio.create_task(work))

    async def _tone(self, source: rtc.AudioSource) -> None:
        count, sent = RATE // 100, 0
        while True:
            frame = rtc.AudioFrame(tone(440, RATE, sent, count), RATE, 1, count)
            await source.capture_frame(frame)
            sent += count

    async def _listen(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=16_000, num_channels=1)
        try:
            async for event in stream:
                self.loudest = max(self.loudest, loudness(bytes(event.frame.data)))
        finally:
            await stream.aclose()

    def _subscribed(self, track: rtc.Track, *_: object) -> None:
        self._start(self._listen(track))

    def _digit(self, packet: rtc.SipDTMF) -> None:
        self.digits += packet.digit

    def _changed(self, changed: dict[str, str], participant: rtc.Participant) -> None:
        self._note(changed)

    def _note(self, attributes: dict[str, str]) -> None:
        if status := attributes.get("sip.callStatus"):
            self.statuses.append(status)

    def _left(self, participant: rtc.RemoteParticipant) -> None:
        self.gone[participant.identity] = participant.disconnect_reason
