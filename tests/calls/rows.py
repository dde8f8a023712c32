"""Calls, events and audio for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Group, User
from django.test import Client

from calls import lifecycle
from calls.models import Call
from calls.states import CallState
from sip.models import PhoneNumber
from tests.sip.rows import make_number

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
WORKER = {"authorization": "Bearer test-worker-token"}
RECORDER = {"authorization": "Bearer test-recorder-token"}


def make_call(
    room_name: str = "call-one", *, state: CallState = CallState.RINGING, **fields: Any
) -> Call:
    """A call that began at NOW, was answered a second and ended a minute later."""
    call = Call.objects.create(room_name=room_name, **{"started_at": NOW, **fields})
    if state != CallState.RINGING:
        lifecycle.answer(call.id, at=NOW + timedelta(seconds=1))
    if state == CallState.ENDED:
        lifecycle.end(call.id, because="caller_hung_up", at=NOW + timedelta(seconds=61))
    call.refresh_from_db()
    return call


def log_in(client: Client, role: str) -> None:
    user = User.objects.create(username=f"the {role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)


def recorded_number() -> PhoneNumber:
    return make_number(records=True)


def event(
    kind: str, detail: dict[str, Any] | None = None, *, after_s: float = 0, sequence: int = 1
) -> dict[str, Any]:
    """An event as the worker sends it."""
    return {
        "event_id": str(uuid4()),
        "job_id": "AJ_1",
        "sequence": sequence,
        "kind": kind,
        "detail": detail or {},
        "happened_at": (NOW + timedelta(seconds=after_s)).isoformat(),
    }


def utterance(
    text: str, *, speaker: str = "caller", turn: int = 1, after_s: float = 5, **detail: Any
) -> dict[str, Any]:
    said = {
        "turn": turn,
        "speaker": speaker,
        "text": text,
        "interrupted": False,
        "started_at": (NOW + timedelta(seconds=after_s)).isoformat(),
        "ended_at": (NOW + timedelta(seconds=after_s + 2)).isoformat(),
        "latency": {},
    }
    return event("utterance", said | detail, after_s=after_s)
