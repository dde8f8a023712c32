"""A call changes state once, with its event, whoever says so and how often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, InternalError, transaction

from calls import lifecycle
from calls.models import Call, CallEvent
from calls.states import TRANSITIONS, CallState
from contactcenter.db import with_fresh_connection
from contactcenter.errors import NotFound, TransitionRefused
from tests.calls.rows import NOW, make_call


def moves(call: Call) -> list[dict[str, str]]:
    return list(call.events.filter(kind="state_changed").values_list("detail", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(("start", "to"), list(product(CallState, CallState)))
def test_only_moves_in_the_table_happen(start: CallState, to: CallState) -> None:
    call = make_call(state=start)
    before = len(moves(call))

    if to == start or to in TRANSITIONS[start]:
        assert lifecycle.move(call.id, to=to, because="test").state == to
        assert len(moves(call)) == before + (to != start)
    else:
        with pytest.raises(TransitionRefused):
            lifecycle.move(call.id, to=to, because="test")
        call.refresh_from_db()
        assert (call.state, len(moves(call))) == (start, before)


@pytest.mark.django_db
def test_ending_again_keeps_the_first_reason_and_time() -> None:
    call = make_call(state=CallState.ENDED)

    lifecycle.end(call.id, because="room_finished", at=NOW + timedelta(hours=1))

    call.refresh_from_db()
    assert (call.end_reason, call.ended_at) == ("caller_hung_up", NOW + timedelta(seconds=61))
    assert call.outcome == "completed"


@pytest.mark.django_db
def test_an_answer_that_is_reported_after_the_end_corrects_the_outcome_only() -> None:
    call = make_call()
    lifecycle.end(call.id, because="caller_hung_up", at=NOW + timedelta(seconds=9))

    lifecycle.answer(call.id, at=NOW + timedelta(seconds=1))

    call.refresh_from_db()
    assert (call.state, call.outcome) == ("ended", "completed")
    assert call.answered_at == NOW + timedelta(seconds=1)


@pytest.mark.django_db
def test_a_call_that_does_not_exist_cannot_move() -> None:
    with pytest.raises(NotFound):
        lifecycle.end(uuid4(), because="test")


@pytest.mark.django_db(transaction=True)
def test_of_eight_that_end_a_call_at_once_one_does() -> None:
    call = make_call(state=CallState.ACTIVE)
    barrier = Barrier(8)

    @with_fresh_connection
    def end(number: int) -> None:
        barrier.wait(10)
        lifecycle.end(call.id, because=f"reason_{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(end, range(8)))

    call.refresh_from_db()
    (ending,) = [move for move in moves(call) if move["to"] == "ended"]
    assert ending["because"] == call.end_reason


@pytest.mark.django_db
def test_the_database_refuses_to_change_an_event() -> None:
    call = make_call(state=CallState.ACTIVE)

    with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
        CallEvent.objects.filter(call=call).update(kind="something_else")

    assert [event.kind for event in call.events.all()] == ["state_changed"]


@pytest.mark.django_db
def test_the_database_refuses_an_end_without_a_reason() -> None:
    call = make_call(state=CallState.ACTIVE)

    with (
        pytest.raises(IntegrityError, match="call_says_why_it_ended"),
        transaction.atomic(),
    ):
        Call.objects.filter(id=call.id).update(state="ended", ended_at=NOW)
