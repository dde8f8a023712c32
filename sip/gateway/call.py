"""One SIP call, seen from either end: its dialog, its requests, how it begins and ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from aiosipua.dialog import Dialog, create_dialog_from_request, dialog_matches, remote_cseq_valid
from aiosipua.headers import stringify_uri
from aiosipua.message import SipRequest, SipResponse

from contactcenter.errors import ContactCenterError
from sip.gateway import sdp
from sip.gateway.messages import Address, reply_to
from sip.gateway.transaction import ServerTransaction

if TYPE_CHECKING:
    from sip.gateway.agent import UserAgent

SDP_TYPE: Final = "application/sdp"


class Refused(ContactCenterError):
    """A call or a request was refused with a SIP status."""

    code = "refused"
    status = 502

    def __init__(self, sip_status: int, reason: str = "") -> None:
        super().__init__(f"SIP {sip_status} {reason}".rstrip())
        self.sip_status = sip_status
        self.reason = reason


class Call:
    """What both directions share once there is a dialog.

    Attributes:
        on_bye: The far end has ended the call, or is gone.
        on_offer: A new offer within the call (hold, resume), or None for "repeat yours"; returns
            our description or raises ``NotAcceptable``.
        on_notify: Progress of a transfer, as a SIP status.
    """

    def __init__(self, agent: UserAgent, dialog: Dialog) -> None:
        self.agent = agent
        self.dialog = dialog
        self.on_bye: Callable[[], None] = lambda: None
        self.on_offer: Callable[[str | None], str] = lambda offer: ""
        self.on_notify: Callable[[int], None] = lambda status: None
        self.is_established = False
        self.is_over = False

    @property
    def id(self) -> str:
        return self.dialog.call_id

    async def destination(self) -> Address:
        """Where requests of this call go: the first route, or the far end's own contact."""
        route = self.dialog.route_set[0] if self.dialog.route_set else self.dialog.remote_target
        return await self.agent.resolve(route)

    def build(self, method: str, *, body: str = "", body_type: str = SDP_TYPE) -> SipRequest:
        request = self.dialog.create_request(
            method, via_host=self.agent.public_ip, via_port=self.agent.port
        )
        request.set_header("Contact", self.agent.contact)
        request.set_header("User-Agent", self.agent.name)
        if body:
            request.content_type = body_type
            request.text = body
        return request

    async def request(self, method: str, headers: Mapping[str, str] | None = None) -> SipResponse:
        """Send a request within the call and wait for its final response."""
        request = self.build(method)
        for name, value in (headers or {}).items():
            request.set_header(name, value)
        transaction = self.agent.layer.send(request, await self.destination())
        return await asyncio.shield(transaction.final)

    async def hang_up(self) -> None:
        """End an established call with BYE; safe to repeat."""
        if self.is_over or not self.is_established:
            return
        self.finish()
        await self.request("BYE")

    def finish(self) -> None:
        self.is_over = True
        self.agent.forget(self)

    def receive(self, transaction: ServerTransaction) -> None:
        """Answer a request within the call."""
        request = transaction.request
        if not dialog_matches(self.dialog, request):
            transaction.respond(reply_to(request, 481))
        elif not remote_cseq_valid(self.dialog, request):
            transaction.respond(reply_to(request, 500))
        elif request.method == "BYE":
            transaction.respond(reply_to(request, 200))
            self.ended_by_far_end()
        elif request.method == "INVITE":
            self._receive_offer(transaction)
        elif request.method == "NOTIFY":
            transaction.respond(reply_to(request, 200))
            self.on_notify(status_of_fragment(request.text))
        else:
            self.agent.answer_generally(transaction)

    def ended_by_far_end(self) -> None:
        if self.is_over:
            return
        self.finish()
        self.on_bye()

    def _receive_offer(self, transaction: ServerTransaction) -> None:
        request = transaction.request
        if not self.is_established:
            transaction.respond(reply_to(request, 491))
            return
        try:
            answer = self.on_offer(request.text if request.body else None)
        except sdp.NotAcceptable:
            transaction.respond(reply_to(request, 488))
            return
        if contacts := request.contact:
            self.dialog.remote_target = stringify_uri(contacts[0].uri)
        transaction.on_unacknowledged = self.abandon
        transaction.respond(self.success(request, answer))

    def success(self, request: SipRequest, body: str) -> SipResponse:
        response = reply_to(request, 200, tag=self.dialog.local_tag)
        for route in request.headers.get("record-route"):
            response.headers.append("Record-Route", route)
        response.set_header("Contact", self.agent.contact)
        response.set_header("Allow", self.agent.allowed)
        response.content_type = SDP_TYPE
        response.text = body
        return response

    def abandon(self) -> None:
        """The far end never acknowledged our answer: end the call from both sides."""
        if self.is_over:
            return
        self.agent.spawn(self.hang_up())
        self.on_bye()


class IncomingCall(Call):
    """A call that somebody places to us: ``ring``, then ``accept`` or ``reject``.

    Attributes:
        on_cancel: The caller has given up; the call has been refused already.
    """

    def __init__(self, agent: UserAgent, transaction: ServerTransaction) -> None:
        super().__init__(agent, create_dialog_from_request(transaction.request))
        self.invite = transaction.request
        self.source = transaction.source
        self.on_cancel: Callable[[], None] = lambda: None
        self._transaction = transaction
        transaction.on_cancel = self._cancelled
        transaction.on_unacknowledged = self.abandon

    async def destination(self) -> Address:
        """Behind a NAT a telephone's contact is unreachable; its source address is not."""
        return await super().destination() if self.dialog.route_set else self.source

    def ring(self) -> None:
        response = reply_to(self.invite, 180, tag=self.dialog.local_tag)
        response.set_header("Contact", self.agent.contact)
        self._transaction.respond(response)

    def accept(self, answer: str, headers: Mapping[str, str] | None = None) -> None:
        if self.is_over:
            return
        self.is_established = True
        response = self.success(self.invite, answer)
        for name, value in (headers or {}).items():
            response.set_header(name, value)
        self._transaction.respond(response)

    def reject(self, status: int, headers: Mapping[str, str] | None = None) -> None:
        """Refuse the call; does nothing once it is answered or over."""
        if self.is_over or self.is_established:
            return
        response = reply_to(self.invite, status, tag=self.dialog.local_tag)
        for name, value in (headers or {}).items():
            response.set_header(name, value)
        self._transaction.respond(response)
        self.finish()

    def _cancelled(self) -> None:
        self.reject(487)
        self.on_cancel()

    def ended_by_far_end(self) -> None:
        # A BYE before the answer is a clumsy CANCEL.
        if not self.is_established:
            self._cancelled()
        else:
            super().ended_by_far_end()


def status_of_fragment(text: str) -> int:
    """Read the status line of a ``message/sipfrag`` body; 0 when there is none."""
    parts = text.split(maxsplit=2)
    if len(parts) > 1 and parts[0] == "SIP/2.0" and parts[1].isdigit():
        return int(parts[1])
    return 0
