"""Publishes the demo shop's policies."""

from __future__ import annotations

from django.db import transaction

from knowledge import demo, services
from knowledge.models import PolicyDocument
from knowledge.splitting import title_of


def fill() -> None:
    """Create the documents that are missing; those that exist are left as they are."""
    with transaction.atomic():
        for slug, text in demo.texts():
            document, created = PolicyDocument.objects.get_or_create(
                slug=slug, defaults={"title": title_of(text)}
            )
            if created:
                version = services.revise(document, text=text, reason="Demo shop")
                services.publish(version.pk)
