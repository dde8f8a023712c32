"""A call to a telephone, asked for by ``CreateSIPParticipant``."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any

from contactcenter.errors import Unavailable
from sip.gateway import sdp, wire
from sip.gateway.call import Refused
from sip.gateway.dial import OutgoingCall
from sip.gateway.exchange import Ending, Exchange, ending_of
from sip.gateway.leg import Leg
from sip.gateway.presence import STATUS, Seat
from sip.gateway.refer import transfer
from sip.gateway.rpc import RpcFailed, new_id, rpc_error

logger = logging.getLogger(__name__)


async def create(exchange: Exchange, request: Any, left_s: float) -> Any:
    """Serve ``CreateSIPParticipant``: join the room, dial, and answer when asked to.

    Raises:
        RpcFailed: The request is wrong, or the room could not be joined; or, when the request
            waits for the answer, the telephone did not answer.
    """
    if not all(is_plain(part) for part in (request.call_to, request.address, request.number)):
        raise RpcFailed("invalid_argument", "a number or address has spaces or control characters")
    leg = Leg(exchange, request.sip_call_id or new_id("SCL_"))
    try:
        session = leg.reserve_audio()
        await leg.presence.join(seat_of(request))
        await leg.serve_transfers(partial(transfer, leg))
    except BaseException as error:
        # Whatever it was, the leg's port and its place among the living are given back.
        leg.end(Ending.FAILED)
        await leg.leave()
        if isinstance(error, RpcFailed | Unavailable | OSError):
            raise RpcFailed("unavailable", str(error)) from None
        raise
    answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    exchange.agent.spawn(run(leg, request, session, answered))
    if request.wait_until_answered:
        try:
            await asyncio.shield(answered)
        except Refused as refusal:
            raise rpc_error(refusal.sip_status, refusal.reason) from None
    return wire.CreateResponse(
        participant_id=leg.presence.sid,
        participant_identity=request.participant_identity,
        sip_call_id=leg.id,
    )


def is_plain(part: str) -> bool:
    """Say whether a part of a URI cannot begin another line or header."""
    return part.isprintable() and not set(part) & set(" <>")


def seat_of(request: Any) -> Seat:
    return Seat(
        room_name=request.room_name,
        identity=request.participant_identity,
        name=request.participant_name,
        metadata=request.participant_metadata,
        attributes=dict(request.participant_attributes) | {STATUS: "dialing"},
        url=request.ws_url,
        token=request.token,
    )


def place(exchange: Exchange, request: Any) -> OutgoingCall:
    agent = exchange.agent
    # Without a name of the trunk's own we are known by our address.
    ourselves = request.hostname or f"{agent.public_ip}:{agent.port}"
    return OutgoingCall(
        agent,
        uri=f"sip:{request.call_to}@{request.address}",
        from_uri=f"sip:{request.number}@{ourselves}",
        display_name=request.display_name,
        login=(request.username, request.password) if request.username else None,
        headers=request.headers,
    )


async def run(leg: Leg, request: Any, session: sdp.Session, answered: asyncio.Future[None]) -> None:
    """Dial and stay until the end; ``answered`` gets the outcome of the dialling."""
    call = place(leg.exchange, request)
    leg.call = call
    try:
        await leg.presence.set_attributes(
            {
                STATUS: "dialing",
                "sip.callIDFull": call.id,
                "sip.callTag": call.dialog.local_tag,
            }
        )
        await dial(leg, call, request, session)
        answered.set_result(None)
        leg.dial(request.dtmf)
        await leg.stay(wire.seconds(request.max_call_duration, leg.exchange.limits.call_s))
    except Refused as refusal:
        leg.end(ending_of(refusal.sip_status))
        answered.set_exception(refusal)
        logger.info("dialling failed", extra={"leg": leg.id, "status": refusal.sip_status})
    except Exception:
        logger.exception("leg failed", extra={"leg": leg.id})
    finally:
        if not answered.done():
            answered.set_exception(Refused(503, "the SIP gateway failed or stops"))
        # Nobody waits for it unless the request said so.
        answered.exception()
        call.cancel()
        leg.exchange.agent.spawn(call.hang_up())
        await leg.leave()


async def dial(leg: Leg, call: OutgoingCall, request: Any, session: sdp.Session) -> None:
    """Ring the telephone until it answers.

    Raises:
        Refused: It did not, the time is up, or the room has gone.
    """
    rang = asyncio.Event()

    def ringing() -> None:
        if not rang.is_set():
            rang.set()
            leg.exchange.agent.spawn(leg.presence.set_attributes({STATUS: "ringing"}))

    call.on_ringing = ringing
    call.dial(session.offer())
    logger.info("dialling", extra={"leg": leg.id})
    ring_s = wire.seconds(request.ringing_timeout, leg.exchange.limits.ringing_s)
    first: set[asyncio.Future[Any]] = {call.outcome, leg.over}
    await asyncio.wait(first, timeout=ring_s, return_when=asyncio.FIRST_COMPLETED)
    if leg.over.done():
        raise Refused(487, "the room has gone")
    if not call.outcome.done():
        raise Refused(480 if rang.is_set() else 408, "no answer")
    try:
        choice = sdp.choose(sdp.read(call.outcome.result()))
    except sdp.NotAcceptable as error:
        raise Refused(488, str(error)) from None
    await leg.open_audio(choice)
    leg.answered(call, media_timeout=request.media.media_timeout)
    await leg.presence.set_attributes({STATUS: "active"})
    logger.info("leg answered", extra={"leg": leg.id})
