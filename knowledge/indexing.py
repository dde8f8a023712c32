"""Gives the policies that count to the indexes: the snapshot, and providers that keep their own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import now

from contactcenter import providers
from contactcenter.errors import Invalid
from knowledge import snapshot
from knowledge.backends import minilm
from knowledge.models import PolicyPassage, PolicyVersion, TextVector
from knowledge.passages import Passage
from knowledge.snapshot import Entry, Snapshot, Version, snapshot_path
from knowledge.splitting import searched

# Any number that no other lock of this database uses.
SNAPSHOT_LOCK: Final = 7_301


def that_may_count(at: datetime) -> QuerySet[PolicyVersion]:
    """Return the published versions that count now or will, older ones of a document first."""
    return (
        PolicyVersion.objects.filter(published_at__isnull=False, withdrawn_at__isnull=True)
        .filter(Q(effective_until__isnull=True) | Q(effective_until__gt=at))
        .select_related("document")
        .order_by("document__slug", "effective_from", "number")
    )


def refresh_snapshot() -> Path:
    """Write the snapshot anew if what may count has changed; return where it is.

    Readers notice a new file by themselves. Two processes that refresh at the same time do it
    one after the other, so that the older state never replaces the newer one. What fails here
    (a full disk) is mended by the next call.
    """
    path = snapshot_path(settings.CONFIG)
    versions = list(that_may_count(now()))
    if built_from(path) == state_of(versions):
        return path
    # Embedding many new texts takes longer than others may wait for the lock.
    entries_of(versions)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SNAPSHOT_LOCK])
        versions = list(that_may_count(now()))
        state = state_of(versions)
        if built_from(path) == state:
            return path
        content = snapshot.pack(
            [describe(version) for version in versions],
            entries_of(versions),
            model=minilm.NAME,
            built_from=state,
        )
        snapshot.write(path, content)
    return path


def upload() -> None:
    """Give what may count to the chosen providers that keep passages elsewhere.

    Raises:
        Unavailable: One did not take everything; ``manage.py index_policies`` tries again.
    """
    entries = entries_of(list(that_may_count(now())))
    for name in providers.names("policies", settings.CONFIG):
        module = import_module(providers.MODULES["policies"].get(name, name))
        if hasattr(module, "upload"):
            module.upload(settings.CONFIG, entries)


def state_of(versions: Sequence[PolicyVersion]) -> str:
    """Return a digest of everything that decides what the snapshot contains."""
    facts = [
        (
            *(one.pk, one.document.slug, one.document.title, one.document.kind),
            *(str(one.effective_from), str(one.effective_until)),
        )
        for one in versions
    ]
    return hashlib.sha256(json.dumps([minilm.NAME, facts]).encode()).hexdigest()


def built_from(path: Path) -> str:
    try:
        return Snapshot(path).built_from
    except (OSError, Invalid):
        return ""


def describe(version: PolicyVersion) -> Version:
    return Version(
        version_id=str(version.pk),
        document=version.document.slug,
        effective_from=version.effective_from,
        effective_until=version.effective_until,
    )


def entries_of(versions: Sequence[PolicyVersion]) -> list[Entry]:
    stored = PolicyPassage.objects.filter(version__in=versions).select_related("version__document")
    passages = list(stored.order_by("version__document__slug", "version_id", "ordinal"))
    texts = [searched(one.version.document.title, one.heading_path, one.text) for one in passages]
    return [
        Entry(
            passage=Passage(
                passage_id=one.passage_id,
                version_id=str(one.version_id),
                source=one.source,
                text=one.text,
                kind=one.version.document.kind,
            ),
            searched=text,
            vector=vector,
        )
        for one, text, vector in zip(passages, texts, vectors_of(texts), strict=True)
    ]


def vectors_of(texts: Sequence[str]) -> minilm.Vectors:
    """Return the texts' embeddings; only texts never seen before are computed."""
    digests = [hashlib.sha256(f"{minilm.NAME}\n{text}".encode()).hexdigest() for text in texts]
    known = TextVector.objects.in_bulk(digests)
    missing = {
        digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known
    }
    if missing:
        computed = [
            TextVector(digest=digest, vector=vector.tobytes())
            for digest, vector in zip(missing, model().encode([*missing.values()]), strict=True)
        ]
        TextVector.objects.bulk_create(computed, ignore_conflicts=True)
        known |= {one.digest: one for one in computed}
    rows = b"".join(bytes(known[digest].vector) for digest in digests)
    return np.frombuffer(rows, np.float32).reshape(len(texts), minilm.DIMENSIONS)


@cache
def model() -> minilm.MiniLM:
    """Return this process's own model; loaded once something has to be embedded."""
    return minilm.MiniLM()
