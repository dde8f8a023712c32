"""``manage.py prepare``: fill the database before the line opens; safe to repeat."""

from __future__ import annotations

import tomllib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management import BaseCommand, call_command

ENDING: Final = "_PASSWORD"


def read_passwords(path: Path | None) -> list[str]:
    """Return ``ROLE=PASSWORD`` for each key such as SUPERVISOR_PASSWORD."""
    known = tomllib.loads(path.read_text()) if path else {}
    return [
        f"{name.removesuffix(ENDING).lower()}={value}"
        for name, value in known.items()
        if name.endswith(ENDING)
    ]


class Command(BaseCommand):
    """One process instead of six, because each start of Django costs a second."""

    help = "Migrate, load the demo shop, index its policies, make the demo users and the number."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--number", required=True, help="the number to answer, E.164")
        # A file and no argument: everybody on the machine can read a process's arguments.
        parser.add_argument("--passwords", type=Path, help="TOML file with <ROLE>_PASSWORD keys")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("seed_demo")
        call_command("index_policies")
        call_command("seed_users", password=read_passwords(options["passwords"]))
        call_command("seed_telephony", number=options["number"])
        call_command("sync_telephony")
