"""A call that we place: digest, ringing, giving up, and answers that come too late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from aiosipua.auth import SipDigestAuth, answer_challenge
from aiosipua.dialog import Dialog
from aiosipua.headers import CSeq, stringify_cseq, stringify_uri
from aiosipua.message import SipRequest, SipResponse
from aiosipua.utils import generate_call_id, generate_tag

from sip.gateway.call import Call, Refused
from sip.gateway.messages import Address, tag_of
from sip.gateway.transaction import ClientTransaction

if TYPE_CHECKING:
    from sip.gateway.agent import UserAgent


class OutgoingCall(Call):
    """A call that we place; ``outcome`` is the far end's description or ``Refused``.

    Attributes:
        on_ringing: The far end rings (may come several times).
    """

    def __init__(
        self,
        agent: UserAgent,
        *,
        uri: str,
        from_uri: str,
        display_name: str = "",
        login: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        dialog = Dialog(
            call_id=generate_call_id(agent.public_ip),
            local_tag=generate_tag(),
            local_uri=from_uri,
            remote_uri=uri,
            remote_target=uri,
        )
        super().__init__(agent, dialog)
        self.on_ringing: Callable[[], None] = lambda: None
        self.outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._display_name = display_name
        self._login = login
        self._headers = dict(headers or {})
        self._cancelled = False
        self._transaction: ClientTransaction | None = None

    def dial(self, offer: str, destination: Address | None = None) -> None:
        self.agent.spawn(self._dial(offer, destination))

    def cancel(self) -> None:
        """Give up; should the far end answer nevertheless, it is told so at once."""
        self._settle(Refused(487, "Request Terminated"))
        if self._cancelled or self.is_established:
            return
        self._cancelled = True
        if self._transaction is not None:
            self.agent.spawn(cancel_when_heard_of(self._transaction))

    async def _dial(self, offer: str, destination: Address | None) -> None:
        try:
            destination = destination or await self.destination()
            await self._answered(await self._invite(offer, destination))
        except Refused as refusal:
            self.finish()
            self._settle(refusal)
        except OSError:
            self.finish()
            self._settle(Refused(503, "address does not resolve"))
        except ValueError:
            # aiosipua refuses values that would smuggle in a line of their own.
            self.finish()
            self._settle(Refused(400, "a header has line breaks"))

    async def _invite(self, offer: str, destination: Address) -> SipResponse:
        response = await self._try(self.build("INVITE", body=offer), destination)
        if response.status_code not in {401, 407} or self._login is None or self._cancelled:
            return response
        retry = self.build("INVITE", body=offer)
        credentials = answer_challenge(
            SipDigestAuth(*self._login), response, response.status_code, "INVITE", retry.uri
        )
        if credentials is None:
            return response
        retry.set_header(*credentials)
        return await self._try(retry, destination)

    async def _try(self, request: SipRequest, destination: Address) -> SipResponse:
        if self._display_name:
            plain = request.get_header("from") or ""
            request.set_header("From", f'"{quoted(self._display_name)}" {plain}')
        for name, value in self._headers.items():
            request.set_header(name, value)
        self._transaction = transaction = self.agent.layer.send(request, destination)
        transaction.on_provisional = self._provisional
        transaction.on_success = self._establish
        transaction.on_late_success = lambda response: self.agent.spawn(self._end_stray(response))
        if self._cancelled:
            self.agent.spawn(cancel_when_heard_of(transaction))
        return await asyncio.shield(transaction.final)

    def _provisional(self, response: SipResponse) -> None:
        if response.status_code in {180, 183} and not self._cancelled:
            self.on_ringing()

    def _establish(self, response: SipResponse) -> None:
        """Know the call from now on: its BYE may follow the answer at once."""
        self._follow(self.dialog, response)
        self.is_established = True
        self.agent.remember(self)

    async def _answered(self, response: SipResponse) -> None:
        if response.status_code >= 300:
            raise Refused(response.status_code, response.reason_phrase)
        await self._acknowledge(self.dialog, response)
        if self._cancelled:
            await self.hang_up()
            raise Refused(487, "Request Terminated")
        if not response.body:
            await self.hang_up()
            raise Refused(488, "answer without a description")
        self._settle(response.text)

    def _follow(self, dialog: Dialog, response: SipResponse) -> None:
        dialog.remote_tag = tag_of(response.get_header("to"))
        dialog.route_set = list(reversed(response.headers.get("record-route")))
        if contacts := response.contact:
            dialog.remote_target = stringify_uri(contacts[0].uri)

    async def _acknowledge(self, dialog: Dialog, response: SipResponse) -> None:
        assert self._transaction is not None
        sequence = response.cseq.seq if response.cseq else dialog.local_cseq
        ack = self.build("ACK")
        ack.set_header("CSeq", stringify_cseq(CSeq(seq=sequence, method="ACK")))
        ack.set_header("To", response.get_header("to") or "")
        dialog.local_cseq = sequence
        self._transaction.acknowledge(ack, await self.destination())

    async def _end_stray(self, response: SipResponse) -> None:
        """Acknowledge and end what answered although another branch had, or too late."""
        stray = OutgoingCall(self.agent, uri=self.dialog.remote_uri, from_uri=self.dialog.local_uri)
        stray.outcome.cancel()
        stray.dialog.call_id, stray.dialog.local_tag = self.dialog.call_id, self.dialog.local_tag
        stray._transaction = self._transaction
        self._follow(stray.dialog, response)
        await stray._acknowledge(stray.dialog, response)
        await stray.request("BYE")

    def _settle(self, result: str | Refused) -> None:
        if self.outcome.done():
            return
        if isinstance(result, Refused):
            self.outcome.set_exception(result)
            # Nobody may be waiting any more; that is no error.
            self.outcome.exception()
        else:
            self.outcome.set_result(result)


async def cancel_when_heard_of(transaction: ClientTransaction) -> None:
    await transaction.provisional.wait()
    transaction.cancel()


def quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')
