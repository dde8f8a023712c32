"""What worker, recorder and webhooks tell us about calls, and what the worker is told in return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from calls import lifecycle
from calls.events import NewEvent, earliest
from calls.models import Call, CallEvent, Utterance
from contactcenter import rooms
from contactcenter.errors import Invalid
from sip.models import PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What LiveKit's attributes say about the caller; empty where they say nothing."""

    number: str = ""
    called_number: str = ""
    sip_call_id: str = ""
    identity: str = ""

    @classmethod
    def of(cls, attributes: Mapping[str, str], identity: str = "") -> Caller:
        return cls(
            number=attributes.get("sip.phoneNumber", "")[:64],
            called_number=attributes.get("sip.trunkPhoneNumber", "")[:64],
            sip_call_id=attributes.get("sip.callID", "")[:200],
            identity=identity[:200],
        )


def is_callers_leg(kind: str, attributes: Mapping[str, str]) -> bool:
    """Only the rule that answers calls gives this role and its id; legs we dial have neither."""
    return kind == "sip" and (attributes.get("cc.role") == "caller" or "sip.ruleID" in attributes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """What the voice agent says before anybody asks anything."""

    greeting: str
    disclosure: str


def start_call(*, room_name: str, caller: Caller | None = None) -> Call:
    """Return the room's call; make it if this is the first we hear of it.

    Webhook, worker and recorder may come first, again, and at the same time. What is known
    already stays; what was not known is filled in.

    Raises:
        Invalid: The room is not one of a call.
    """
    if not rooms.is_call(room_name) or len(room_name) > 200 or "\0" in room_name:
        raise Invalid(f"a call's room is named {rooms.ROOM_PREFIX}…")
    call, _ = Call.objects.get_or_create(room_name=room_name)
    return fill_in(call, caller) if caller else call


def fill_in(call: Call, caller: Caller) -> Call:
    known = {
        "caller_number": caller.number,
        "called_number": caller.called_number,
        "sip_call_id": caller.sip_call_id,
        "caller_identity": caller.identity,
    }
    news = {name: value for name, value in known.items() if value and not getattr(call, name)}
    if not news:
        return call
    with transaction.atomic():
        locked = Call.objects.select_for_update().get(id=call.id)
        changed = {name: value for name, value in news.items() if not getattr(locked, name)}
        for name, value in changed.items():
            setattr(locked, name, value)
        if "called_number" in changed:
            locked.records = is_recorded(locked.called_number)
            changed["records"] = ""
        if changed:
            locked.save(update_fields=list(changed))
    return locked


def is_recorded(called_number: str) -> bool:
    return PhoneNumber.objects.filter(number=called_number, records=True).exists()


def greeting_of(call: Call) -> Greeting:
    """Return the first words; the disclosure is ours, so that no profile can leave it out."""
    number = (
        PhoneNumber.objects.filter(number=call.called_number)
        .select_related("voice_profile")
        .first()
    )
    profile = number.voice_profile if number else None
    shop = settings.CONFIG.shop_name
    return Greeting(
        greeting=profile.greeting if profile else f"Thank you for calling {shop}.",
        disclosure=disclosure(
            says_ai=profile.discloses_ai if profile else True, records=call.records
        ),
    )


def disclosure(*, says_ai: bool, records: bool) -> str:
    if says_ai and records:
        return "I am an AI assistant, and this call is recorded."
    if says_ai:
        return "I am an AI assistant."
    return "This call is recorded." if records else ""


def transcript(call: Call) -> list[dict[str, str]]:
    """What was said so far, for a job that replaces a dead one."""
    return [
        {"speaker": said.speaker, "text": said.text}
        for said in call.utterances.only("speaker", "text")
    ]


def append_events(*, room_name: str, events: list[NewEvent]) -> int:
    """Store what happened, and draw the consequences. Return how many events were new.

    All are stored or none. Repeats are ignored, in whatever order events come.

    Raises:
        Invalid: The room is not one of a call.
    """
    call = start_call(room_name=room_name)
    if not events:
        return 0
    with transaction.atomic():
        # Two deliveries of the same batch take turns, and the second finds nothing new.
        Call.objects.select_for_update().get(id=call.id)
        known = set(
            CallEvent.objects.filter(event_id__in=[event.event_id for event in events]).values_list(
                "event_id", flat=True
            )
        )
        new = [event for event in events if event.event_id not in known]
        if new:
            store(call, new)
            draw_consequences(call, new)
    return len(new)


def store(call: Call, events: list[NewEvent]) -> None:
    rows = CallEvent.objects.bulk_create(
        CallEvent(
            call=call,
            event_id=event.event_id,
            job_id=event.job_id,
            sequence=event.sequence,
            kind=event.kind,
            detail=event.detail,
            happened_at=event.happened_at,
        )
        for event in events
    )
    Utterance.objects.bulk_create(
        Utterance(
            call=call,
            event=row,
            turn=spoken.turn,
            speaker=spoken.speaker,
            text=spoken.text,
            interrupted=spoken.interrupted,
            started_at=spoken.started_at,
            ended_at=spoken.ended_at,
            latency={name: value for name, value in spoken.latency.items() if value is not None},
        )
        for row, event in zip(rows, events, strict=True)
        if (spoken := event.spoken)
    )


def draw_consequences(call: Call, events: list[NewEvent]) -> None:
    first, last = earliest(events), max(event.happened_at for event in events)
    # Django may have been away when the call began.
    Call.objects.filter(id=call.id, started_at__gt=first).update(started_at=first)
    Call.objects.filter(Q(last_event_at=None) | Q(last_event_at__lt=last), id=call.id).update(
        last_event_at=last
    )
    # Somebody who speaks has been answered, also if the job died before it could say so.
    answers = [event.happened_at for event in events if event.kind in {"answered", "utterance"}]
    if answers:
        lifecycle.answer(call.id, at=min(answers))
    for event in events:
        if event.kind == "call_ended":
            lifecycle.end(call.id, because=event.detail["reason"][:100], at=event.happened_at)
    if any(event.kind == "person_requested" for event in events):
        lifecycle.settle(call.id)
