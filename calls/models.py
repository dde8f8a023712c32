"""What is known about each call: its state, everything that happened, the words, the recording."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from calls.states import CallState, Outcome

SPEAKERS: Final = [
    ("caller", "caller"),
    ("voice_agent", "voice agent"),
    ("human_agent", "representative"),
]


class Call(models.Model):
    """One customer's telephone call; one LiveKit room.

    Attributes:
        caller_identity: The caller's identity in the room; other people join the same room.
        records: Fixed when the called number is known, so that what the caller was told stays
            true when somebody changes the number's setting during the call.
        redispatches: How often the clock sent another voice agent.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    room_name = models.CharField(max_length=200, unique=True)
    caller_number = models.CharField("caller", max_length=64, blank=True, db_index=True)
    called_number = models.CharField("number called", max_length=64, blank=True)
    caller_identity = models.CharField(max_length=200, blank=True)
    sip_call_id = models.CharField("SIP call id", max_length=200, blank=True)
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in CallState], default="ringing"
    )
    outcome = models.CharField(
        max_length=20, blank=True, choices=[(o.value, o.value) for o in Outcome]
    )
    end_reason = models.CharField(max_length=100, blank=True)
    started_at = models.DateTimeField("started", default=now, db_index=True)
    answered_at = models.DateTimeField("answered", null=True, blank=True)
    ended_at = models.DateTimeField("ended", null=True, blank=True)
    last_event_at = models.DateTimeField(null=True, blank=True)
    records = models.BooleanField("is recorded", default=False)
    redispatches = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["state"], condition=~Q(state="ended"), name="call_open"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["ringing", "active", "ended"]), name="call_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False)
                | (~Q(state="ended") & Q(ended_at__isnull=True)),
                name="call_has_an_end_exactly_when_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(answered_at__isnull=False),
                name="call_is_answered_when_active",
            ),
            models.CheckConstraint(
                condition=~Q(state="ended") | (~Q(outcome="") & ~Q(end_reason="")),
                name="call_says_why_it_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.caller_number or 'unknown caller'}, {self.started_at:%d %b %H:%M}"

    @property
    def is_live(self) -> bool:
        return self.state != CallState.ENDED

    @property
    def duration(self) -> timedelta:
        """Time since the answer (or, before it, since the first ring)."""
        since = self.answered_at or self.started_at
        return max((self.ended_at or now()) - since, timedelta())


class CallEvent(models.Model):
    """One thing that happened in a call; the database refuses to change a row.

    Attributes:
        sequence: Counts from 1 within a job; 0 for what Django itself noticed.
    """

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="events")
    event_id = models.UUIDField(unique=True, default=uuid4, editable=False)
    job_id = models.CharField(max_length=64, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    happened_at = models.DateTimeField(default=now)
    received_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["happened_at", "sequence", "id"]
        indexes = [
            models.Index(fields=["call", "happened_at"], name="call_event_time_line"),
        ]

    def __str__(self) -> str:
        return self.kind


class Utterance(models.Model):
    """What one side said in one go.

    Attributes:
        turn: Counts from 1 within a job; the greeting is turn 0.
        latency: Seconds by stage, see docs/events.md; empty for the caller's words.
    """

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="utterances")
    event = models.OneToOneField(CallEvent, on_delete=models.CASCADE, related_name="utterance")
    turn = models.PositiveIntegerField()
    speaker = models.CharField(max_length=12, choices=SPEAKERS)
    text = models.TextField()
    interrupted = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    latency = models.JSONField(default=dict)

    class Meta:
        ordering = ["started_at", "id"]
        indexes = [
            models.Index(fields=["call", "started_at"], name="utterance_transcript"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(speaker__in=["caller", "voice_agent", "human_agent"]),
                name="utterance_speaker_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_speaker_display()}, turn {self.turn}"


class RecordingState(models.TextChoices):
    """Where the audio of a call is."""

    RECEIVING = "receiving"
    READY = "ready"
    DELETED = "deleted"


class Integrity(models.TextChoices):
    """How much of a call the recording holds; empty while it is not known."""

    COMPLETE = "complete"
    GAP = "gap"
    MISSING = "missing"
    FAILED = "failed"


class Recording(models.Model):
    """The audio of a call, made of the segments that the recorder's jobs handed in.

    Attributes:
        file: Relative to MEDIA_ROOT; empty without audio.
        reason: Why the recording is not complete, for people.
        gaps: ``[{"at_s": 14.2, "seconds": 2.5}]``, silence that stands for lost audio.
    """

    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="recording")
    state = models.CharField(
        max_length=10, choices=RecordingState.choices, default=RecordingState.RECEIVING.value
    )
    integrity = models.CharField(max_length=10, choices=Integrity.choices, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    file = models.CharField(max_length=200, blank=True)
    seconds = models.FloatField(default=0)
    channels = models.PositiveSmallIntegerField(default=0)
    gaps = models.JSONField(default=list)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        permissions = [("hear_recording", "Can hear recordings")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | ~Q(integrity=""),
                name="recording_is_judged_when_ready",
            ),
            models.CheckConstraint(
                condition=~Q(state="deleted") | Q(file=""), name="recording_deleted_has_no_file"
            ),
        ]

    def __str__(self) -> str:
        return f"recording of {self.call_id}"

    @property
    def path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / self.file


class RecordingSegment(models.Model):
    """What one job of the recorder handed in: a file, or the reason why there is none."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="segments")
    job_id = models.CharField(max_length=64)
    file = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(default=now)
    seconds = models.FloatField(default=0)
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["started_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["recording", "job_id"], name="recording_segment_one_per_job"
            ),
            models.CheckConstraint(
                condition=Q(file="") | Q(failure=""), name="recording_segment_file_or_failure"
            ),
        ]

    def __str__(self) -> str:
        return f"segment of job {self.job_id}"

    @property
    def path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / self.file

    @property
    def ended_at(self) -> datetime:
        return self.started_at + timedelta(seconds=self.seconds)
