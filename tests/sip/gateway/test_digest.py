"""A caller who must prove who it is."""

from __future__ import annotations

import pytest
from aiosipua.auth import SipDigestAuth, answer_challenge
from aiosipua.message import SipRequest, SipResponse

from sip.gateway.digest import NONCE_LIFE_S, Digest, Login, Verdict

LOGIN = Login(username="phone", password="right")
URI = "sip:+15550100@example.com"


class Time:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def invite(challenge: str, *, username: str = "phone", password: str = "right") -> SipRequest:
    """An INVITE with the answer that a telephone gives to the challenge."""
    response = SipResponse(status_code=401)
    response.set_header("WWW-Authenticate", challenge)
    credentials = answer_challenge(SipDigestAuth(username, password), response, 401, "INVITE", URI)
    assert credentials is not None
    request = SipRequest(method="INVITE", uri=URI)
    request.set_header(*credentials)
    return request


def test_the_right_password_is_right() -> None:
    digest = Digest()

    assert digest.check(invite(digest.challenge(LOGIN)), LOGIN) is Verdict.RIGHT


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"username": "stranger"}], ids=str)
def test_anything_else_is_wrong(wrong: dict[str, str]) -> None:
    digest = Digest()

    assert digest.check(invite(digest.challenge(LOGIN), **wrong), LOGIN) is Verdict.WRONG


def test_without_credentials_the_caller_is_asked() -> None:
    request = SipRequest(method="INVITE", uri=URI)

    assert Digest().check(request, LOGIN) is Verdict.MISSING


def test_an_old_nonce_is_stale_and_the_new_challenge_says_so() -> None:
    time = Time()
    digest = Digest(now=time)
    request = invite(digest.challenge(LOGIN))
    time.now += NONCE_LIFE_S + 1

    assert digest.check(request, LOGIN) is Verdict.STALE
    assert digest.challenge(LOGIN, stale=True).endswith("stale=true")


def test_a_wrong_password_is_wrong_even_with_an_old_nonce() -> None:
    time = Time()
    digest = Digest(now=time)
    request = invite(digest.challenge(LOGIN), password="wrong")
    time.now += NONCE_LIFE_S + 1

    assert digest.check(request, LOGIN) is Verdict.WRONG


@pytest.mark.parametrize("nonce", ["", "zz", "ff.00", "ff." + "0" * 32, "\u00fc.\u00fc"])
def test_a_nonce_that_is_not_ours_is_asked_again(nonce: str) -> None:
    request = SipRequest(method="INVITE", uri=URI)
    request.set_header("Authorization", f'Digest username="phone", nonce="{nonce}", response="0"')

    assert Digest().check(request, LOGIN) is Verdict.STALE


def test_an_answer_in_other_letters_is_wrong() -> None:
    digest = Digest()
    request = invite(digest.challenge(LOGIN))
    given = request.get_header("authorization") or ""
    request.set_header("Authorization", given.replace('response="', 'response="\u00fc'))

    assert digest.check(request, LOGIN) is Verdict.WRONG


def test_credentials_for_another_method_are_wrong() -> None:
    digest = Digest()
    request = invite(digest.challenge(LOGIN))
    request.method = "BYE"

    assert digest.check(request, LOGIN) is Verdict.WRONG
