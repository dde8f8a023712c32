"""Who speaks on the line: voice profiles of the voice agent, and the people on the roster."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class VoiceProfile(models.Model):
    """How the voice agent introduces itself on a number."""

    name = models.CharField(max_length=80, unique=True)
    greeting = models.TextField(
        max_length=300,
        help_text="The first sentence a caller hears, for example"
        " “Thank you for calling Willow and Wren. How can I help you?”",
    )
    discloses_ai = models.BooleanField(
        "says that it is an AI",
        default=True,
        help_text="Say right after the greeting that an AI is speaking, and whether the call is"
        " recorded. In many places the law asks for this; ask a lawyer before you turn it off.",
    )
    voice = models.CharField(
        max_length=80,
        blank=True,
        help_text="Name of a voice of the speech service in use; empty for its usual voice.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(greeting=""), name="voice_profile_greets_with_something"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class HumanAgent(models.Model):
    """A person who takes calls."""

    # A person's calls stay theirs: deactivate the user instead of deleting it.
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="human_agent"
    )
    display_name = models.CharField(
        max_length=80, help_text="The name the voice agent says: “You are now with …”."
    )

    class Meta:
        ordering = ["display_name", "id"]
        verbose_name = "representative"
        constraints = [
            models.CheckConstraint(condition=~Q(display_name=""), name="human_agent_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.display_name
