"""LiveKit's rooms and our calls are made to agree, slowly enough not to hurt the living."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from calls.models import Call
from calls.reconcile import Watch, reconcile
from calls.states import CallState
from contactcenter.errors import Unavailable
from sip.telephony import Participant, Room
from tests.calls.rows import NOW, make_call
from tests.fakes.telephony import FakeTelephony

pytestmark = pytest.mark.django_db

CALLER = {"cc.role": "caller", "sip.phoneNumber": "+15550123", "sip.trunkPhoneNumber": "+15550100"}


def participant(identity: str, kind: str, attributes: dict[str, str] | None = None) -> Participant:
    return Participant(
        identity=identity, sid="PA_1", kind=kind, attributes=attributes or {}, joined_at=NOW
    )


CUSTOMER = participant("sip_+15550123", "sip", CALLER)
AI = participant("ai", "agent")
RECORDER = participant("recorder", "standard")
COLLEAGUE = participant("human-7", "standard")


def room(*participants: Participant, name: str = "call-one") -> Room:
    return Room(name=name, sid="RM_1", created_at=NOW, participants=participants)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def awake() -> Watch:
    """A watch that has been looking for a while."""
    return Watch(looked_at=after(-2))


def look(network: FakeTelephony, watch: Watch, *, until_s: int) -> None:
    for second in range(0, until_s + 1, 2):
        reconcile(network, watch, after(second))


def sends(network: FakeTelephony, watch: Watch, *, until_s: int) -> list[int]:
    """Look every second; return when agents were sent."""
    moments = []
    for second in range(until_s + 1):
        before = len(network.dispatched)
        reconcile(network, watch, after(second))
        moments += [second] * (len(network.dispatched) - before)
    return moments


def test_a_call_whose_room_is_gone_for_ten_seconds_ended_when_it_was_first_missed() -> None:
    call = make_call(state=CallState.ACTIVE)
    watch = awake()

    look(FakeTelephony(), watch, until_s=10)
    call.refresh_from_db()
    assert call.state == "active"

    reconcile(FakeTelephony(), watch, after(12))
    call.refresh_from_db()
    assert (call.state, call.end_reason, call.outcome) == ("ended", "lost", "lost")
    assert call.ended_at == NOW


def test_a_room_that_shows_again_is_not_lost() -> None:
    call = make_call(state=CallState.ACTIVE)
    watch = awake()

    look(FakeTelephony(), watch, until_s=8)
    reconcile(FakeTelephony(live=[room(CUSTOMER, AI)]), watch, after(10))
    reconcile(FakeTelephony(), watch, after(12))

    call.refresh_from_db()
    assert call.state == "active"


def test_an_answered_caller_alone_is_sent_agents_for_as_long_as_a_worker_takes_to_restart() -> None:
    call = make_call(state=CallState.ACTIVE, caller_identity=CUSTOMER.identity)
    network = FakeTelephony(live=[room(CUSTOMER, RECORDER)])

    sent = sends(network, awake(), until_s=40)

    assert sent == [4, 8, 12, 16, 20, 24, 28, 32, 36]
    assert {one.agent_name for one in network.dispatched} == {"receptionist"}
    attempts = [json.loads(one.metadata) for one in network.dispatched]
    assert attempts[:2] == [{"v": 1, "attempt": 1}, {"v": 1, "attempt": 2}]
    assert network.closed == ["call-one"]
    call.refresh_from_db()
    assert (call.state, call.end_reason, call.outcome) == ("ended", "no_agent", "lost")
    assert call.events.filter(kind="dispatched_again").count() == 9


def test_a_telephone_that_only_rings_is_refused_when_nobody_comes_soon() -> None:
    call = make_call(state=CallState.RINGING, caller_identity=CUSTOMER.identity)
    network = FakeTelephony(live=[room(CUSTOMER, RECORDER)])
    watch = awake()

    assert sends(network, watch, until_s=11) == [4, 8]
    assert network.closed == []

    reconcile(network, watch, after(12))
    assert network.closed == ["call-one"]
    call.refresh_from_db()
    assert (call.state, call.end_reason, call.outcome) == ("ended", "no_agent", "unanswered")


def test_a_second_agent_that_dies_is_replaced_like_the_first() -> None:
    make_call(state=CallState.ACTIVE, redispatches=2)
    network = FakeTelephony(live=[room(CUSTOMER)])

    assert sends(network, awake(), until_s=4) == [4]


def test_agents_that_come_and_die_again_and_again_are_no_company() -> None:
    call = make_call(state=CallState.ACTIVE, redispatches=12, caller_identity=CUSTOMER.identity)
    network = FakeTelephony(live=[room(CUSTOMER)])

    assert sends(network, awake(), until_s=4) == []

    assert network.closed == ["call-one"]
    call.refresh_from_db()
    assert (call.state, call.end_reason) == ("ended", "no_agent")


@pytest.mark.parametrize("company", [AI, COLLEAGUE])
def test_a_caller_in_company_is_left_alone(company: Participant) -> None:
    make_call(state=CallState.ACTIVE)
    network = FakeTelephony(live=[room(CUSTOMER, company, RECORDER)])

    look(network, awake(), until_s=40)

    assert (network.dispatched, network.closed) == ([], [])


def test_a_recorder_that_died_is_replaced_twice_at_most() -> None:
    call = make_call(state=CallState.ACTIVE, records=True, called_number="+15550100")
    network = FakeTelephony(live=[room(CUSTOMER, AI)])
    watch = awake()

    look(network, watch, until_s=6)
    assert network.dispatched == []

    for second in range(8, 60, 2):
        reconcile(network, watch, after(second))

    assert [one.agent_name for one in network.dispatched] == ["recorder", "recorder"]
    assert call.events.filter(kind="dispatched_again").count() == 2


def test_a_call_that_is_not_recorded_needs_no_recorder() -> None:
    make_call(state=CallState.ACTIVE, records=False, called_number="+15550100")
    network = FakeTelephony(live=[room(CUSTOMER, AI)])

    look(network, awake(), until_s=40)

    assert network.dispatched == []


def test_an_agent_that_comes_back_stops_the_count() -> None:
    call = make_call(state=CallState.ACTIVE)
    watch = awake()
    alone, together = room(CUSTOMER), room(CUSTOMER, AI)
    network = FakeTelephony()

    for second in range(0, 60, 2):
        network.live = [together if second % 4 == 0 else alone]
        reconcile(network, watch, after(second))

    assert network.dispatched == []
    call.refresh_from_db()
    assert call.state == "active"


def test_a_room_with_only_machines_is_closed() -> None:
    make_call(state=CallState.ENDED)
    network = FakeTelephony(live=[room(AI, RECORDER)])
    watch = awake()

    look(network, watch, until_s=2)
    assert network.closed == []

    reconcile(network, watch, after(4))
    assert network.closed == ["call-one"]


def test_a_call_that_has_ended_does_not_keep_its_caller_waiting() -> None:
    make_call(state=CallState.ENDED, caller_identity=CUSTOMER.identity)
    network = FakeTelephony(live=[room(CUSTOMER, AI)])
    watch = awake()

    look(network, watch, until_s=2)
    assert network.closed == []

    reconcile(network, watch, after(4))
    assert (network.closed, network.dispatched) == (["call-one"], [])


def test_rooms_that_are_not_calls_are_nobodys_business() -> None:
    network = FakeTelephony(live=[room(AI, name="somebody-elses-room")])

    look(network, awake(), until_s=40)

    assert (network.closed, network.dispatched, Call.objects.count()) == ([], [], 0)


def test_a_call_whose_webhooks_never_came_is_found() -> None:
    reconcile(FakeTelephony(live=[room(CUSTOMER, AI)]), awake(), NOW)

    call = Call.objects.get()
    assert (call.room_name, call.caller_number, call.state) == ("call-one", "+15550123", "ringing")


@pytest.mark.parametrize("looked_at", [None, after(-11)])
def test_after_a_pause_of_its_own_the_clock_waits_ten_seconds(looked_at: datetime | None) -> None:
    call = make_call(state=CallState.ACTIVE)
    make_call("call-two", state=CallState.ACTIVE)
    network = FakeTelephony(live=[room(CUSTOMER, name="call-two"), room(AI, name="call-three")])
    watch = Watch(looked_at=looked_at, since={("gone", "call-one"): after(-60)})

    look(network, watch, until_s=8)
    call.refresh_from_db()
    assert (call.state, network.dispatched, network.closed) == ("active", [], [])

    look_again = FakeTelephony(live=network.live)
    for second in (10, 12):
        reconcile(look_again, watch, after(second))
    call.refresh_from_db()
    assert (call.state, call.end_reason) == ("ended", "lost")
    assert [one.room_name for one in look_again.dispatched] == ["call-two"]


def test_while_livekit_does_not_answer_nothing_is_concluded() -> None:
    call = make_call(state=CallState.ACTIVE)
    network = FakeTelephony(down=Unavailable("LiveKit: TimeoutError"))
    watch = awake()

    for second in range(0, 60, 2):
        with pytest.raises(Unavailable):
            reconcile(network, watch, after(second))

    network.down = None
    reconcile(network, watch, after(60))
    call.refresh_from_db()
    assert call.state == "active"
