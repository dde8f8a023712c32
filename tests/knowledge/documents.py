"""Documents, versions and what may be told, for tests with a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from knowledge import indexing, services
from knowledge.models import PolicyDocument, PolicyVersion
from knowledge.snapshot import Snapshot

THIRTY = (
    "# Returns policy\n\n## Time limit\n\nYou have thirty days.\n\n## Fees\n\nReturns are free."
)
SIXTY = THIRTY.replace("thirty", "sixty")
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=10)
MUCH_LATER = NOON + timedelta(days=40)


def make_document(slug: str = "returns") -> PolicyDocument:
    return PolicyDocument.objects.create(title="Returns policy", slug=slug)


def published(document: PolicyDocument, text: str, **fields: Any) -> PolicyVersion:
    return services.publish(services.revise(document, text=text, **fields).pk)


def told(at: datetime) -> list[str]:
    """Return the texts that may be told to callers at that moment."""
    found = Snapshot(indexing.refresh_snapshot())
    return [found.passage(int(row)).text for row in np.flatnonzero(found.in_force(at))]
