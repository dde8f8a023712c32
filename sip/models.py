"""Numbers, trunks and dispatch rules as the shop wants them; LiveKit is made to agree."""

from __future__ import annotations

import re
from ipaddress import ip_network

import phonenumbers
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from agents.models import VoiceProfile

E164 = r"^\+[1-9][0-9]{6,14}$"
ADDRESS = r"([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?"


def check_number(value: str) -> str:
    """Say what is wrong with a number; empty if carriers and LiveKit will understand it."""
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return "Write the number with + and country code, for example +15550100."
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not re.fullmatch(E164, e164):
        return "This number is too short or too long."
    if e164 != value:
        return f"Write the number without spaces or signs: {e164}."
    return ""


def check_address(value: str) -> str:
    """Say what is wrong with a telephone company's address; empty if it can be dialled."""
    if re.fullmatch(ADDRESS, value):
        return ""
    return "Write the host alone, or host:port, for example sip.example.com or 192.0.2.10:5060."


def check_network(value: str) -> str:
    """Say what is wrong with an address list's entry; empty if it lets in some and not all."""
    try:
        network = ip_network(value)
    except ValueError:
        return f"“{value}” is not an address (192.168.1.20) or a network (192.168.1.0/24)."
    if not network.prefixlen:
        return f"“{value}” is everybody. Give a user name and a password instead of it."
    return ""


class Direction(models.TextChoices):
    INBOUND = "inbound", "calls come in"
    OUTBOUND = "outbound", "calls go out"


class SyncedRow(models.Model):
    """What LiveKit made of a row.

    Attributes:
        livekit_id: Empty until LiveKit has it.
        drift: Why LiveKit does not have what the row says; empty when it has.
    """

    livekit_id = models.CharField("LiveKit id", max_length=64, blank=True, editable=False)
    drift = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        abstract = True


class Trunk(SyncedRow):
    """A connection to a telephone company, or to telephones that may dial in."""

    name = models.CharField(max_length=80, unique=True)
    direction = models.CharField(max_length=8, choices=Direction.choices)
    address = models.CharField(
        max_length=200,
        blank=True,
        help_text="For calls that go out: the telephone company's host, for example"
        " sip.example.com or 192.0.2.10:5060.",
    )
    allowed_addresses = ArrayField(
        models.CharField(max_length=50),
        default=list,
        blank=True,
        help_text="For calls that come in: addresses or networks that may dial without a password,"
        " separated by commas, for example 192.168.1.0/24.",
    )
    username = models.CharField(max_length=80, blank=True)
    password = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["direction", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(direction=Direction.INBOUND, address="")
                | (Q(direction=Direction.OUTBOUND) & ~Q(address="")),
                name="trunk_has_an_address_if_calls_go_out",
                violation_error_message="A trunk has an address exactly when calls go out.",
            ),
            models.CheckConstraint(
                condition=Q(username="", password="") | (~Q(username="") & ~Q(password="")),
                name="trunk_has_both_credentials_or_none",
                violation_error_message="Give both a user name and a password, or neither.",
            ),
            models.CheckConstraint(
                condition=Q(direction=Direction.OUTBOUND)
                | Q(allowed_addresses__len__gt=0)
                | ~Q(username=""),
                name="trunk_is_not_open_to_everybody",
                violation_error_message="Say who may dial in: a list of addresses, or a user name"
                " and password.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if wrong := [why for text in self.allowed_addresses or () if (why := check_network(text))]:
            raise ValidationError({"allowed_addresses": wrong})
        if self.address and (why := check_address(self.address)):
            raise ValidationError({"address": why})
        if self.pk and self.direction == Direction.OUTBOUND and self.phone_numbers.exists():
            # It has no list of who may dial in: its numbers would be open to everybody.
            raise ValidationError(
                {"direction": "Numbers use this trunk. Move them to another one first."}
            )
        # The constraint says the same, but Django skips it for a form without the password.
        if bool(self.username) != bool(self.password):
            raise ValidationError("Give both a user name and a password, or neither.")


class PhoneNumber(SyncedRow):
    """A number that the voice agent answers; ``livekit_id`` is that of its inbound trunk."""

    number = models.CharField(
        max_length=16,
        unique=True,
        help_text="With + and country code, for example +15550100.",
    )
    label = models.CharField(max_length=80, help_text="What you call it, for example “Main line”.")
    trunk = models.ForeignKey(
        Trunk,
        on_delete=models.PROTECT,
        related_name="phone_numbers",
        limit_choices_to={"direction": Direction.INBOUND},
        help_text="Where calls to this number come from.",
    )
    voice_profile = models.ForeignKey(
        VoiceProfile, on_delete=models.PROTECT, related_name="phone_numbers"
    )
    records = models.BooleanField(
        "is recorded",
        default=True,
        help_text="Record calls to this number. The caller is told at the beginning.",
    )
    enabled = models.BooleanField(
        "is answered",
        default=True,
        help_text="Turned off, callers hear that the number is not in service.",
    )

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=Q(number__regex=E164), name="phone_number_is_e164"),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.number})"

    def clean(self) -> None:
        if wrong := check_number(self.number):
            raise ValidationError({"number": wrong})


class DispatchRule(SyncedRow):
    """What LiveKit does when its number is dialled: a room of its own, and who is sent there."""

    number = models.OneToOneField(
        PhoneNumber, on_delete=models.CASCADE, related_name="dispatch_rule"
    )

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"rule for {self.number}"
