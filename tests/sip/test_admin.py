"""A shop owner changes numbers in the admin, LiveKit follows, and trouble is shown, not raised."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from contactcenter.errors import Unavailable
from sip.models import PhoneNumber, Trunk
from sip.plan import InboundTrunk
from tests.fakes.telephony import FakeTelephony, telephony
from tests.sip.rows import make_number, make_trunk

__all__ = ["telephony"]

pytestmark = pytest.mark.django_db


def number_fields(row: PhoneNumber, **changed: Any) -> dict[str, Any]:
    return {
        "number": row.number,
        "label": row.label,
        "trunk": row.trunk_id,
        "voice_profile": row.voice_profile_id,
        "records": "on",
        "enabled": "on",
    } | changed


def trunk_fields(**changed: Any) -> dict[str, Any]:
    return {
        "name": "Line",
        "direction": "inbound",
        "address": "",
        "allowed_addresses": "127.0.0.1/32",
        "username": "",
        "new_password": "",
    } | changed


def test_a_saved_number_reaches_livekit_after_the_commit(
    admin_client: Client,
    telephony: FakeTelephony,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    number = make_number()

    with django_capture_on_commit_callbacks(execute=True):
        answer = admin_client.post(
            f"/admin/sip/phonenumber/{number.pk}/change/",
            number_fields(number, number="+15550101"),
        )
        assert telephony.applied == []

    assert answer.status_code == 302
    assert {item.thing.name for item in telephony.has} == {"cc:+15550101"}


def test_a_deleted_number_is_taken_from_livekit(
    admin_client: Client,
    telephony: FakeTelephony,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    number = make_number()
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(f"/admin/sip/phonenumber/{number.pk}/change/", number_fields(number))
    assert len(telephony.has) == 2

    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(f"/admin/sip/phonenumber/{number.pk}/delete/", {"post": "yes"})

    assert telephony.has == []


def test_a_livekit_that_is_down_is_shown_beside_the_number(
    admin_client: Client,
    telephony: FakeTelephony,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    number = make_number()
    telephony.down = Unavailable("LiveKit: TimeoutError")

    with django_capture_on_commit_callbacks(execute=True):
        answer = admin_client.post(
            f"/admin/sip/phonenumber/{number.pk}/change/", number_fields(number)
        )

    assert answer.status_code == 302
    for page in ("/admin/sip/phonenumber/", "/admin/sip/trunk/"):
        assert "Not in step" in admin_client.get(page).content.decode()


def test_a_wrong_number_is_answered_with_the_right_form(
    admin_client: Client, telephony: FakeTelephony
) -> None:
    number = make_number()

    answer = admin_client.post(
        f"/admin/sip/phonenumber/{number.pk}/change/", number_fields(number, number="555 0100")
    )

    assert "for example +15550100" in answer.content.decode()
    assert PhoneNumber.objects.get().number == "+15550100"


def test_a_password_goes_in_and_never_comes_out(
    admin_client: Client,
    telephony: FakeTelephony,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    make_number()
    page = f"/admin/sip/trunk/{make_trunk().pk}/change/"

    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(page, trunk_fields(username="desk", new_password="a-long-one"))
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(page, trunk_fields(username="desk", name="Renamed"))

    trunk = Trunk.objects.get()
    assert (trunk.name, trunk.username, trunk.password) == ("Renamed", "desk", "a-long-one")
    (sent,) = [item.thing for item in telephony.has if isinstance(item.thing, InboundTrunk)]
    assert (sent.username, sent.password) == ("desk", "a-long-one")
    assert "a-long-one" not in admin_client.get(page).content.decode()


def test_a_password_can_be_taken_away(admin_client: Client, telephony: FakeTelephony) -> None:
    trunk = make_trunk()
    Trunk.objects.update(username="desk", password="a-long-one")

    admin_client.post(
        f"/admin/sip/trunk/{trunk.pk}/change/", trunk_fields(username="desk", forget_password="on")
    )

    trunk.refresh_from_db()
    assert (trunk.username, trunk.password) == ("", "")


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"allowed_addresses": ""}, "Say who may dial in"),
        ({"allowed_addresses": "everybody"}, "is not an address"),
        ({"username": "desk"}, "Give both a user name and a password"),
        ({"direction": "outbound"}, "A trunk has an address exactly when calls go out"),
    ],
)
def test_a_trunk_that_would_not_work_is_refused_with_a_reason(
    admin_client: Client, telephony: FakeTelephony, changed: dict[str, str], answer: str
) -> None:
    trunk = make_trunk()

    page = admin_client.post(f"/admin/sip/trunk/{trunk.pk}/change/", trunk_fields(**changed))

    assert answer in page.content.decode()
    trunk.refresh_from_db()
    assert (trunk.direction, trunk.username) == ("inbound", "")
    assert trunk.allowed_addresses == ["127.0.0.1/32"]
