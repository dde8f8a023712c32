"""Policy documents, their versions, and the passages that versions were cut into."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now


class Kind(models.TextChoices):
    """What a document is for."""

    POLICY = "policy", "Policy"
    FAQ = "faq", "Questions and answers"
    PRODUCT = "product", "Product sheet"


class PolicyDocument(models.Model):
    """A text that callers may be told from; what it says is in its versions."""

    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=100, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.POLICY)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values), name="policy_document_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PolicyVersion(models.Model):
    """What a document says for a time; never changed, only published, superseded, withdrawn."""

    # What was told to callers must stay traceable: a document with versions is not deleted.
    document = models.ForeignKey(PolicyDocument, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField(help_text="Markdown; each section becomes a passage.")
    effective_from = models.DateTimeField()
    effective_until = models.DateTimeField(null=True, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=now)
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["document", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "number"], name="policy_version_one_per_number"
            ),
            models.CheckConstraint(
                condition=Q(effective_until__isnull=True)
                | Q(effective_until__gt=F("effective_from")),
                name="policy_version_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(published_at__isnull=False),
                name="policy_version_is_published_before_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document}, version {self.number}"

    def state(self, at: datetime) -> str:
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.published_at is None:
            return "draft"
        if self.effective_from > at:
            return "scheduled"
        if self.effective_until is not None and self.effective_until <= at:
            return "ended"
        return "published"


class PolicyPassage(models.Model):
    """A piece of a version; the same text in the same place keeps its id in the next version."""

    version = models.ForeignKey(PolicyVersion, on_delete=models.CASCADE, related_name="passages")
    passage_id = models.CharField(max_length=16, db_index=True)
    ordinal = models.PositiveIntegerField()
    heading_path = models.JSONField(default=list)
    text = models.TextField()

    class Meta:
        ordering = ["version", "ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "passage_id"], name="policy_passage_one_per_id"
            ),
            models.UniqueConstraint(
                fields=["version", "ordinal"], name="policy_passage_one_per_ordinal"
            ),
        ]

    def __str__(self) -> str:
        return self.source

    @property
    def source(self) -> str:
        """What a person would call the place, for example ``"Returns policy, Time limit"``."""
        return ", ".join([self.version.document.title, *self.heading_path])


class TextVector(models.Model):
    """An embedding that was computed before; ``digest`` is of the model's name and the text."""

    digest = models.CharField(max_length=64, primary_key=True)
    vector = models.BinaryField()

    def __str__(self) -> str:
        return self.digest
