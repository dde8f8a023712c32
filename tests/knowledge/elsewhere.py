"""A provider of policies that keeps passages elsewhere, as a dotted path in POLICIES names it."""

from __future__ import annotations

from collections.abc import Sequence

from contactcenter.config import Config
from contactcenter.errors import Unavailable
from knowledge.snapshot import Entry

taken: list[str] = []
answers = True


def upload(config: Config, entries: Sequence[Entry]) -> None:
    if not answers:
        raise Unavailable("elsewhere: TimeoutError")
    taken[:] = [entry.passage.text for entry in entries]
