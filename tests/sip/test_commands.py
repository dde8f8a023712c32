"""The commands that set the line up and keep LiveKit in step."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from contactcenter.errors import Unavailable
from sip.models import PhoneNumber, Trunk
from tests.fakes.telephony import FakeTelephony, telephony
from tests.sip.rows import make_number

__all__ = ["telephony"]

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def test_the_demonstration_line_is_seeded_once(telephony: FakeTelephony) -> None:
    run("seed_telephony", "--number=+15550100")
    PhoneNumber.objects.update(label="Ours", records=False)

    run("seed_telephony", "--number=+15550100")

    number = PhoneNumber.objects.select_related("trunk", "voice_profile").get()
    assert (number.number, number.label, number.records) == ("+15550100", "Ours", False)
    assert number.trunk.allowed_addresses == ["127.0.0.1/32"]
    assert number.voice_profile.greeting == (
        "Thank you for calling Willow and Wren. How can I help you?"
    )
    assert Trunk.objects.get(direction="outbound").address == "127.0.0.1:9"


def test_a_seeded_line_syncs(telephony: FakeTelephony) -> None:
    run("seed_telephony", "--number=+15550100")

    assert run("sync_telephony").splitlines() == [
        f"create InboundTrunk cc:+15550100 {telephony.has[0].livekit_id}",
        f"create OutboundTrunk cc:out-{Trunk.objects.get(direction='outbound').pk}"
        f" {telephony.has[1].livekit_id}",
        f"create Rule cc:+15550100 {telephony.has[2].livekit_id}",
    ]
    assert run("sync_telephony") == "in step, nothing to do\n"


def test_an_opened_line_lets_in_whom_the_settings_name(settings: Settings) -> None:
    settings.CONFIG = replace(
        settings.CONFIG, sip_host="192.168.1.20", sip_allowed=("192.168.1.0/24",)
    )

    run("seed_telephony", "--number=+15550100")

    trunk = Trunk.objects.get(direction="inbound")
    assert trunk.allowed_addresses == ["127.0.0.1/32", "192.168.1.0/24"]
    assert (trunk.username, trunk.password) == ("", "")


def test_an_opened_line_with_digest_takes_phones_from_everywhere_with_the_password(
    settings: Settings,
) -> None:
    settings.CONFIG = replace(
        settings.CONFIG, sip_host="192.168.1.20", sip_username="desk", sip_password="a-long-one"
    )

    run("seed_telephony", "--number=+15550100")

    trunk = Trunk.objects.get(direction="inbound")
    assert trunk.allowed_addresses == []
    assert (trunk.username, trunk.password) == ("desk", "a-long-one")


def test_a_line_that_is_closed_again_forgets_who_was_let_in(settings: Settings) -> None:
    settings.CONFIG = replace(
        settings.CONFIG, sip_host="192.168.1.20", sip_allowed=("192.168.1.0/24",)
    )
    run("seed_telephony", "--number=+15550100")
    settings.CONFIG = replace(settings.CONFIG, sip_host="127.0.0.1", sip_allowed=())

    run("seed_telephony", "--number=+15550100")

    assert Trunk.objects.get(direction="inbound").allowed_addresses == ["127.0.0.1/32"]


def test_a_wrong_number_is_refused_with_the_right_form() -> None:
    with pytest.raises(CommandError, match=r"for example \+15550100"):
        run("seed_telephony", "--number=5550100")

    assert not PhoneNumber.objects.exists()
    assert not Trunk.objects.exists()


def test_a_dry_run_prints_the_plan_and_changes_nothing(telephony: FakeTelephony) -> None:
    make_number()

    printed = run("sync_telephony", "--dry-run")

    assert printed.splitlines() == [
        "create InboundTrunk cc:+15550100",
        "create Rule cc:+15550100",
    ]
    assert telephony.has == []


def test_a_livekit_that_does_not_answer_fails_the_command(telephony: FakeTelephony) -> None:
    telephony.down = Unavailable("LiveKit: TimeoutError")

    with pytest.raises(CommandError, match="cannot sync: LiveKit: TimeoutError"):
        run("sync_telephony")
