"""One UDP port that speaks SIP: finds the transaction of every datagram, or begins a new one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, cast

from aiosipua.message import SipMessage, SipRequest, SipResponse

from sip.gateway.messages import (
    Address,
    branch_of,
    dialog_key,
    is_malformed,
    merge_key,
    reply_to,
    server_key,
    stamp_via,
    tag_of,
)
from sip.gateway.transaction import ClientTransaction, ServerTransaction, Timers, Transaction

logger = logging.getLogger(__name__)

KEEP_ALIVE_BYTES: Final = 20


class Transactions(asyncio.DatagramProtocol):
    """One UDP port that speaks SIP.

    Args:
        on_request: Gets every new request but ACK and CANCEL.
    """

    def __init__(
        self,
        on_request: Callable[[ServerTransaction], None],
        *,
        timers: Timers | None = None,
    ) -> None:
        self.timers = timers or Timers()
        self._on_request = on_request
        self._transport: asyncio.DatagramTransport | None = None
        self._clients: dict[tuple[str, str], ClientTransaction] = {}
        self._servers: dict[tuple[str, ...], ServerTransaction] = {}
        self._unacknowledged: dict[tuple[str, ...], ServerTransaction] = {}
        self._merges: dict[tuple[str, ...], ServerTransaction] = {}
        self._later: set[asyncio.TimerHandle] = set()

    async def open(self, host: str, port: int) -> Address:
        """Listen and return the address.

        Raises:
            OSError: The port is taken.
        """
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        name = transport.get_extra_info("sockname")
        return str(name[0]), int(name[1])

    def close(self) -> None:
        for handle in self._later:
            handle.cancel()
        for client in self._clients.values():
            client.give_up()
        for server in self._servers.values():
            server.stop()
        for handle in self._later:
            handle.cancel()
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def error_received(self, exc: Exception) -> None:
        logger.debug("datagram refused", extra={"error": type(exc).__name__})

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) < KEEP_ALIVE_BYTES:
            return
        try:
            message = SipMessage.parse(data)
        except (ValueError, IndexError):
            logger.debug("datagram is not SIP")
            return
        try:
            if isinstance(message, SipResponse):
                self._receive_response(message)
            else:
                self._receive_request(message, (addr[0], addr[1]))
        except Exception:
            logger.exception("message failed")

    def send_bytes(self, data: bytes, destination: Address) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, destination)

    def send(self, request: SipRequest, destination: Address) -> ClientTransaction:
        """Send a request with a Via of ours and a fresh branch, but never an ACK."""
        transaction = ClientTransaction(self, request, destination)
        self._clients[branch_of(request), request.method] = transaction
        return transaction

    def later(self, delay_s: float, call: Callable[[], None]) -> None:
        def run() -> None:
            self._later.discard(handle)
            call()

        handle = asyncio.get_running_loop().call_later(delay_s, run)
        self._later.add(handle)

    def forget_later(self, transaction: Transaction, delay_s: float) -> None:
        def forget() -> None:
            for known in (self._clients, self._servers, self._unacknowledged, self._merges):
                for key in [key for key, value in known.items() if value is transaction]:
                    del known[key]  # type: ignore[arg-type]

        self.later(delay_s, forget)

    def expect_ack(self, transaction: ServerTransaction, response: SipResponse) -> None:
        self._unacknowledged[dialog_key(response)] = transaction

    def _receive_response(self, response: SipResponse) -> None:
        sequence = response.cseq
        if sequence is None or not response.via:
            return
        client = self._clients.get((branch_of(response), sequence.method.upper()))
        if client is not None:
            client.receive(response)

    def _receive_request(self, request: SipRequest, source: Address) -> None:
        destination = stamp_via(request, source)
        if destination is None:
            return
        method = request.method
        if is_malformed(request):
            if method != "ACK":
                self.send_bytes(bytes(reply_to(request, 400)), destination)
            return
        known = self._servers.get(server_key(request))
        if method == "ACK":
            acknowledged = self._unacknowledged.get(dialog_key(request)) or known
            if acknowledged is not None:
                acknowledged.acknowledged()
        elif known is not None:
            known.repeat()
        else:
            self._receive_new(request, source, destination)

    def _receive_new(self, request: SipRequest, source: Address, destination: Address) -> None:
        server = ServerTransaction(self, request, source, destination)
        self._servers[server_key(request)] = server
        if request.method == "CANCEL":
            invite = self._servers.get(server_key(request, method="INVITE"))
            server.respond(reply_to(request, 200 if invite else 481))
            if invite is not None and invite.status < 200:
                invite.on_cancel()
        elif self._is_merged(server):
            server.respond(reply_to(request, 482))
        else:
            self._on_request(server)

    def _is_merged(self, server: ServerTransaction) -> bool:
        """Say whether the same request came by another way (RFC 3261 §8.2.2.2)."""
        if tag_of(server.request.get_header("to")):
            return False
        return self._merges.setdefault(merge_key(server.request), server) is not server
