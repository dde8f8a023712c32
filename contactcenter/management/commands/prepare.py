"""``manage.py prepare``: fill the database before the line opens; safe to repeat."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, call_command


class Command(BaseCommand):
    """One process instead of six, because each start of Django costs a second."""

    help = "Migrate, load the demo shop, index its policies, make the demo users and the number."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--number", required=True, help="the number to answer, E.164")
        parser.add_argument("--password", action="append", default=[], help="ROLE=PASSWORD")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("seed_demo")
        call_command("index_policies")
        call_command("seed_users", password=options["password"])
        call_command("seed_telephony", number=options["number"])
        call_command("sync_telephony")
