"""What may be entered about numbers and trunks."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from sip.models import Direction, Trunk, check_address, check_network, check_number
from tests.sip.rows import make_number

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", ["+15550100", "+4930901820"])
def test_a_number_in_e164_is_accepted(number: str) -> None:
    assert check_number(number) == ""


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("5550100", "Write the number with + and country code, for example +15550100."),
        ("our line", "Write the number with + and country code, for example +15550100."),
        ("+15550", "This number is too short or too long."),
        ("+1 (555) 0100", "Write the number without spaces or signs: +15550100."),
    ],
)
def test_another_form_of_a_number_is_refused_with_what_to_do(number: str, answer: str) -> None:
    assert check_number(number) == answer


def test_the_database_refuses_a_number_that_is_not_e164() -> None:
    with pytest.raises(IntegrityError, match="phone_number_is_e164"):
        make_number("15550100")


@pytest.mark.parametrize("text", ["192.168.1.20", "192.168.1.0/24", "2001:db8::/32"])
def test_addresses_and_networks_may_dial(text: str) -> None:
    assert check_network(text) == ""


@pytest.mark.parametrize("text", ["192.168.1.0/33", "sip.example.com", "everybody"])
def test_anything_else_is_named_in_the_answer(text: str) -> None:
    assert text in check_network(text)


@pytest.mark.parametrize(
    "address", ["sip.example.com", "192.0.2.10:5060", "[2001:db8::1]:5060", "company"]
)
def test_a_host_with_or_without_a_port_can_be_dialled(address: str) -> None:
    assert check_address(address) == ""


@pytest.mark.parametrize(
    "address", ["not a host", "sip:sip.example.com", "sip.example.com/x", "a.example.com\r\nX: y"]
)
def test_any_other_address_is_refused_with_what_to_write(address: str) -> None:
    trunk = Trunk(name="Company", direction=Direction.OUTBOUND, address=address)

    with pytest.raises(ValidationError, match="Write the host alone"):
        trunk.full_clean()


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0"])
def test_everybody_is_no_network_that_may_dial(text: str) -> None:
    assert check_network(text) == (
        f"“{text}” is everybody. Give a user name and a password instead of it."
    )


def test_a_trunk_with_numbers_cannot_become_one_for_calls_that_go_out() -> None:
    trunk = make_number().trunk
    trunk.direction, trunk.address = Direction.OUTBOUND, "sip.example.com"
    trunk.allowed_addresses = []

    with pytest.raises(ValidationError, match="Numbers use this trunk"):
        trunk.full_clean()


def test_an_inbound_trunk_that_everybody_may_use_is_refused() -> None:
    trunk = Trunk(name="Open", direction=Direction.INBOUND)

    with pytest.raises(ValidationError, match="Say who may dial in"):
        trunk.full_clean()
    with pytest.raises(IntegrityError, match="trunk_is_not_open_to_everybody"):
        trunk.save()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"direction": "outbound"}, "trunk_has_an_address_if_calls_go_out"),
        (
            {"direction": "inbound", "address": "sip.example.com", "username": "desk"}
            | {"password": "secret"},
            "trunk_has_an_address_if_calls_go_out",
        ),
        (
            {"direction": "outbound", "address": "sip.example.com", "username": "desk"},
            "trunk_has_both_credentials_or_none",
        ),
    ],
)
def test_contradictory_trunks_are_refused(fields: dict[str, str], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Trunk.objects.create(name="Wrong", **fields)

    assert not Trunk.objects.exists()


def test_a_trunk_that_a_number_uses_stays() -> None:
    number = make_number()

    with pytest.raises(ProtectedError):
        number.trunk.delete()
