"""Revises, publishes and withdraws policies."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Max
from django.utils.timezone import now

from contactcenter.errors import Conflict, Invalid
from knowledge.indexing import refresh_snapshot, upload
from knowledge.models import PolicyDocument, PolicyPassage, PolicyVersion
from knowledge.splitting import Piece, split

MOST_CHARACTERS: Final = 200_000


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
        # The document, so that of two versions published at once one supersedes the other.
        PolicyDocument.objects.select_for_update().get(versions=version_id)
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
