"""Remote calls over the bus: their channels, their methods, their errors with a SIP status."""

from __future__ import annotations

import secrets
import string
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

from livekit.protocol import sip

from contactcenter.errors import ContactCenterError

# By livekit-sip's table; what is not here is "failed precondition" (5xx) or "invalid argument".
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


class RpcFailed(ContactCenterError):
    """A remote call ended with an error.

    Args:
        code: A psrpc code such as ``not_found``.
        details: Messages that explain it, for example a ``livekit.SIPStatus``.
    """

    code = "rpc_failed"
    status = 502

    def __init__(self, rpc_code: str, message: str, details: Iterable[Any] = ()) -> None:
        super().__init__(f"{rpc_code}: {message}")
        self.rpc_code = rpc_code
        self.message = message
        self.details = tuple(details)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One served method.

    Attributes:
        answer: Gets the request and the seconds left to answer it.
        affinity: 0 to 1, how gladly this server takes a request; None means not at all.
    """

    service: str
    name: str
    topic: str
    request: Any
    answer: Callable[[Any, float], Awaitable[Any]]
    affinity: Callable[[], float | None]

    def channel(self, kind: str) -> str:
        return channel(self.service, self.name, self.topic, kind)


def escaped(part: str) -> str:
    return "".join(
        c if c.isascii() and (c.isalnum() or c == "_") else f"u+{ord(c):04x}" for c in part
    )


def channel(*parts: str) -> str:
    return "|".join(escaped(part) for part in parts if part)


def new_id(prefix: str) -> str:
    return prefix + "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(12))


def always() -> float | None:
    return 1.0


def rpc_error(status: int, reason: str) -> RpcFailed:
    """Return the error with which a request ends that a telephone refused."""
    other = "failed_precondition" if 500 <= status < 600 else "invalid_argument"
    detail = sip.SIPStatus(code=cast("sip.SIPStatusCode", status), status=reason)
    return RpcFailed(CODES.get(status, other), f"sip status {status}: {reason}", [detail])
