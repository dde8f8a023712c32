"""One telephone in one room: joins, carries audio and digits both ways, leaves."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from livekit import rtc

from contactcenter import rooms
from contactcenter.errors import Unavailable
from sip.gateway import sdp, wire
from sip.gateway.bus import Method
from sip.gateway.call import Call
from sip.gateway.exchange import REASONS, Ending, Exchange
from sip.gateway.media import Bridge
from sip.gateway.rtp import Rtp

logger = logging.getLogger(__name__)

JOIN_S: Final = 10.0
LEAVE_S: Final = 3.0
ATTRIBUTES_S: Final = 2.0
WATCH_S: Final = 0.5
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


class Leg:
    """The state of one telephone leg.

    Attributes:
        over: How it ended; the first ending counts.
        has_company: Set once somebody in the room speaks to it, or another telephone is there.
        call: Its SIP side, once there is one.
    """

    def __init__(self, exchange: Exchange, leg_id: str) -> None:
        self.exchange = exchange
        self.id = leg_id
        self.call: Call | None = None
        self.over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self.has_company = asyncio.Event()
        self.session: sdp.Session | None = None
        self.room = rtc.Room()
        self._bridge = Bridge(exchange.studio, exchange.clock)
        self._port: int | None = None
        self._rtp: Rtp | None = None
        self._choice: sdp.Choice | None = None
        self._held = False
        self._media_s = exchange.limits.media_s
        self._answered_at = 0.0
        self._transfers: Method | None = None
        exchange.legs[leg_id] = self

    def end(self, ending: Ending) -> None:
        if not self.over.done():
            self.over.set_result(ending)

    def reserve_audio(self) -> sdp.Session:
        """Take a port and begin our description.

        Raises:
            Unavailable: No port is free.
        """
        self._port = self.exchange.ports.take()
        if self._port is None:
            raise Unavailable("no free port for audio")
        self.session = sdp.Session(self.exchange.config.sip_public_ip, self._port)
        return self.session

    async def open_audio(self, choice: sdp.Choice) -> None:
        """Begin to send and hear audio as agreed.

        Raises:
            OSError: The port was taken in the meantime.
        """
        assert self._port is not None
        self._choice = choice
        self._rtp = await Rtp.open(
            (self.exchange.config.sip_host, self._port),
            choice.address,
            payload_type=choice.payload_type,
            event_type=choice.event_type,
            on_audio=self._bridge.hear,
            on_digit=self._digit_heard,
        )
        self._bridge.connect(self._rtp)

    async def join(self, seat: Seat) -> None:
        """Join the room and publish the telephone's track.

        Raises:
            Unavailable: LiveKit did not let us in, or not in time.
        """
        self._listen_to_room()
        options = rtc.RoomOptions(auto_subscribe=False, connect_timeout=JOIN_S / 2)
        url = seat.url or self.exchange.config.livekit_url
        # Cancelling a half-made connection would leave it in the room for ever.
        joining = asyncio.create_task(self.room.connect(url, self._token(seat), options))
        await asyncio.wait({joining}, timeout=JOIN_S)
        if not joining.done():
            self.exchange.agent.spawn(leave_late(joining, self.room))
            raise Unavailable("LiveKit did not let the leg join in time")
        try:
            joining.result()
            await asyncio.wait_for(self._publish(), JOIN_S)
        except (rtc.ConnectError, rtc.participant.PublishTrackError, TimeoutError) as error:
            raise Unavailable(f"LiveKit: {type(error).__name__}") from None
        for participant in self.room.remote_participants.values():
            for publication in participant.track_publications.values():
                subscribe(publication, participant)
            self._meet(participant)

    def _token(self, seat: Seat) -> str:
        return seat.token or rooms.sip_token(
            self.exchange.config,
            room_name=seat.room_name,
            identity=seat.identity,
            name=seat.name,
            metadata=seat.metadata,
            attributes=seat.attributes,
            room_config=seat.room_config,
            room_preset=seat.room_preset,
        )

    async def _publish(self) -> None:
        track = rtc.LocalAudioTrack.create_audio_track("sip", self._bridge.mouth.source)
        options = rtc.TrackPublishOptions(
            source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False, red=False
        )
        options.audio_encoding.max_bitrate = MAX_BITRATE
        await self.room.local_participant.publish_track(track, options)

    def _listen_to_room(self) -> None:
        room = self.room
        room.on("track_published", subscribe)
        room.on("track_subscribed", self._track_added)
        room.on("track_unsubscribed", self._track_removed)
        room.on("participant_connected", self._meet)
        room.on("sip_dtmf_received", self._digit_sent)
        room.on("disconnected", lambda reason: self.end(Ending.ROOM_CLOSED))

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
        self.exchange.agent.spawn(self._bridge.remove(publication.sid))

    def _digit_sent(self, packet: rtc.SipDTMF) -> None:
        self.dial(packet.digit)

    def dial(self, digits: str) -> None:
        if self._rtp is not None:
            self._rtp.dial(digits)

    def _digit_heard(self, digit: str) -> None:
        if digit in CODES and self.room.isconnected():
            self.exchange.agent.spawn(self._publish_digit(digit))

    async def _publish_digit(self, digit: str) -> None:
        try:
            sending = self.room.local_participant.publish_dtmf(code=CODES.index(digit), digit=digit)
            await asyncio.wait_for(sending, ATTRIBUTES_S)
        except (rtc.participant.PublishDTMFError, TimeoutError) as error:
            logger.warning("digit lost", extra={"leg": self.id, "error": type(error).__name__})

    async def set_attributes(self, attributes: Mapping[str, str]) -> None:
        """Change what the room sees of the telephone; a failure is logged, the call goes on."""
        if not self.room.isconnected():
            return
        try:
            change = self.room.local_participant.set_attributes(dict(attributes))
            await asyncio.wait_for(change, ATTRIBUTES_S)
        except TimeoutError:
            logger.warning("attributes not set", extra={"leg": self.id})

    async def serve_transfers(self, answer: Any) -> None:
        """Take requests to transfer this call: their topic is its id."""
        self._transfers = await self.exchange.bus.serve(
            "TransferSIPParticipant", wire.TransferRequest, answer, topic=self.id
        )

    def answered(self, call: Call, *, media_timeout: Any = None) -> None:
        """Note that the telephone is off the hook: from now on silence ends the call.

        Args:
            media_timeout: The trunk's own patience, as protobuf duration.
        """
        if media_timeout is not None:
            self._media_s = wire.seconds(media_timeout, self._media_s)
        self._answered_at = time.monotonic()
        call.on_bye = lambda: self.end(Ending.HUNG_UP)
        call.on_offer = self._renegotiate

    def _renegotiate(self, offer: str | None) -> str:
        """Answer hold, resume, and a new address for audio.

        Raises:
            NotAcceptable: The codec of the call is not in the offer.
        """
        assert self.session is not None
        assert self._rtp is not None
        assert self._choice is not None
        if offer is None:
            return self.session.current
        remote = sdp.read(offer)
        choice = sdp.choose(remote, (self._choice.payload_type,))
        answer = self.session.answer(remote, choice)
        self._held, self._rtp.sending = choice.held, not choice.held
        if choice.address[0] != sdp.NOWHERE and choice.address != self._choice.address:
            self._rtp.redirect(choice.address)
            self._choice = choice
        self._answered_at = time.monotonic()
        logger.info("leg on hold" if self._held else "leg resumed", extra={"leg": self.id})
        return answer

    async def stay(self, most_s: float) -> Ending:
        """Wait for the end of an answered call, and end it when its time or its audio is over."""
        until = time.monotonic() + most_s
        while not self.over.done():
            await asyncio.wait({self.over}, timeout=WATCH_S)
            if time.monotonic() > until:
                self.end(Ending.TOO_LONG)
            elif self._is_silent():
                self.end(Ending.MEDIA_TIMEOUT)
        return self.over.result()

    def _is_silent(self) -> bool:
        if self._held or self._rtp is None:
            return False
        heard_at = self._rtp.heard_at
        most_s = self._media_s
        if heard_at < self._answered_at:
            most_s = max(most_s, self.exchange.limits.first_media_s)
        return time.monotonic() - max(heard_at, self._answered_at) > most_s

    async def leave(self) -> None:
        """Give everything back; the room learns why."""
        ending = self.over.result() if self.over.done() else Ending.FAILED
        self.end(ending)
        await self.set_attributes({STATUS: "hangup"})
        if self._transfers is not None:
            await self.exchange.bus.stop_serving(self._transfers)
        await self._bridge.close()
        reason = REASONS.get(ending, rtc.DisconnectReason.CLIENT_INITIATED)
        try:
            await asyncio.wait_for(self.room.disconnect(reason=reason), LEAVE_S)
        except TimeoutError:
            logger.warning("room not left in time", extra={"leg": self.id})
        if self._port is not None:
            self.exchange.ports.give_back(self._port)
        del self.exchange.legs[self.id]
        logger.info("leg ended", extra={"leg": self.id, "because": ending})


def subscribe(publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant) -> None:
    if publication.kind == KIND_AUDIO:
        publication.set_subscribed(True)


async def leave_late(joining: asyncio.Task[None], room: rtc.Room) -> None:
    await asyncio.wait({joining})
    if not joining.cancelled() and joining.exception() is None:
        await room.disconnect()
