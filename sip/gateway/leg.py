"""One telephone leg: its SIP call, its audio and its participant, from the first to the last."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from contactcenter.errors import Unavailable
from sip.gateway import sdp, wire
from sip.gateway.call import Call
from sip.gateway.exchange import REASONS, Ending, Exchange
from sip.gateway.media import Bridge
from sip.gateway.presence import STATUS, Presence
from sip.gateway.rpc import Method
from sip.gateway.rtp import Rtp

logger = logging.getLogger(__name__)

WATCH_S: Final = 0.5


class Leg:
    """The state of one telephone leg.

    Attributes:
        over: How it ended; the first ending counts.
        call: Its SIP side, once there is one.
    """

    def __init__(self, exchange: Exchange, leg_id: str) -> None:
        self.exchange = exchange
        self.id = leg_id
        self.call: Call | None = None
        self.over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._bridge = Bridge(exchange.studio, exchange.clock)
        self.presence = Presence(exchange.config, exchange.agent, self._bridge, leg_id)
        self.presence.on_gone = lambda: self.end(Ending.ROOM_CLOSED)
        self.presence.on_digit = self.dial
        self._session: sdp.Session | None = None
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
        self._session = sdp.Session(self.exchange.config.sip_public_ip, self._port)
        return self._session

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
            on_digit=self.presence.digit_heard,
        )
        self._bridge.connect(self._rtp)

    def dial(self, digits: str) -> None:
        """Press keys for the far end."""
        if self._rtp is not None:
            self._rtp.dial(digits)

    async def serve_transfers(self, answer: Callable[[Any, float], Awaitable[Any]]) -> None:
        """Take requests to transfer this call: their topic is its id."""
        self._transfers = await self.exchange.bus.serve(
            "TransferSIPParticipant", wire.TransferRequest, answer, topic=self.id
        )

    def answered(self, call: Call, *, media_timeout: Any = None) -> None:
        """Note that the telephone is off the hook: from now on silence ends the call.

        Args:
            media_timeout: The rule's own patience, as protobuf duration.
        """
        if media_timeout is not None:
            self._media_s = wire.seconds(media_timeout, self._media_s)
        self._answered_at = time.monotonic()
        call.on_bye = lambda: self.end(Ending.HUNG_UP)
        call.on_offer = self._renegotiate
        if call.is_over:
            self.end(Ending.HUNG_UP)

    def _renegotiate(self, offer: str | None) -> str:
        """Answer hold, resume, and a new address for audio.

        Raises:
            NotAcceptable: The codec of the call is not in the offer.
        """
        assert self._session is not None
        assert self._rtp is not None
        assert self._choice is not None
        if offer is None:
            return self._session.current
        remote = sdp.read(offer)
        choice = sdp.choose(remote, (self._choice.payload_type,))
        answer = self._session.answer(remote, choice)
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
            await asyncio.wait({self.over}, timeout=min(WATCH_S, most_s))
            if time.monotonic() >= until:
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
        self.end(Ending.FAILED)
        ending = self.over.result()
        try:
            await self.presence.set_attributes({STATUS: "hangup"})
            if self._transfers is not None:
                await self.exchange.bus.stop_serving(self._transfers)
            await self._bridge.close()
        finally:
            await self._part(ending)
        logger.info("leg ended", extra={"leg": self.id, "because": ending})

    async def _part(self, ending: Ending) -> None:
        try:
            await self.presence.leave(REASONS[ending])
        finally:
            if self._port is not None:
                self.exchange.ports.give_back(self._port)
            del self.exchange.legs[self.id]
