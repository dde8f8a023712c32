"""A call from a telephone: which number, which room, who answers; facts §3 fixes the order."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any, Final

from aiosipua.headers import SipUri, parse_address
from aiosipua.message import SipRequest
from aiosipua.sdp import SdpMessage
from livekit.protocol import sip

from contactcenter.errors import Unavailable
from sip.gateway import admission, sdp, wire
from sip.gateway.call import IncomingCall, Refused
from sip.gateway.digest import Login, Verdict
from sip.gateway.exchange import Ending, Exchange
from sip.gateway.leg import Leg
from sip.gateway.messages import tag_of
from sip.gateway.presence import STATUS, Seat
from sip.gateway.refer import transfer
from sip.gateway.rpc import RpcFailed, new_id

logger = logging.getLogger(__name__)

# livekit.SIPDispatchResult; what is neither of these asks for a PIN or rejects.
ACCEPT: Final = frozenset({0, 1})
DROP: Final = 4
ALL_HEADERS: Final = 2


class Unauthorized(Refused):
    """The caller must prove who it is; carries the challenge."""

    def __init__(self, challenge: str) -> None:
        super().__init__(401)
        self.challenge = challenge


async def answer(exchange: Exchange, call: IncomingCall) -> None:
    """Take a call from INVITE to BYE."""
    if exchange.is_full:
        call.reject(503)
        return
    leg = Leg(exchange, new_id("SCL_"))
    leg.call = call
    call.on_cancel = partial(leg.end, Ending.CANCELLED)
    logger.info("call arrived", extra={"leg": leg.id})
    try:
        most_s = await set_up(exchange, leg, call)
        ending = await leg.stay(most_s)
        exchange.agent.spawn(call.hang_up())
        logger.debug("call over", extra={"leg": leg.id, "because": ending})
    except Refused as refusal:
        challenge = refusal.challenge if isinstance(refusal, Unauthorized) else ""
        call.reject(refusal.sip_status, {"WWW-Authenticate": challenge} if challenge else None)
        leg.end(Ending.REFUSED)
        logger.info("call refused", extra={"leg": leg.id, "status": refusal.sip_status})
    except Exception:
        logger.exception("call failed", extra={"leg": leg.id})
        call.reject(500)
        exchange.agent.spawn(call.hang_up())
    finally:
        await leg.leave()


async def set_up(exchange: Exchange, leg: Leg, call: IncomingCall) -> float:
    """Ring, join and answer; return how long the call may last.

    Raises:
        Refused: The call may not be, nobody took it, or the caller has given up.
    """
    remote, choice = read_offer(call)
    request = describe(leg, call)
    try:
        trunk = await trunk_of(exchange, request)
        authenticate(exchange, call, trunk)
        check(leg)
        call.ring()
        rule = await rule_for(exchange, request, call, trunk.sip_trunk_id)
        session = leg.reserve_audio()
        await leg.open_audio(choice)
        check(leg)
        await leg.presence.join(seat_of(rule, call))
        await leg.serve_transfers(partial(transfer, leg))
    except (RpcFailed, Unavailable, OSError) as error:
        # Its text may quote the number that was asked for.
        logger.warning("no room", extra={"leg": leg.id, "error": type(error).__name__})
        raise Refused(503) from None
    await wait_for_company(leg, wire.seconds(rule.ringing_timeout, exchange.limits.ringing_s))
    call.accept(session.answer(remote, choice), dict(rule.headers))
    leg.answered(call, media_timeout=rule.media.media_timeout)
    await leg.presence.set_attributes({STATUS: "active"})
    logger.info("call answered", extra={"leg": leg.id})
    return wire.seconds(rule.max_call_duration, exchange.limits.call_s)


def check(leg: Leg) -> None:
    """Stop setting up a call that is over.

    Raises:
        Refused: The caller has given up, or the room is gone.
    """
    if leg.over.done():
        raise Refused(503 if leg.over.result() == Ending.SHUTDOWN else 486)


def read_offer(call: IncomingCall) -> tuple[SdpMessage, sdp.Choice]:
    if not call.invite.body:
        raise Refused(488)
    try:
        remote = sdp.read(call.invite.text)
        return remote, sdp.choose(remote)
    except sdp.NotAcceptable as error:
        raise Refused(488, str(error)) from None


def describe(leg: Leg, call: IncomingCall) -> Any:
    """Build what livekit-server wants to know of a call."""
    invite = call.invite
    assert invite.from_addr is not None
    assert invite.to_addr is not None
    request = wire.SIPCall(
        lk_call_id=leg.id,
        source_ip=call.source[0],
        sip_call_id=call.id,
        address=uri(parse_address(f"<{invite.uri}>").uri),
        to=uri(invite.to_addr.uri),
    )
    getattr(request, "from").CopyFrom(uri(invite.from_addr.uri))
    return request


def uri(value: SipUri) -> Any:
    return sip.SIPUri(user=value.user or "", host=value.host, port=value.port or 0)


async def trunk_of(exchange: Exchange, request: Any) -> Any:
    trunk = await exchange.bus.call(
        "GetSIPTrunkAuthentication",
        wire.GetSIPTrunkAuthenticationRequest(call=request),
        wire.GetSIPTrunkAuthenticationResponse,
    )
    if trunk.drop or not trunk.sip_trunk_id:
        raise Refused(404)
    return trunk


def authenticate(exchange: Exchange, call: IncomingCall, trunk: Any) -> None:
    login = admission.login_for(exchange.config, call.source[0])
    if trunk.username:
        login = Login(username=trunk.username, password=trunk.password, realm=trunk.realm)
    if login is None:
        return
    verdict = exchange.digest.check(call.invite, login)
    if verdict is Verdict.WRONG:
        raise Refused(403)
    if verdict is not Verdict.RIGHT:
        stale = verdict is Verdict.STALE
        raise Unauthorized(exchange.digest.challenge(login, stale=stale))


async def rule_for(exchange: Exchange, request: Any, call: IncomingCall, trunk_id: str) -> Any:
    rule = await exchange.bus.call(
        "EvaluateSIPDispatchRules",
        wire.EvaluateSIPDispatchRulesRequest(
            call=request, sip_trunk_id=trunk_id, extra_attributes=identity_of(call)
        ),
        wire.EvaluateSIPDispatchRulesResponse,
    )
    if rule.result not in ACCEPT:
        # Without a rule livekit-server says "drop".
        raise Refused(404 if rule.result == DROP else 403)
    return rule


def identity_of(call: IncomingCall) -> dict[str, str]:
    return {"sip.callIDFull": call.id, "sip.callTag": tag_of(call.invite.get_header("from"))}


def seat_of(rule: Any, call: IncomingCall) -> Seat:
    attributes = dict(rule.participant_attributes)
    attributes |= identity_of(call) | header_attributes(rule, call.invite)
    attributes[STATUS] = "ringing"
    return Seat(
        room_name=rule.room_name,
        identity=rule.participant_identity,
        name=rule.participant_name,
        metadata=rule.participant_metadata,
        attributes=attributes,
        url=rule.ws_url,
        token=rule.token,
        room_config=rule.room_config if rule.HasField("room_config") else None,
        room_preset=rule.room_preset,
    )


def header_attributes(rule: Any, invite: SipRequest) -> dict[str, str]:
    """The headers of the INVITE that the rule wants to see in the room."""
    found = {
        f"sip.h.{name.lower()}": values[0]
        for name, values in invite.headers.items()
        if rule.include_headers == ALL_HEADERS
        or (rule.include_headers and name.lower().startswith("x-"))
    }
    for name, attribute in rule.headers_to_attributes.items():
        if value := invite.get_header(name):
            found[attribute] = value
    return found


async def wait_for_company(leg: Leg, ringing_s: float) -> None:
    """Let it ring until somebody in the room is there to talk.

    Raises:
        Refused: Nobody came (486), or the caller or the room is gone.
    """
    company = asyncio.create_task(leg.presence.has_company.wait())
    try:
        first: set[asyncio.Future[Any]] = {company, leg.over}
        await asyncio.wait(first, timeout=ringing_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        company.cancel()
    check(leg)
    if not leg.presence.has_company.is_set():
        raise Refused(486)
