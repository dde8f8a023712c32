"""The life cycle of a call as a table, and the words for how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class CallState(StrEnum):
    """Where a call is."""

    RINGING = "ringing"
    ACTIVE = "active"
    ENDED = "ended"


TRANSITIONS: Final[Mapping[CallState, frozenset[CallState]]] = {
    CallState.RINGING: frozenset({CallState.ACTIVE, CallState.ENDED}),
    CallState.ACTIVE: frozenset({CallState.ENDED}),
    # A late message about an ended call may add facts, but never brings it back.
    CallState.ENDED: frozenset(),
}


class Outcome(StrEnum):
    """What came of a call; empty while it is open."""

    COMPLETED = "completed"
    PERSON_REQUESTED = "person requested"
    ABANDONED = "abandoned"
    UNANSWERED = "unanswered"
    LOST = "lost"


# Reasons for an end that are a fault of ours or of a server; every other one is somebody's wish.
FAULTS: Final = frozenset({"lost", "connection_lost", "no_agent", "engine_failed"})


def outcome_of(*, answered: bool, person_requested: bool, end_reason: str) -> Outcome:
    """Say what came of an ended call."""
    fault = end_reason in FAULTS
    if not answered:
        return Outcome.UNANSWERED if fault else Outcome.ABANDONED
    if fault:
        return Outcome.LOST
    return Outcome.PERSON_REQUESTED if person_requested else Outcome.COMPLETED
