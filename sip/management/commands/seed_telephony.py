"""``manage.py seed_telephony``: the first number and where its calls come from."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, Final

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from agents.models import VoiceProfile
from contactcenter.config import LOOPBACK, Config
from sip.models import Direction, PhoneNumber, Trunk, check_number

LINE: Final = "This line"
# Nobody answers there: calls that go out fail at once until a telephone company is entered.
NOWHERE: Final = "127.0.0.1:9"


def who_may_dial(config: Config) -> dict[str, Any]:
    """Return the inbound trunk's fields: this machine, and whom the settings name."""
    addresses = ["127.0.0.1/32", *config.sip_allowed]
    digest = bool(config.sip_username and config.sip_password)
    if digest and config.sip_host not in LOOPBACK and not config.sip_allowed:
        # Digest alone decides: telephones may be anywhere.
        addresses = []
    return {
        "allowed_addresses": addresses,
        "username": config.sip_username if digest else "",
        "password": config.sip_password if digest else "",
    }


class Command(BaseCommand):
    help = "Create the line's number, trunks and voice profile. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--number", required=True, help="the number to answer, E.164")

    def handle(self, *args: Any, **options: Any) -> None:
        number = options["number"]
        if wrong := check_number(number):
            raise CommandError(wrong)
        config: Config = settings.CONFIG
        profile, _ = VoiceProfile.objects.get_or_create(
            name="Receptionist",
            defaults={"greeting": f"Thank you for calling {config.shop_name}. How can I help you?"},
        )
        # The settings win over the admin here: whoever opens the line to a network says there
        # who may dial, and an older, wider trunk must not outlive that.
        trunk, _ = Trunk.objects.update_or_create(
            name=LINE, defaults={"direction": Direction.INBOUND} | who_may_dial(config)
        )
        PhoneNumber.objects.get_or_create(
            number=number,
            defaults={"label": "Main line", "trunk": trunk, "voice_profile": profile},
        )
        Trunk.objects.get_or_create(
            name="Telephone company",
            defaults={"direction": Direction.OUTBOUND, "address": NOWHERE},
        )
