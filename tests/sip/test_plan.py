"""Applying the plan reaches what is wanted, whatever LiveKit had."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from sip.plan import (
    Change,
    Dispatch,
    Found,
    InboundTrunk,
    OutboundTrunk,
    Rule,
    Thing,
    changes,
)
from tests.fakes.telephony import FakeTelephony

NUMBERS = [f"+1555010{digit}" for digit in range(5)]


def inbound(number: str, *, name: str = "", username: str = "") -> InboundTrunk:
    return InboundTrunk(
        name=name or f"cc:{number}",
        number=number,
        allowed_addresses=("127.0.0.1/32",),
        username=username,
        password=username,
        ring_for_s=25,
        max_call_s=3600,
    )


def rule(number: str, *, name: str = "", agents: tuple[str, ...] = ("receptionist",)) -> Rule:
    return Rule(
        name=name or f"cc:{number}",
        trunk=f"cc:{number}",
        room_prefix="call-",
        attributes=(),
        agents=tuple(Dispatch(agent_name=agent, metadata="{}") for agent in agents),
        empty_timeout_s=60,
        departure_timeout_s=20,
    )


def outbound(name: str, *, address: str = "sip.example.com") -> OutboundTrunk:
    return OutboundTrunk(name=name, address=address, numbers=(), username="", password="")


@st.composite
def wanted_things(draw: st.DrawFn) -> list[Thing]:
    things: list[Thing] = []
    for number in draw(st.sets(st.sampled_from(NUMBERS))):
        agents = draw(st.sampled_from([("receptionist",), ("receptionist", "recorder")]))
        things += [
            inbound(number, username=draw(st.sampled_from(["", "desk"]))),
            rule(number, agents=agents),
        ]
    for key in draw(st.sets(st.sampled_from(["cc:out-1", "cc:out-2"]))):
        things.append(outbound(key, address=draw(st.sampled_from(["a.example", "b.example"]))))
    return things


foreign = st.lists(
    st.sampled_from([outbound("mine"), outbound("other"), rule("+15550199", name="by hand")]),
    max_size=3,
)


def found(things: list[Thing], *, prefix: str) -> list[Found]:
    return [Found(livekit_id=f"{prefix}{place}", thing=thing) for place, thing in enumerate(things)]


@given(before=wanted_things(), others=foreign, wanted=wanted_things(), doubled=st.booleans())
def test_the_plan_reaches_what_is_wanted_and_a_second_plan_is_empty(
    before: list[Thing], others: list[Thing], wanted: list[Thing], doubled: bool
) -> None:
    ours = found(before, prefix="A")
    if doubled:
        ours += found([thing for thing in before if isinstance(thing, OutboundTrunk)], prefix="B")
    theirs = found(others, prefix="F")
    network = FakeTelephony(has=ours + theirs)

    for change in changes(network.trunks_and_rules(), wanted):
        network.apply(change)

    kept = [item for item in network.has if item in theirs]
    made = [item.thing for item in network.has if item not in theirs]
    assert kept == theirs
    assert sorted(made, key=str) == sorted(wanted, key=str)
    assert changes(network.trunks_and_rules(), wanted) == []


@given(before=wanted_things(), wanted=wanted_things(), data=st.data())
def test_the_plan_does_not_depend_on_the_order_of_the_answers(
    before: list[Thing], wanted: list[Thing], data: st.DataObject
) -> None:
    answer = found(before, prefix="A")

    assert changes(data.draw(st.permutations(answer)), wanted) == changes(answer, wanted)


def test_a_new_number_gets_its_trunk_before_its_rule() -> None:
    plan = changes([], [rule("+15550100"), inbound("+15550100")])

    assert [str(change) for change in plan] == [
        "create InboundTrunk cc:+15550100",
        "create Rule cc:+15550100",
    ]


def test_a_number_that_is_gone_loses_its_rule_before_its_trunk() -> None:
    plan = changes(found([inbound("+15550100"), rule("+15550100")], prefix="L"), [])

    assert [str(change) for change in plan] == [
        "delete Rule cc:+15550100 L1",
        "delete InboundTrunk cc:+15550100 L0",
    ]


def test_a_password_is_not_shown_in_a_plan() -> None:
    change = Change(action="create", thing=inbound("+15550100", username="secret-word"))

    assert "password" not in repr(change)
    assert "secret-word" not in str(change)
