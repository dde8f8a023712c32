"""Revises, publishes and withdraws policies, and writes the snapshot that searches use."""

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
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Max, Q, QuerySet
from django.utils.timezone import now

from contactcenter import providers
from contactcenter.errors import Conflict, Invalid
from knowledge import snapshot
from knowledge.backends import minilm
from knowledge.models import PolicyDocument, PolicyPassage, PolicyVersion, TextVector
from knowledge.passages import Passage
from knowledge.snapshot import Entry, Snapshot, Version, snapshot_path
from knowledge.splitting import Piece, searched, split

MOST_CHARACTERS: Final = 200_000
# Any number that no other lock of this database uses.
SNAPSHOT_LOCK: Final = 7_301


def cut(text: str, *, document: str) -> list[Piece]:
    """Return the passages of a text.

    Raises:
        Invalid: It is too long, or there is nothing in it to read out.
    """
    if len(text) > MOST_CHARACTERS:
        raise Invalid(f"a document may have {MOST_CHARACTERS:,} characters; split it into several")
    if "\x00" in text:
        raise Invalid("the text contains a null character; it is not plain text")
    pieces = split(text, document=document)
    if not pieces:
        raise Invalid("there is no sentence in this text, only headings or empty lines")
    return pieces


def revise(
    document: PolicyDocument,
    *,
    text: str,
    author: AbstractBaseUser | None = None,
    reason: str = "",
    effective_from: datetime | None = None,
    effective_until: datetime | None = None,
) -> PolicyVersion:
    """Store a new version as a draft, with its passages.

    Raises:
        Invalid: See ``cut``; or the version would end before it starts.
    """
    pieces = cut(text, document=document.slug)
    starts = effective_from or now()
    if effective_until is not None and effective_until <= starts:
        raise Invalid("a version must end after it starts")
    with transaction.atomic():
        # Locked, so that two editors do not take the same number.
        PolicyDocument.objects.select_for_update().get(pk=document.pk)
        last = document.versions.aggregate(last=Max("number"))["last"] or 0
        version = PolicyVersion.objects.create(
            document=document,
            number=last + 1,
            text=text,
            effective_from=starts,
            effective_until=effective_until,
            author_id=author.pk if author else None,
            reason=reason,
        )
        PolicyPassage.objects.bulk_create(
            PolicyPassage(
                version=version,
                passage_id=piece.passage_id,
                ordinal=ordinal,
                heading_path=list(piece.heading_path),
                text=piece.text,
            )
            for ordinal, piece in enumerate(pieces)
        )
    return version


def publish(version_id: int) -> PolicyVersion:
    """Let a version count from its start, or from now if that is past. Safe to repeat.

    Without an end of its own it supersedes: older versions end where it starts. With one they
    count again afterwards.

    Raises:
        Conflict: It was withdrawn, or its end is past.
    """
    with transaction.atomic():
        version = PolicyVersion.objects.select_for_update(of=("self",)).get(pk=version_id)
        if version.withdrawn_at is not None:
            raise Conflict("a withdrawn version stays withdrawn; save its text as a new version")
        if version.published_at is not None:
            return version
        version.published_at = now()
        version.effective_from = max(version.effective_from, version.published_at)
        if version.effective_until is None:
            supersede(version)
        elif version.effective_until <= version.effective_from:
            raise Conflict("this version would already have ended; give it a later end")
        version.save()
        transaction.on_commit(refresh_snapshot, robust=True)
        transaction.on_commit(upload, robust=True)
    return version


def supersede(by: PolicyVersion) -> None:
    older = PolicyVersion.objects.filter(
        document=by.document,
        published_at__isnull=False,
        withdrawn_at__isnull=True,
        effective_until__isnull=True,
    ).exclude(pk=by.pk)
    older.filter(effective_from__lt=by.effective_from).update(effective_until=by.effective_from)
    # It would have counted from the same moment on, so now it never does.
    older.filter(effective_from=by.effective_from).update(withdrawn_at=now())


def withdraw(version_id: int) -> None:
    """Let a version count no longer, whatever its dates. Safe to repeat.

    The version before it does not come back: nothing may be told until another is published.

    Raises:
        Conflict: It was never published.
    """
    with transaction.atomic():
        version = PolicyVersion.objects.select_for_update(of=("self",)).get(pk=version_id)
        if version.published_at is None:
            raise Conflict("a draft is told to nobody and cannot be withdrawn")
        if version.withdrawn_at is None:
            version.withdrawn_at = now()
            version.save()
            transaction.on_commit(refresh_snapshot, robust=True)


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
