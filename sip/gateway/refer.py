"""Transfers a call to another number by REFER (RFC 3515, RFC 5589): the far end dials again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.empty_pb2 import Empty

from sip.gateway import wire
from sip.gateway.call import Call, Refused
from sip.gateway.exchange import Ending
from sip.gateway.leg import Leg
from sip.gateway.rpc import rpc_error

logger = logging.getLogger(__name__)

TRANSFER_S: Final = 30.0
# Our answer must be there before livekit-server stops waiting for it.
MARGIN_S: Final = 0.5
SCHEMES: Final = ("sip:", "sips:", "tel:")


async def transfer(leg: Leg, request: Any, left_s: float) -> Any:
    """Serve ``TransferSIPParticipant``; a transfer that fails leaves the call as it was.

    Raises:
        RpcFailed: The far end refused, or the new call failed; carries the SIP status.
    """
    call = leg.call
    if call is None or not call.is_established or call.is_over:
        raise rpc_error(481, "the call is not answered")
    most_s = min(left_s, wire.seconds(request.ringing_timeout, TRANSFER_S)) - MARGIN_S
    referring = asyncio.create_task(
        refer(call, target(request.transfer_to), dict(request.headers), within_s=most_s)
    )
    first: set[asyncio.Future[Any]] = {referring, leg.over}
    await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
    if not referring.done():
        referring.cancel()
        raise rpc_error(487, "the call ended before its transfer did")
    try:
        referring.result()
    except Refused as refusal:
        logger.info("transfer failed", extra={"leg": leg.id, "status": refusal.sip_status})
        raise rpc_error(refusal.sip_status, refusal.reason) from None
    leg.end(Ending.TRANSFERRED)
    return Empty()


def target(number: str) -> str:
    uri = number.strip("<>")
    return uri if uri.startswith(SCHEMES) else f"sip:{uri}"


async def refer(call: Call, uri: str, headers: Mapping[str, str], *, within_s: float) -> None:
    """Ask the far end to dial ``uri`` and wait until that call is answered.

    Raises:
        Refused: It would not, could not, or did not in time (408).
    """
    outcome: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def progress(status: int) -> None:
        if status >= 200 and not outcome.done():
            outcome.set_result(status)

    call.on_notify = progress
    local = call.dialog.local_uri
    try:
        async with asyncio.timeout(within_s):
            wanted = {"Refer-To": f"<{uri}>", "Referred-By": f"<{local}>"} | dict(headers)
            response = await call.request("REFER", wanted)
            if response.status_code >= 300:
                raise Refused(response.status_code, response.reason_phrase)
            status = await outcome
    except TimeoutError:
        raise Refused(408, "transfer timed out") from None
    if status >= 300:
        raise Refused(status, "transfer failed")
