"""SIP messages by RFC 3261: what identifies one, where its answer goes, what an answer copies."""

from __future__ import annotations

from typing import Final, cast

from aiosipua.headers import CSeq, stringify_cseq, stringify_via
from aiosipua.message import SipMessage, SipRequest, SipResponse, missing_required_headers
from aiosipua.utils import generate_tag

Address = tuple[str, int]
MAGIC: Final = "z9hG4bK"
REASONS: Final = {
    100: "Trying",
    180: "Ringing",
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    420: "Bad Extension",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    603: "Decline",
}


def tag_of(address: str | None) -> str:
    """Return the tag of a From or To value without parsing what callers may write before it."""
    _, _, parameters = (address or "").rpartition(">")
    for part in parameters.split(";"):
        name, _, value = part.strip().partition("=")
        if name.lower() == "tag":
            return value
    return ""


def branch_of(message: SipMessage) -> str:
    via = message.via
    return (via[0].branch or "") if via else ""


def server_key(request: SipRequest, *, method: str | None = None) -> tuple[str, ...]:
    via = request.via[0]
    method = method or ("INVITE" if request.method == "ACK" else request.method)
    branch = via.branch or ""
    if branch.startswith(MAGIC):
        return (branch, via.host, str(via.port), method)
    return (*merge_key(request)[:3], branch, method)


def merge_key(request: SipRequest) -> tuple[str, ...]:
    sequence = cast("CSeq", request.cseq)
    sender = tag_of(request.get_header("from"))
    return (str(request.call_id), sender, str(sequence.seq), request.method)


def dialog_key(message: SipMessage) -> tuple[str, ...]:
    """What an ACK of a 2xx has in common with it: it has a branch of its own."""
    sequence = cast("CSeq", message.cseq)
    tags = tag_of(message.get_header("from")), tag_of(message.get_header("to"))
    return (str(message.call_id), *tags, str(sequence.seq))


def is_malformed(request: SipRequest) -> bool:
    if missing_required_headers(request):
        return True
    try:
        sequence = request.cseq
    except ValueError:
        return True
    return sequence is None or sequence.method.upper() != request.method


def stamp_via(request: SipRequest, source: Address) -> Address | None:
    """Note in the top Via where the request came from; return where responses go.

    What the sender claims to be ``received`` is overwritten: it would send our responses to a
    third party.
    """
    vias = request.via
    if not vias or not vias[0].host:
        return None
    top = vias[0]
    port = 5060 if top.port is None else top.port
    if not is_port(port):
        return None
    top.params["received"] = source[0]
    if "rport" in top.params:
        port = source[1]
        top.params["rport"] = str(port)
    request.headers.set_single("Via", stringify_via(top))
    for via in vias[1:]:
        request.headers.append("Via", stringify_via(via))
    return source[0], port


def is_port(number: int) -> bool:
    """Say whether asyncio may be given the port: another one ends the whole socket."""
    return 0 < number < 65536


def copy_identity(source: SipRequest, target: SipRequest, *, method: str) -> None:
    target.set_header("From", cast("str", source.get_header("from")))
    target.set_header("Call-ID", cast("str", source.call_id))
    sequence = cast("CSeq", source.cseq).seq
    target.set_header("CSeq", stringify_cseq(CSeq(seq=sequence, method=method)))
    target.set_header("Max-Forwards", "70")
    for route in source.headers.get("route"):
        target.headers.append("Route", route)


def refusal_acknowledged(invite: SipRequest, response: SipResponse) -> SipRequest:
    """Build the ACK of a 3xx to 6xx, which belongs to the transaction of the INVITE."""
    ack = SipRequest(method="ACK", uri=invite.uri)
    ack.headers.append("Via", invite.headers.get("via")[0])
    copy_identity(invite, ack, method="ACK")
    ack.set_header("To", response.get_header("to") or cast("str", invite.get_header("to")))
    return ack


def reply_to(request: SipRequest, status: int, reason: str = "", *, tag: str = "") -> SipResponse:
    """Build a response with the headers that every response copies."""
    reason = reason or REASONS.get(status, "")
    response = SipResponse(status_code=status, reason_phrase=reason)
    for via in request.headers.get("via"):
        response.headers.append("Via", via)
    for name in ("From", "Call-ID", "CSeq"):
        if value := request.get_header(name):
            response.set_header(name, value)
    to = request.get_header("to") or ""
    if status > 100 and to and not tag_of(to):
        to += f";tag={tag or generate_tag()}"
    if to:
        response.set_header("To", to)
    return response
