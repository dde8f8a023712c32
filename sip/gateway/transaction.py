"""SIP transactions (RFC 3261 §17, RFC 6026): what is lost is sent again, what came twice is one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from aiosipua.message import SipRequest, SipResponse

from sip.gateway.messages import Address, copy_identity, refusal_acknowledged, reply_to, tag_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """RFC 3261's base timers in seconds; tests make them short."""

    t1_s: float = 0.5
    t2_s: float = 4.0
    t4_s: float = 5.0

    @property
    def give_up_s(self) -> float:
        return 64 * self.t1_s


class Layer(Protocol):
    """What a transaction needs of the port it lives on."""

    timers: Timers

    def send_bytes(self, data: bytes, destination: Address) -> None: ...
    def send(self, request: SipRequest, destination: Address) -> ClientTransaction: ...
    def later(self, delay_s: float, call: Callable[[], None]) -> None: ...
    def forget_later(self, transaction: Transaction, delay_s: float) -> None: ...
    def expect_ack(self, transaction: ServerTransaction, response: SipResponse) -> None: ...


class Repeater:
    """Sends the same bytes again, at growing intervals, until stopped or given up."""

    def __init__(
        self,
        send: Callable[[], None],
        *,
        first_s: float,
        most_s: float,
        give_up_s: float,
        on_give_up: Callable[[], None],
    ) -> None:
        self._send = send
        self._interval = first_s
        self._most = most_s
        self._loop = asyncio.get_running_loop()
        self._next = self._loop.call_later(first_s, self._again)
        self._end = self._loop.call_later(give_up_s, self._give_up)
        self._on_give_up = on_give_up

    def _again(self) -> None:
        self._send()
        self._interval = min(2 * self._interval, self._most)
        self._next = self._loop.call_later(self._interval, self._again)

    def _give_up(self) -> None:
        self._next.cancel()
        self._on_give_up()

    def slow_down(self) -> None:
        self._interval = self._most

    def stop(self) -> None:
        self._next.cancel()
        self._end.cancel()


class ClientTransaction:
    """One request that we sent; ``final`` always gets a response, at worst a 408 of our own."""

    def __init__(self, layer: Layer, request: SipRequest, destination: Address) -> None:
        self.request = request
        self.destination = destination
        self.final: asyncio.Future[SipResponse] = asyncio.get_running_loop().create_future()
        self.on_provisional: Callable[[SipResponse], None] = lambda response: None
        # The first 2xx, at once: what follows it on the wire belongs to its dialog.
        self.on_success: Callable[[SipResponse], None] = lambda response: None
        # A 2xx of another branch of a fork, or one that came after the 408.
        self.on_late_success: Callable[[SipResponse], None] = lambda response: None
        self.is_invite = request.method == "INVITE"
        self.provisional = asyncio.Event()
        self._layer = layer
        self._acknowledgements: dict[str, tuple[bytes, Address]] = {}
        timers = layer.timers
        self._repeater = Repeater(
            self._send,
            first_s=timers.t1_s,
            most_s=timers.give_up_s if self.is_invite else timers.t2_s,
            give_up_s=timers.give_up_s,
            on_give_up=self.give_up,
        )
        self._send()

    def _send(self) -> None:
        self._layer.send_bytes(bytes(self.request), self.destination)

    def give_up(self) -> None:
        """Answer the request ourselves: the far end does not."""
        self._repeater.stop()
        if not self.final.done():
            self._finish(reply_to(self.request, 408))

    def receive(self, response: SipResponse) -> None:
        code = response.status_code
        if code < 200:
            self.provisional.set()
            if self.is_invite:
                self._repeater.stop()
            else:
                self._repeater.slow_down()
            if not self.final.done():
                self.on_provisional(response)
            return
        self._repeater.stop()
        if self.is_invite and code >= 300:
            self._layer.send_bytes(
                bytes(refusal_acknowledged(self.request, response)), self.destination
            )
        if not self.final.done():
            self._finish(response)
        elif self.is_invite and code < 300:
            self._receive_success_again(response)

    def _receive_success_again(self, response: SipResponse) -> None:
        known = self._acknowledgements.get(tag_of(response.get_header("to")))
        if known is not None:
            self._layer.send_bytes(*known)
        elif response.get_header("to") != self.final.result().get_header("to"):
            self.on_late_success(response)

    def _finish(self, response: SipResponse) -> None:
        self.provisional.set()
        if 200 <= response.status_code < 300:
            self.on_success(response)
        self.final.set_result(response)
        linger = self._layer.timers.give_up_s if self.is_invite else self._layer.timers.t4_s
        self._layer.forget_later(self, linger)

    def acknowledge(self, ack: SipRequest, destination: Address) -> None:
        """Send the ACK of a 2xx, and send it again whenever the 2xx comes again."""
        self._acknowledgements[tag_of(ack.get_header("to"))] = (bytes(ack), destination)
        self._layer.send_bytes(bytes(ack), destination)

    def cancel(self) -> None:
        """Send a CANCEL; only after ``provisional``, or it may overtake its INVITE."""
        if self.final.done():
            return
        request = SipRequest(method="CANCEL", uri=self.request.uri)
        request.headers.append("Via", self.request.headers.get("via")[0])
        copy_identity(self.request, request, method="CANCEL")
        request.set_header("To", cast("str", self.request.get_header("to")))
        self._layer.send(request, self.destination)
        # RFC 3261 §9.1: a far end that never ends the INVITE has forgotten it.
        self._layer.later(self._layer.timers.give_up_s, self.give_up)


class ServerTransaction:
    """One request that somebody sent us."""

    def __init__(
        self, layer: Layer, request: SipRequest, source: Address, destination: Address
    ) -> None:
        self.request = request
        self.source = source
        self.status = 0
        self.is_invite = request.method == "INVITE"
        self.on_cancel: Callable[[], None] = lambda: None
        self.on_acknowledged: Callable[[], None] = lambda: None
        self.on_unacknowledged: Callable[[], None] = lambda: None
        self._layer = layer
        self._destination = destination
        self._last = b""
        self._repeater: Repeater | None = None

    def respond(self, response: SipResponse) -> None:
        """Send a response; after a final one further responses are ignored."""
        if self.status >= 200:
            return
        self.status = response.status_code
        self._last = bytes(response)
        self.repeat()
        if self.status < 200:
            return
        timers = self._layer.timers
        if self.is_invite:
            if self.status < 300:
                self._layer.expect_ack(self, response)
            self._repeater = Repeater(
                self.repeat,
                first_s=timers.t1_s,
                most_s=timers.t2_s,
                give_up_s=timers.give_up_s,
                on_give_up=self._give_up,
            )
        self._layer.forget_later(self, timers.give_up_s + timers.t4_s)

    def repeat(self) -> None:
        """Send the last response again: the far end repeats its request."""
        if self._last:
            self._layer.send_bytes(self._last, self._destination)

    def acknowledged(self) -> None:
        if self._repeater is None:
            return
        self._repeater.stop()
        self._repeater = None
        if self.status < 300:
            self.on_acknowledged()

    def _give_up(self) -> None:
        self._repeater = None
        if self.status < 300:
            self.on_unacknowledged()

    def stop(self) -> None:
        if self._repeater is not None:
            self._repeater.stop()


Transaction = ClientTransaction | ServerTransaction
