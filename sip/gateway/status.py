"""SIP statuses as livekit-server wants them: a psrpc code and a ``livekit.SIPStatus``."""

from __future__ import annotations

from typing import Final, cast

from livekit.protocol import sip

from sip.gateway.bus import RpcFailed

CODES: Final = {
    401: "permission_denied",
    402: "permission_denied",
    403: "permission_denied",
    404: "not_found",
    407: "unauthenticated",
    408: "deadline_exceeded",
    410: "not_found",
    480: "resource_exhausted",
    481: "not_found",
    486: "resource_exhausted",
    487: "aborted",
    491: "aborted",
    504: "deadline_exceeded",
    600: "resource_exhausted",
    603: "permission_denied",
    604: "not_found",
    607: "permission_denied",
    608: "permission_denied",
}


def rpc_error(status: int, reason: str) -> RpcFailed:
    """Return the error with which a request ends that a telephone refused."""
    other = "failed_precondition" if 500 <= status < 600 else "invalid_argument"
    detail = sip.SIPStatus(code=cast("sip.SIPStatusCode", status), status=reason)
    return RpcFailed(CODES.get(status, other), f"sip status {status}: {reason}", [detail])
