"""``manage.py index_policies``: give the policies that count to the indexes; safe to repeat."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand

from contactcenter.errors import Unavailable
from knowledge import indexing
from knowledge.snapshot import Snapshot


class Command(BaseCommand):
    help = "Write the file that voice workers search. Done by itself whenever a policy changes."

    def handle(self, *args: Any, **options: Any) -> None:
        path = indexing.refresh_snapshot()
        try:
            indexing.upload()
        except Unavailable as error:
            # The line must open without the vendor; the embedded index answers in its place.
            self.stderr.write(f"{error}; run this again when it answers")
        found = Snapshot(path)
        self.stdout.write(f"{found.size} passages of {len(found.versions)} versions in {path.name}")
