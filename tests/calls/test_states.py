"""The table of states, walked from end to end."""

from __future__ import annotations

import pytest

from calls.states import TRANSITIONS, CallState, Outcome, outcome_of


def test_every_state_has_a_row_and_ended_leads_nowhere() -> None:
    assert set(TRANSITIONS) == set(CallState)
    assert TRANSITIONS[CallState.ENDED] == frozenset()


def test_every_state_can_be_reached_from_ringing() -> None:
    reached = {CallState.RINGING}
    for _ in CallState:
        reached |= {after for state in reached for after in TRANSITIONS[state]}

    assert reached == set(CallState)


@pytest.mark.parametrize(
    ("answered", "person_requested", "end_reason", "outcome"),
    [
        (False, False, "caller_hung_up", Outcome.ABANDONED),
        (False, False, "no_agent", Outcome.UNANSWERED),
        (True, False, "goodbye", Outcome.COMPLETED),
        (True, True, "caller_hung_up", Outcome.PERSON_REQUESTED),
        (True, True, "lost", Outcome.LOST),
        (True, False, "connection_lost", Outcome.LOST),
    ],
)
def test_the_outcome_follows_from_answer_wish_and_fault(
    answered: bool, person_requested: bool, end_reason: str, outcome: Outcome
) -> None:
    found = outcome_of(answered=answered, person_requested=person_requested, end_reason=end_reason)

    assert found == outcome
