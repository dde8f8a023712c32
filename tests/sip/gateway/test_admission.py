"""Who may call, by address and by digest."""

from __future__ import annotations

import os

import pytest

from contactcenter.config import Config
from contactcenter.errors import Misconfigured
from sip.gateway import admission
from sip.gateway.digest import Login

DESK = "192.168.1.20"
STRANGER = "203.0.113.9"


def config(**settings: str) -> Config:
    return Config.from_env({**os.environ, "SIP_HOST": "192.168.1.2", **settings})


def test_on_loopback_everybody_may_call_without_digest() -> None:
    settings = config(SIP_HOST="127.0.0.1")

    assert admission.admits(settings, "127.0.0.1")
    assert admission.login_for(settings, "127.0.0.1") is None


@pytest.mark.parametrize("allowed", [DESK, "192.168.1.0/24", f"10.0.0.1, {DESK}"])
def test_with_a_list_only_its_addresses_may_call(allowed: str) -> None:
    settings = config(SIP_ALLOWED=allowed)

    assert admission.admits(settings, DESK)
    assert admission.login_for(settings, DESK) is None
    assert not admission.admits(settings, STRANGER)


def test_with_a_list_and_a_login_others_must_prove_who_they_are() -> None:
    settings = config(SIP_ALLOWED=DESK, SIP_USERNAME="phone", SIP_PASSWORD="right")

    assert admission.login_for(settings, DESK) is None
    assert admission.admits(settings, STRANGER)
    assert admission.login_for(settings, STRANGER) == Login(username="phone", password="right")


def test_with_a_login_alone_everybody_must_prove_who_they_are() -> None:
    settings = config(SIP_USERNAME="phone", SIP_PASSWORD="right")

    assert admission.login_for(settings, DESK) == Login(username="phone", password="right")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"SIP_ALLOWED": "the office"}, "SIP_ALLOWED"),
        ({"SIP_ALLOWED": "0.0.0.0/0"}, "SIP_ALLOWED"),
        ({"SIP_HOST": "0.0.0.0", "SIP_ALLOWED": DESK}, "SIP_PUBLIC_IP"),
        ({}, "SIP_USERNAME"),
    ],
)
def test_a_setting_that_lets_in_everybody_or_nobody_stops_the_start(
    settings: dict[str, str], named: str
) -> None:
    with pytest.raises(Misconfigured, match=named):
        config(**settings)
