"""Rows for tests: a trunk that this machine may dial in on, and numbers."""

from __future__ import annotations

from agents.models import VoiceProfile
from sip.models import Direction, PhoneNumber, Trunk


def make_trunk(name: str = "Line") -> Trunk:
    return Trunk.objects.get_or_create(
        name=name,
        defaults={"direction": Direction.INBOUND, "allowed_addresses": ["127.0.0.1/32"]},
    )[0]


def make_number(
    number: str = "+15550100", *, records: bool = True, enabled: bool = True
) -> PhoneNumber:
    profile, _ = VoiceProfile.objects.get_or_create(
        name="Receptionist", defaults={"greeting": "Hello."}
    )
    return PhoneNumber.objects.create(
        number=number,
        label="Main line",
        trunk=make_trunk(),
        voice_profile=profile,
        records=records,
        enabled=enabled,
    )


def make_outbound(address: str = "sip.example.com") -> Trunk:
    return Trunk.objects.create(
        name="Telephone company", direction=Direction.OUTBOUND, address=address
    )
