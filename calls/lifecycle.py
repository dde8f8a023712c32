"""The only module that writes ``Call.state``."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from calls.models import Call, CallEvent
from calls.states import TRANSITIONS, CallState, Outcome, outcome_of
from contactcenter.errors import NotFound, TransitionRefused

logger = logging.getLogger(__name__)


def move(call_id: UUID, *, to: CallState, because: str, at: datetime | None = None) -> Call:
    """Move a call to another state and record why.

    Moving a call to the state it is already in does nothing, so a webhook that LiveKit delivers
    twice is harmless.

    Args:
        call_id: The call to move.
        to: The state it should be in afterwards.
        because: A short machine-readable reason, for example ``"caller_hung_up"``.
        at: When it happened; now, unless told.

    Raises:
        NotFound: There is no such call.
        TransitionRefused: The table in ``calls.states`` does not allow the move.
    """
    while True:
        call = find(call_id)
        current = CallState(call.state)
        if current == to:
            return call
        if to not in TRANSITIONS[current]:
            raise TransitionRefused(f"a call that is {current} cannot become {to}")
        if swap(call, current=current, to=to, because=because, at=at or now()):
            logger.info(
                "call moved", extra={"call_id": str(call_id), "to": str(to), "because": because}
            )
            return find(call_id)


def swap(call: Call, *, current: CallState, to: CallState, because: str, at: datetime) -> bool:
    changes: dict[str, str | datetime] = {"state": str(to)}
    if to == CallState.ACTIVE:
        changes |= {"answered_at": at}
    else:
        outcome = judge(call, answered=call.answered_at is not None, end_reason=because)
        changes |= {"ended_at": at, "end_reason": because, "outcome": str(outcome)}
    with transaction.atomic():
        # Compare and swap: of two processes that read the same state, one updates a row and the
        # other updates none and looks again.
        moved = Call.objects.filter(id=call.id, state=str(current)).update(**changes)
        if moved:
            CallEvent.objects.create(
                call=call,
                kind="state_changed",
                detail={"from": str(current), "to": str(to), "because": because},
                happened_at=at,
            )
    return bool(moved)


def answer(call_id: UUID, *, at: datetime) -> None:
    """Note that the caller was answered. A late message about an ended call adds the fact only."""
    try:
        move(call_id, to=CallState.ACTIVE, because="answered", at=at)
    except TransitionRefused:
        Call.objects.filter(id=call_id, answered_at=None).update(answered_at=at)
        settle(call_id)


def end(call_id: UUID, *, because: str, at: datetime | None = None) -> None:
    """End a call; the first reason stays."""
    move(call_id, to=CallState.ENDED, because=because, at=at)


def settle(call_id: UUID) -> None:
    """Judge the outcome of an ended call again, after facts came late."""
    call = find(call_id)
    if call.state == CallState.ENDED:
        outcome = judge(call, answered=call.answered_at is not None, end_reason=call.end_reason)
        Call.objects.filter(id=call_id).update(outcome=str(outcome))


def judge(call: Call, *, answered: bool, end_reason: str) -> Outcome:
    return outcome_of(
        answered=answered,
        person_requested=call.events.filter(kind="person_requested").exists(),
        end_reason=end_reason,
    )


def find(call_id: UUID) -> Call:
    call = Call.objects.filter(id=call_id).first()
    if call is None:
        raise NotFound("there is no such call")
    return call
