"""One job: joins a call unseen, hears everybody, and writes a segment until the call is over."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import Final

import av
import numpy as np
from livekit import rtc
from livekit.agents import AutoSubscribe, JobContext

from calls.recorder import delivery, private, segments
from calls.recorder.mixing import LAG, RATE, Channel, Mixer, Track
from contactcenter import rooms
from contactcenter.config import Config
from contactcenter.errors import ContactCenterError, Invalid

CONNECT_WITHIN_S: Final = 10.0
# Larger chunks than the usual 20 ms: each one wakes Python up.
CHUNK_MS: Final = 100
WRITE_EVERY_S: Final = 0.5
# Caller and representatives gone for this long: the call is over, whatever the room does.
ALONE_FOR_S: Final = 3.0
# Meant for a representative's ear only.
PRIVATE_TRACKS: Final = frozenset({"briefing", "whisper"})
REPRESENTATIVE: Final = "human-"
FAULTS: Final = (rtc.ConnectError, TimeoutError, av.FFmpegError, OSError)

logger = logging.getLogger(__name__)


def is_person(participant: rtc.RemoteParticipant) -> bool:
    return participant.kind != rtc.ParticipantKind.PARTICIPANT_KIND_AGENT


def channel_of(participant: rtc.RemoteParticipant) -> Channel:
    """The caller is left: on the telephone, or marked as caller on any other way in."""
    on_the_phone = participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP
    is_caller = participant.attributes.get("cc.role") == "caller" or (
        on_the_phone and not participant.identity.startswith(REPRESENTATIVE)
    )
    return Channel.CALLER if is_caller else Channel.OTHERS


class Ears:
    """Hears a room: one reader for each microphone, all on one clock."""

    def __init__(self, room: rtc.Room) -> None:
        self.room = room
        self.began = time.monotonic()
        self.tracks: list[Track] = []
        self.readers: dict[str, asyncio.Task[None]] = {}
        self.over = asyncio.Event()
        self.saw_a_person = False
        self.alone: asyncio.TimerHandle | None = None
        self.left_at: int | None = None
        room.on("track_published", lambda publication, _: self.ask_for(publication))
        room.on("track_subscribed", self.open)
        room.on("track_unsubscribed", lambda track, *_: self.close(track))
        room.on("participant_connected", lambda _: self.look_around())
        room.on("participant_disconnected", lambda _: self.look_around())
        room.on("disconnected", lambda _: self.over.set())

    def now(self) -> int:
        return int((time.monotonic() - self.began) * RATE)

    def start(self) -> None:
        """Ask for what is there already; the events bring the rest."""
        self.look_around()
        for participant in self.room.remote_participants.values():
            for publication in participant.track_publications.values():
                self.ask_for(publication)

    def ask_for(self, publication: rtc.RemoteTrackPublication) -> None:
        if publication.kind == rtc.TrackKind.KIND_AUDIO and publication.name not in PRIVATE_TRACKS:
            publication.set_subscribed(True)

    def open(
        self, track: rtc.Track, _: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant
    ) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            heard = Track(channel_of(participant))
            self.tracks.append(heard)
            self.readers[track.sid] = asyncio.create_task(self.listen(track, heard))

    def close(self, track: rtc.Track) -> None:
        # After a publisher's full reconnect the old stream would go on with the new audio.
        if reader := self.readers.get(track.sid):
            reader.cancel()

    async def listen(self, track: rtc.Track, heard: Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1, frame_size_ms=CHUNK_MS)
        try:
            async for event in stream:
                heard.hear(np.frombuffer(event.frame.data, np.int16), arrived=self.now())
        finally:
            await stream.aclose()

    def look_around(self) -> None:
        people = [one for one in self.room.remote_participants.values() if is_person(one)]
        self.saw_a_person = self.saw_a_person or bool(people)
        if people and self.alone is not None:
            self.alone.cancel()
            self.alone = self.left_at = None
        elif not people and self.saw_a_person and self.alone is None:
            self.left_at = self.now()
            self.alone = asyncio.get_running_loop().call_later(ALONE_FOR_S, self.over.set)

    def reached(self, lag: int) -> int:
        """Say up to where it may be written: never beyond the moment the last person left."""
        now = self.now() - lag
        return now if self.left_at is None else min(now, self.left_at)

    async def stop(self) -> None:
        for reader in self.readers.values():
            reader.cancel()
        ended = await asyncio.gather(*self.readers.values(), return_exceptions=True)
        if broken := [type(end).__name__ for end in ended if isinstance(end, Exception)]:
            logger.error("a track was not heard to its end", extra={"why": broken})


class Recording:
    """Carries what the ears hear into the file."""

    def __init__(self, ears: Ears, file: segments.OggFile) -> None:
        self.ears = ears
        self.file = file
        self.mixer = Mixer()

    def write(self, until: int) -> None:
        for track in self.ears.tracks:
            for position, samples in track.place(until):
                self.mixer.add(track.channel, position, samples)
        while (block := self.mixer.take(until)).size:
            self.file.write(block)

    async def run(self) -> None:
        """Write until the call is over, or this task is cancelled."""
        try:
            while not self.ears.over.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.ears.over.wait(), WRITE_EVERY_S)
                self.write(self.ears.reached(LAG))
        finally:
            self.write(self.ears.reached(0))
            self.file.close()


async def hear_call(ctx: JobContext, segment: segments.Segment) -> None:
    config: Config = ctx.proc.userdata["config"]
    private.join_with(ctx, rooms.recorder_token(config, ctx.job.room.name))
    ears = Ears(ctx.room)
    try:
        await asyncio.wait_for(
            ctx.connect(auto_subscribe=AutoSubscribe.SUBSCRIBE_NONE), CONNECT_WITHIN_S
        )
        ears.start()
        logger.info("recording", extra={"room": segment.manifest.room, "job": ctx.job.id})
        await Recording(ears, segments.OggFile(segment.audio)).run()
    finally:
        await ears.stop()


async def record(ctx: JobContext) -> None:
    """Record the call this job was sent to; what goes wrong ends in the manifest."""
    config: Config = ctx.proc.userdata["config"]
    room, job = ctx.job.room.name, ctx.job.id
    where = {"room": room, "job": job}
    try:
        with segments.begin(config.var / "recorder", room=room, job=job) as segment:
            try:
                await hear_call(ctx, segment)
            except FAULTS as error:
                logger.warning("recording failed", extra=where | {"why": type(error).__name__})
                segment.fail(f"{type(error).__name__} while recording")
    except (Invalid, OSError) as error:
        # Not even a manifest can be left for the main process to report.
        logger.warning("no place to record to", extra=where | {"why": type(error).__name__})
        with suppress(ContactCenterError):
            async with delivery.client(config) as control_plane:
                await control_plane.report_failure(
                    room=room, job=job, reason=f"{type(error).__name__} before recording"
                )
    logger.info("recording over", extra=where)
    ctx.shutdown("recording over")
