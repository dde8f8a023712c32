"""``manage.py index_policies``: give the policies that count to the indexes; safe to repeat."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand

from knowledge import services
from knowledge.snapshot import Snapshot


class Command(BaseCommand):
    help = "Write the file that voice workers search. Done by itself whenever a policy changes."

    def handle(self, *args: Any, **options: Any) -> None:
        path = services.refresh_snapshot()
        services.upload()
        found = Snapshot(path)
        self.stdout.write(f"{found.size} passages of {len(found.versions)} versions in {path.name}")
