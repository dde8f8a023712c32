"""A voice agent whose lease is gone is replaced at once; whoever only seems dead is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from calls import lifecycle
from calls.dead_jobs import LeaseWatch, replace_dead
from calls.models import Call
from calls.states import CallState
from contactcenter.errors import Unavailable
from sip.telephony import Participant, Room
from tests.calls.rows import NOW, make_call
from tests.calls.test_reconcile import AI, COLLEAGUE, CUSTOMER, RECORDER, room
from tests.fakes.leases import FakeLeases
from tests.fakes.telephony import FakeTelephony

pytestmark = pytest.mark.django_db
TALKING = (CUSTOMER, AI, RECORDER)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@dataclass(kw_only=True)
class Scene:
    """A clock that has been looking at calls in which living jobs speak."""

    network: FakeTelephony
    leases: FakeLeases
    watch: LeaseWatch = field(default_factory=LeaseWatch)
    second: float = 0.0

    @classmethod
    def with_calls(cls, *names: str, participants: tuple[Participant, ...] = TALKING) -> Scene:
        live: list[Room] = [room(*participants, name=name) for name in names]
        leases = FakeLeases(holders=dict.fromkeys(names, "AJ_1"))
        scene = cls(network=FakeTelephony(live=live), leases=leases)
        for name in names:
            make_call(name, state=CallState.ACTIVE, caller_identity=CUSTOMER.identity)
        scene.look(for_s=12)
        assert scene.replaced() == []
        return scene

    def look(self, *, for_s: float = 0.5) -> None:
        """Look every half second for some time; what is away is away."""
        for _ in range(int(for_s * 2)):
            self.second += 0.5
            try:
                replace_dead(self.network, self.leases, self.watch, after(self.second))
            except Unavailable:
                assert self.leases.away or self.network.down

    def replaced(self) -> list[str]:
        """The calls that were sent a new voice agent."""
        return [one.room_name for one in self.network.dispatched]


def test_a_call_whose_lease_is_gone_is_sent_a_new_agent_at_once_and_once() -> None:
    scene = Scene.with_calls("call-one", "call-two")
    del scene.leases.holders["call-two"]

    scene.look()
    assert scene.network.removed == [("call-two", "ai")]
    assert scene.replaced() == ["call-two"]
    assert scene.network.dispatched[0].agent_name == "receptionist"

    scene.look(for_s=20)
    assert scene.replaced() == ["call-two"]
    call = Call.objects.get(room_name="call-two")
    assert (call.state, call.redispatches) == ("active", 1)
    (event,) = call.events.filter(kind="dispatched_again")
    assert event.detail == {"agent": "receptionist", "attempt": 1}


def test_a_new_agent_that_dies_too_is_replaced_too() -> None:
    scene = Scene.with_calls("call-one")
    del scene.leases.holders["call-one"]
    scene.look()
    scene.leases.holders["call-one"] = "AJ_2"
    scene.look()

    del scene.leases.holders["call-one"]
    scene.look()

    assert scene.replaced() == ["call-one", "call-one"]


def test_agents_that_die_again_and_again_are_cleared_away_but_no_more_are_sent() -> None:
    scene = Scene.with_calls("call-one")
    Call.objects.update(redispatches=12)
    del scene.leases.holders["call-one"]

    scene.look()

    assert (scene.network.removed, scene.replaced()) == ([("call-one", "ai")], [])


def test_a_job_that_never_had_a_lease_is_left_alone() -> None:
    scene = Scene.with_calls()
    make_call(state=CallState.ACTIVE)
    scene.network.live = [room(*TALKING)]

    scene.look(for_s=20)

    assert (scene.network.removed, scene.replaced()) == ([], [])


@pytest.mark.parametrize(
    "participants", [(CUSTOMER, RECORDER), (AI, RECORDER)], ids=["agent left", "caller left"]
)
def test_where_no_caller_waits_beside_a_dead_agent_nothing_is_done(
    participants: tuple[Participant, ...],
) -> None:
    scene = Scene.with_calls("call-one", participants=participants)
    scene.leases.holders.clear()

    scene.look(for_s=5)

    assert (scene.network.removed, scene.replaced()) == ([], [])


def test_a_caller_who_talks_to_a_person_is_not_interrupted() -> None:
    scene = Scene.with_calls("call-one", participants=(*TALKING, COLLEAGUE))
    scene.leases.holders.clear()

    scene.look()

    assert (scene.network.removed, scene.replaced()) == ([("call-one", "ai")], [])


def test_a_call_that_has_ended_needs_nobody() -> None:
    scene = Scene.with_calls("call-one")
    lifecycle.end(Call.objects.get().id, because="goodbye", at=after(12))
    scene.leases.holders.clear()

    scene.look(for_s=5)

    assert (scene.network.removed, scene.replaced()) == ([], [])


def test_an_agent_that_has_come_meanwhile_is_not_taken_for_the_dead_one() -> None:
    scene = Scene.with_calls("call-one")
    scene.leases.holders.clear()

    class Slow(FakeTelephony):
        def rooms(self) -> list[Room]:
            scene.leases.holders["call-one"] = "AJ_2"
            return super().rooms()

    scene.network = Slow(live=[room(*TALKING)])
    scene.look()

    assert (scene.network.removed, scene.replaced()) == ([], [])


def test_while_redis_is_away_and_ten_seconds_after_nobody_is_replaced() -> None:
    scene = Scene.with_calls("call-one")
    scene.leases.away = True
    scene.look(for_s=20)
    scene.leases.away = False
    scene.leases.holders.clear()

    scene.look(for_s=9.5)
    assert (scene.network.removed, scene.replaced()) == ([], [])

    # The job did die meanwhile.
    scene.look()
    assert scene.replaced() == ["call-one"]


def test_a_redis_that_forgot_everything_kills_nobody() -> None:
    scene = Scene.with_calls("call-one")
    scene.leases.away = True
    scene.look()
    scene.leases.away = False
    scene.leases.holders.clear()
    scene.look(for_s=3)
    scene.leases.holders["call-one"] = "AJ_1"

    scene.look(for_s=20)

    assert (scene.network.removed, scene.replaced()) == ([], [])


def test_a_livekit_that_did_not_answer_is_trusted_again_after_ten_seconds() -> None:
    scene = Scene.with_calls("call-one")
    scene.leases.holders.clear()
    scene.network.down = Unavailable("LiveKit: TimeoutError")
    scene.look()
    scene.network.down = None

    scene.look(for_s=9.5)
    assert (scene.network.removed, scene.replaced()) == ([], [])

    scene.look()
    assert scene.replaced() == ["call-one"]


def test_a_clock_that_slept_waits_ten_seconds_itself() -> None:
    scene = Scene.with_calls("call-one")
    scene.leases.holders.clear()
    scene.second += 4

    scene.look(for_s=10)
    assert (scene.network.removed, scene.replaced()) == ([], [])

    scene.look()
    assert scene.replaced() == ["call-one"]
