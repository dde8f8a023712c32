"""What the page of one call shows, put in order."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from calls.models import Call, CallEvent, Recording, RecordingSegment, RecordingState, Utterance

SLOW_S: Final = 2.0
STAGES: Final = (
    ("end_of_turn_s", "end of turn"),
    ("llm_first_s", "answer begins"),
    ("tts_first_s", "voice begins"),
)
# Shown in the conversation, and so not in the time-line.
CONVERSATION: Final = frozenset({"utterance", "tool_call", "retrieval"})
HAPPENED: Final = {
    "job_started": "Voice agent joined",
    "answered": "Answered",
    "goodbye": "Goodbye said",
    "person_requested": "Caller asked for a person",
    "dtmf": "Caller pressed a key",
    "engine_failed": "An engine failed, the next one took over",
    "job_ended": "Voice agent left",
    "call_ended": "Call ended",
    "room_started": "Room opened",
    "room_finished": "Room closed",
}
IN_ROOM: Final = {
    "participant_joined": "came",
    "participant_left": "left",
    "participant_connection_aborted": "lost the connection",
}
WHO: Final = {"ai": "Voice agent", "recorder": "Recorder"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """From the caller's last word to the first sound of the answer."""

    total_s: float
    stages: tuple[tuple[str, float], ...]

    @property
    def slow(self) -> bool:
        return self.total_s > SLOW_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A sentence of the transcript. ``at_s`` is its place in the recording, if it has one."""

    kind: str = "said"
    at: datetime
    at_s: float | None
    speaker: str
    speaker_name: str
    text: str
    interrupted: bool
    latency: Latency | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A tool that was used."""

    kind: str = "used"
    at: datetime
    name: str
    arguments: str
    result: str
    is_error: bool
    duration_s: float | None


@dataclass(slots=True, kw_only=True)
class Turn:
    """The caller's words, what was looked up for them, and the answer."""

    number: int
    lines: list[Said | Used] = field(default_factory=list)
    passages: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An entry of the time-line."""

    at: datetime
    text: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    """Everything on the page."""

    turns: list[Turn]
    time_line: list[Happened]
    recording: Recording | None
    plays: bool


def of(call: Call, *, hears: bool) -> CallPage:
    """Read the call with a fixed number of questions to the database.

    Args:
        call: Whose page.
        hears: Whether the person who looks may hear recordings.
    """
    events = list(call.events.all())
    recording = Recording.objects.filter(call=call).first()
    begins = first_sample(recording) if hears else None
    return CallPage(
        turns=turns(call.utterances.select_related("event"), events, begins),
        time_line=[happened(event) for event in events if event.kind not in CONVERSATION],
        recording=recording,
        plays=hears
        and recording is not None
        and recording.state == RecordingState.READY
        and bool(recording.file),
    )


def first_sample(recording: Recording | None) -> datetime | None:
    if recording is None:
        return None
    segment = RecordingSegment.objects.filter(recording=recording).exclude(file="").first()
    return segment.started_at if segment else None


def turns(
    utterances: Iterable[Utterance], events: Iterable[CallEvent], begins: datetime | None
) -> list[Turn]:
    """Group by job and turn, in the order in which each turn began."""
    found: dict[tuple[str, int], Turn] = {}

    def turn(job_id: str, number: int) -> Turn:
        return found.setdefault((job_id, number), Turn(number=number))

    for utterance in utterances:
        turn(utterance.event.job_id, utterance.turn).lines.append(said(utterance, begins))
    for event in events:
        if event.kind == "tool_call":
            turn(event.job_id, event.detail["turn"]).lines.append(used(event))
        elif event.kind == "retrieval":
            passages = turn(event.job_id, event.detail["turn"]).passages
            passages += event.detail.get("passages", [])
    for one in found.values():
        one.lines.sort(key=lambda line: line.at)
        one.passages.sort(key=lambda passage: not passage.get("used"))
    return sorted((one for one in found.values() if one.lines), key=lambda one: one.lines[0].at)


def said(utterance: Utterance, begins: datetime | None) -> Said:
    at_s = (utterance.started_at - begins).total_seconds() if begins else None
    return Said(
        at=utterance.started_at,
        at_s=max(0.0, at_s) if at_s is not None else None,
        speaker=utterance.speaker,
        speaker_name=utterance.get_speaker_display(),
        text=utterance.text,
        interrupted=utterance.interrupted,
        latency=latency(utterance.latency),
    )


def latency(stored: dict[str, float]) -> Latency | None:
    if "total_s" not in stored:
        return None
    stages = tuple((label, stored[name]) for name, label in STAGES if name in stored)
    return Latency(total_s=stored["total_s"], stages=stages)


def used(event: CallEvent) -> Used:
    detail = event.detail
    return Used(
        at=event.happened_at,
        name=detail["name"],
        arguments=readable(detail.get("arguments")),
        result=readable(detail.get("result")),
        is_error=detail.get("is_error", False),
        duration_s=detail.get("duration_s"),
    )


def readable(value: object) -> str:
    """Show JSON, also JSON within a string, indented; text as it is."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
        return "" if found is None else json.dumps(found, indent=2, ensure_ascii=False)
    # A tool server of the shop's own may answer anything, also brackets without end.
    except (ValueError, RecursionError):
        return str(value)


def happened(event: CallEvent) -> Happened:
    detail = event.detail
    if event.kind == "state_changed":
        text, note = f"Call is {detail.get('to', '')}", detail.get("because", "")
    elif event.kind in IN_ROOM:
        identity = str(detail.get("identity", ""))
        who = WHO.get(identity, "Telephone" if detail.get("participant") == "sip" else identity)
        text, note = f"{who} {IN_ROOM[event.kind]}", detail.get("reason", "")
    elif event.kind == "dispatched_again":
        recorder = detail.get("agent") == "recorder"
        text, note = f"{'Recorder' if recorder else 'Voice agent'} sent again", ""
    else:
        text = HAPPENED.get(event.kind, event.kind.replace("_", " "))
        note = detail.get("reason") or detail.get("provider") or ""
    return Happened(at=event.happened_at, text=text, note=str(note).replace("_", " "))
