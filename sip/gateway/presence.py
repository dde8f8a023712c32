"""A telephone's participant in a LiveKit room, as livekit-sip would be there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from livekit import rtc

from contactcenter import rooms
from contactcenter.config import Config
from contactcenter.errors import Unavailable
from sip.gateway.agent import UserAgent
from sip.gateway.media import Bridge

logger = logging.getLogger(__name__)

JOIN_S: Final = 10.0
LEAVE_S: Final = 3.0
CHANGE_S: Final = 2.0
CODES: Final = "0123456789*#ABCD"
STATUS: Final = "sip.callStatus"
KIND_SIP: Final = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
KIND_AUDIO: Final = rtc.TrackKind.KIND_AUDIO
MAX_BITRATE: Final = 32_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Where and as whom a leg joins.

    Attributes:
        token: Minted by livekit-server; empty when we mint it.
    """

    room_name: str
    identity: str
    name: str
    metadata: str
    attributes: dict[str, str]
    url: str
    token: str
    room_config: Any = None
    room_preset: str = ""


class Presence:
    """What the room sees and hears of one telephone.

    Attributes:
        has_company: Set once somebody in the room speaks to it, or another telephone is there.
        on_gone: The room has closed, or put us out.
        on_digit: Somebody in the room presses a key for the telephone.
    """

    def __init__(self, config: Config, agent: UserAgent, bridge: Bridge, leg_id: str) -> None:
        self.has_company = asyncio.Event()
        self.on_gone: Callable[[], None] = lambda: None
        self.on_digit: Callable[[str], None] = lambda digit: None
        self._config = config
        self._agent = agent
        self._bridge = bridge
        self._leg_id = leg_id
        self._room = rtc.Room()

    @property
    def sid(self) -> str:
        return self._room.local_participant.sid

    async def join(self, seat: Seat) -> None:
        """Join the room and publish the telephone's track.

        Raises:
            Unavailable: LiveKit did not let us in, or not in time.
        """
        self._listen()
        options = rtc.RoomOptions(auto_subscribe=False, connect_timeout=JOIN_S / 2)
        url = seat.url or self._config.livekit_url
        # Cancelling a half-made connection would leave it in the room for ever.
        joining = asyncio.create_task(self._room.connect(url, self._token(seat), options))
        await asyncio.wait({joining}, timeout=JOIN_S)
        if not joining.done():
            self._agent.spawn(leave_late(joining, self._room))
            raise Unavailable("LiveKit did not let the leg join in time")
        try:
            joining.result()
            await asyncio.wait_for(self._publish(), JOIN_S)
        except (rtc.ConnectError, rtc.participant.PublishTrackError, TimeoutError) as error:
            raise Unavailable(f"LiveKit: {type(error).__name__}") from None
        for participant in self._room.remote_participants.values():
            for publication in participant.track_publications.values():
                subscribe(publication, participant)
            self._meet(participant)

    def _token(self, seat: Seat) -> str:
        return seat.token or rooms.sip_token(
            self._config,
            room_name=seat.room_name,
            identity=seat.identity,
            name=seat.name,
            metadata=seat.metadata,
            attributes=seat.attributes,
            room_config=seat.room_config,
            room_preset=seat.room_preset,
        )

    async def _publish(self) -> None:
        track = rtc.LocalAudioTrack.create_audio_track("sip", self._bridge.start())
        options = rtc.TrackPublishOptions(
            source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False, red=False
        )
        options.audio_encoding.max_bitrate = MAX_BITRATE
        await self._room.local_participant.publish_track(track, options)

    def _listen(self) -> None:
        room = self._room
        room.on("track_published", subscribe)
        room.on("track_subscribed", self._track_added)
        room.on("track_unsubscribed", self._track_removed)
        room.on("participant_connected", self._meet)
        room.on("sip_dtmf_received", lambda packet: self.on_digit(packet.digit))
        room.on("disconnected", lambda reason: self.on_gone())

    def _meet(self, participant: rtc.RemoteParticipant) -> None:
        if participant.kind == KIND_SIP:
            self.has_company.set()

    def _track_added(
        self,
        track: rtc.Track,
        publication: rtc.RemoteTrackPublication,
        participant: rtc.RemoteParticipant,
    ) -> None:
        if track.kind == KIND_AUDIO:
            self._bridge.add(publication.sid, track)
            self.has_company.set()

    def _track_removed(
        self,
        track: rtc.Track,
        publication: rtc.RemoteTrackPublication,
        participant: rtc.RemoteParticipant,
    ) -> None:
        self._agent.spawn(self._bridge.remove(publication.sid))

    def digit_heard(self, digit: str) -> None:
        """Tell the room which key was pressed on the telephone."""
        if digit in CODES and self._room.isconnected():
            self._agent.spawn(self._publish_digit(digit))

    async def _publish_digit(self, digit: str) -> None:
        ourselves = self._room.local_participant
        try:
            sending = ourselves.publish_dtmf(code=CODES.index(digit), digit=digit)
            await asyncio.wait_for(sending, CHANGE_S)
        except (rtc.participant.PublishDTMFError, TimeoutError) as error:
            logger.warning("digit lost", extra={"leg": self._leg_id, "error": type(error).__name__})

    async def set_attributes(self, attributes: Mapping[str, str]) -> None:
        """Change what the room sees of the telephone; a failure is logged, the call goes on."""
        if not self._room.isconnected():
            return
        try:
            change = self._room.local_participant.set_attributes(dict(attributes))
            await asyncio.wait_for(change, CHANGE_S)
        except TimeoutError:
            logger.warning("attributes not set", extra={"leg": self._leg_id})

    async def leave(self, reason: rtc.DisconnectReason.ValueType) -> None:
        try:
            await asyncio.wait_for(self._room.disconnect(reason=reason), LEAVE_S)
        except TimeoutError:
            logger.warning("room not left in time", extra={"leg": self._leg_id})


def subscribe(publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant) -> None:
    if publication.kind == KIND_AUDIO:
        publication.set_subscribed(True)


async def leave_late(joining: asyncio.Task[None], room: rtc.Room) -> None:
    await asyncio.wait({joining})
    if not joining.cancelled() and joining.exception() is None:
        await room.disconnect()
