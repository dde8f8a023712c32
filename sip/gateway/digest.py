"""Digest authentication of callers (RFC 2617, 7616): the server's side."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from aiosipua.headers import parse_auth
from aiosipua.message import SipRequest

NONCE_LIFE_S: Final = 120
REALM: Final = "sip.livekit"


class Verdict(Enum):
    """What the credentials of a request are worth."""

    RIGHT = auto()
    MISSING = auto()
    STALE = auto()
    WRONG = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a caller must know."""

    username: str
    password: str
    realm: str = ""


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Digest:
    """Challenges and checks; a nonce is signed and dated, so none is remembered."""

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        self._key = secrets.token_bytes(16)
        self._now = now

    def challenge(self, login: Login, *, stale: bool = False) -> str:
        """Return a value of WWW-Authenticate."""
        made = f"{int(self._now()):x}"
        parts = (
            f'Digest realm="{login.realm or REALM}"',
            f'nonce="{made}.{self._signed(made)}"',
            "algorithm=MD5",
            'qop="auth"',
        )
        return ", ".join((*parts, "stale=true") if stale else parts)

    def check(self, request: SipRequest, login: Login) -> Verdict:
        header = request.get_header("authorization")
        if not header:
            return Verdict.MISSING
        given = parse_auth(header, credentials=True)
        fields = {name.lower(): value for name, value in given.params.items()}
        if given.scheme.lower() != "digest" or not self._is_ours(fields.get("nonce", "")):
            # A nonce of another server or of an earlier process: asked again, not refused.
            return Verdict.STALE
        expected = self._response(request.method, fields, login)
        given_response = fields.get("response", "").lower()
        right = hmac.compare_digest(expected.encode(), given_response.encode())
        if fields.get("username") != login.username or not right:
            return Verdict.WRONG
        if self._age_s(fields["nonce"]) > NONCE_LIFE_S:
            return Verdict.STALE
        return Verdict.RIGHT

    def _response(self, method: str, fields: dict[str, str], login: Login) -> str:
        secret = md5(f"{login.username}:{login.realm or REALM}:{login.password}")
        what = md5(f"{method}:{fields.get('uri', '')}")
        nonce = fields["nonce"]
        if "qop" not in fields:
            return md5(f"{secret}:{nonce}:{what}")
        once = f"{fields.get('nc', '')}:{fields.get('cnonce', '')}:{fields['qop']}"
        return md5(f"{secret}:{nonce}:{once}:{what}")

    def _signed(self, made: str) -> str:
        return hmac.new(self._key, made.encode(), "sha256").hexdigest()[:32]

    def _is_ours(self, nonce: str) -> bool:
        made, _, signature = nonce.partition(".")
        return hmac.compare_digest(self._signed(made).encode(), signature.encode())

    def _age_s(self, nonce: str) -> float:
        return self._now() - int(nonce.partition(".")[0], 16)
