"""``manage.py sync_telephony``: make LiveKit's trunks and rules agree with the admin."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from sip import services


class Command(BaseCommand):
    help = "Make LiveKit's trunks and rules agree with the numbers in the admin. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only print what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        report = services.sync(dry_run=options["dry_run"])
        if report.unreachable:
            raise CommandError(f"cannot sync: {report.unreachable}")
        for outcome in report.outcomes:
            self.stdout.write(f"{outcome.change}{f': {outcome.error}' if outcome.error else ''}")
        if not report.outcomes:
            self.stdout.write("in step, nothing to do")
        if not report.is_in_step:
            raise CommandError("LiveKit refused a change; the admin shows which")
