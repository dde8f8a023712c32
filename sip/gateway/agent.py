"""A SIP user agent: places and receives calls over one UDP port."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from aiosipua.headers import parse_address
from aiosipua.utils import format_addr

from sip.gateway.call import Call, IncomingCall
from sip.gateway.layer import Transactions
from sip.gateway.messages import Address, is_port, reply_to, tag_of
from sip.gateway.transaction import ServerTransaction, Timers

logger = logging.getLogger(__name__)

METHODS: Final = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "NOTIFY")
SIP_PORT: Final = 5060


class UserAgent:
    """One address of SIP.

    Attributes:
        on_call: Gets every new call; without one, calls are refused with 480.
        public_ip: What we call ourselves in messages.
    """

    allowed: Final = ", ".join(METHODS)

    def __init__(
        self,
        *,
        host: str,
        port: int = 0,
        public_ip: str = "",
        name: str = "contactcenter",
        timers: Timers | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.public_ip = public_ip or host
        self.name = name
        self.on_call: Callable[[IncomingCall], None] | None = None
        self.layer = Transactions(self._on_request, timers=timers)
        self._calls: dict[tuple[str, str], Call] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def contact(self) -> str:
        return f"<sip:{format_addr(self.public_ip, self.port)}>"

    async def open(self) -> None:
        """Listen.

        Raises:
            OSError: The port is taken.
        """
        _, self.port = await self.layer.open(self.host, self.port)

    async def close(self) -> None:
        """Stop listening; what still waits for an answer gets a 408."""
        self.layer.close()
        _, late = await asyncio.wait(self._tasks, timeout=1) if self._tasks else (set(), set())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def settle(self, within_s: float) -> None:
        """Wait until everything begun in the background (BYE, CANCEL) has been answered."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_s
        # What ends may begin something else: a leg that is over sends its BYE.
        while self._tasks and (left_s := deadline - loop.time()) > 0:
            await asyncio.wait(set(self._tasks), timeout=left_s)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run in the background; errors are logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("background work failed", exc_info=error)

    async def resolve(self, uri: str) -> Address:
        """Return the UDP address of a SIP URI.

        Raises:
            OSError: The address is not one, or its name does not resolve.
        """
        target = parse_address(uri).uri
        host = target.host.strip("[]")
        port = target.port or SIP_PORT
        if not is_port(port):
            raise OSError(f"port {port}")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port)
        except UnicodeError:
            raise OSError("host name") from None
        return str(found[0][4][0]), int(found[0][4][1])

    def remember(self, call: Call) -> None:
        self._calls[call.id, call.dialog.local_tag] = call

    def forget(self, call: Call) -> None:
        self._calls.pop((call.id, call.dialog.local_tag), None)

    def _on_request(self, transaction: ServerTransaction) -> None:
        request = transaction.request
        tag = tag_of(request.get_header("to"))
        call = self._calls.get((str(request.call_id), tag))
        if call is not None:
            call.receive(transaction)
        elif tag or request.method in {"BYE", "NOTIFY"}:
            transaction.respond(reply_to(request, 481))
        elif request.method == "INVITE":
            self._on_invite(transaction)
        else:
            self.answer_generally(transaction)

    def _on_invite(self, transaction: ServerTransaction) -> None:
        request = transaction.request
        if required := request.headers.get("require"):
            response = reply_to(request, 420)
            response.set_header("Unsupported", ", ".join(required))
            transaction.respond(response)
        elif self.on_call is None:
            transaction.respond(reply_to(request, 480))
        else:
            transaction.respond(reply_to(request, 100))
            call = IncomingCall(self, transaction)
            self.remember(call)
            self.on_call(call)

    def answer_generally(self, transaction: ServerTransaction) -> None:
        """Answer what is no matter of a call: OPTIONS, and what we do not do."""
        request = transaction.request
        response = reply_to(request, 200 if request.method == "OPTIONS" else 405)
        response.set_header("Allow", self.allowed)
        response.set_header("Accept", "application/sdp")
        transaction.respond(response)
