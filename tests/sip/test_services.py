"""LiveKit is made to agree with the rows, and the rows say when it does not."""

from __future__ import annotations

import json

import pytest
from pytest_django import DjangoAssertNumQueries

from contactcenter.errors import Unavailable
from sip import services
from sip.models import DispatchRule, PhoneNumber
from sip.plan import Found, InboundTrunk, OutboundTrunk, Rule
from tests.fakes.telephony import FakeTelephony, telephony
from tests.sip.rows import make_number, make_outbound, make_trunk

__all__ = ["telephony"]

pytestmark = pytest.mark.django_db


def names(network: FakeTelephony) -> set[tuple[str, str]]:
    return {(type(item.thing).__name__, item.thing.name) for item in network.has}


def test_a_number_becomes_a_trunk_and_a_rule_and_the_second_sync_does_nothing(
    telephony: FakeTelephony,
) -> None:
    make_number()

    first, second = services.sync(), services.sync()

    assert names(telephony) == {("InboundTrunk", "cc:+15550100"), ("Rule", "cc:+15550100")}
    assert len(first.outcomes) == 2
    assert first.is_in_step
    assert second.outcomes == ()
    number = PhoneNumber.objects.get()
    assert (number.livekit_id, number.drift) == ("ID_0001", "")
    assert DispatchRule.objects.get().livekit_id == "ID_0002"


@pytest.mark.parametrize(
    ("records", "agents"), [(True, ["receptionist", "recorder"]), (False, ["receptionist"])]
)
def test_the_rule_sends_the_recorder_only_to_numbers_that_record(
    telephony: FakeTelephony, records: bool, agents: list[str]
) -> None:
    make_number(records=records)

    services.sync()

    (rule,) = [item.thing for item in telephony.has if isinstance(item.thing, Rule)]
    assert [agent.agent_name for agent in rule.agents] == agents
    assert json.loads(rule.agents[0].metadata) == {
        "v": 1,
        "number": "+15550100",
        "greeting": "Hello.",
        "discloses_ai": True,
        "voice": "",
        "records": records,
    }
    assert rule.room_prefix == "call-"


def test_a_number_that_is_turned_off_is_taken_from_livekit(telephony: FakeTelephony) -> None:
    make_number()
    services.sync()
    PhoneNumber.objects.update(enabled=False)

    services.sync()

    assert telephony.has == []
    assert PhoneNumber.objects.get().livekit_id == ""
    assert not DispatchRule.objects.exists()


def test_a_number_may_move_to_another_row_and_trunk(telephony: FakeTelephony) -> None:
    first, second = make_number("+15550100"), make_number("+15550101")
    services.sync()
    other = make_trunk("Other")
    PhoneNumber.objects.filter(pk=first.pk).update(number="+15550102")
    PhoneNumber.objects.filter(pk=second.pk).update(number="+15550100", trunk=other)

    report = services.sync()

    assert report.is_in_step
    assert {name for _, name in names(telephony)} == {"cc:+15550100", "cc:+15550102"}


def test_an_outbound_trunk_shows_the_lines_numbers_and_keeps_its_id(
    telephony: FakeTelephony,
) -> None:
    make_number()
    trunk = make_outbound()

    services.sync()

    (thing,) = [item.thing for item in telephony.has if isinstance(item.thing, OutboundTrunk)]
    trunk.refresh_from_db()
    assert thing.numbers == ("+15550100",)
    assert trunk.livekit_id == next(
        item.livekit_id for item in telephony.has if item.thing == thing
    )


def test_without_a_number_a_trunk_for_calls_that_go_out_does_not_look_in_step(
    telephony: FakeTelephony,
) -> None:
    make_number()
    trunk = make_outbound()
    services.sync()
    PhoneNumber.objects.update(enabled=False)

    services.sync()

    trunk.refresh_from_db()
    assert names(telephony) == set()
    assert trunk.livekit_id == ""


def test_a_sync_asks_the_database_as_often_for_three_numbers_as_for_one(
    telephony: FakeTelephony, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for last in "012":
        make_number(f"+1555010{last}")
    services.sync()

    with django_assert_num_queries(7):
        services.sync()


def test_what_livekit_refuses_is_written_on_the_row_and_tried_again(
    telephony: FakeTelephony,
) -> None:
    make_number()
    services.sync()
    taken = next(item for item in telephony.has if isinstance(item.thing, InboundTrunk))
    # Somebody deleted ours by hand and made another for the same number.
    foreign = InboundTrunk(
        name="by hand",
        number="+15550100",
        allowed_addresses=(),
        username="",
        password="",
        ring_for_s=0,
        max_call_s=0,
    )
    telephony.has = [Found(livekit_id="HAND", thing=foreign)]

    refused = services.sync()

    assert not refused.is_in_step
    assert PhoneNumber.objects.get().drift == "Conflicting inbound SIP Trunks"
    assert PhoneNumber.objects.get().livekit_id == ""
    assert DispatchRule.objects.get().drift == "the rule's trunk is not there"

    telephony.has = []

    assert services.sync().is_in_step
    assert PhoneNumber.objects.get().drift == ""
    assert PhoneNumber.objects.get().livekit_id not in {"", taken.livekit_id}


def test_a_network_that_does_not_answer_is_shown_and_nothing_is_raised(
    telephony: FakeTelephony,
) -> None:
    make_number()
    telephony.down = Unavailable("LiveKit: TimeoutError")

    report = services.sync()

    assert report.unreachable == "LiveKit: TimeoutError"
    assert not report.is_in_step
    assert PhoneNumber.objects.get().drift == "LiveKit: TimeoutError"


def test_a_dry_run_changes_neither_livekit_nor_the_rows(telephony: FakeTelephony) -> None:
    make_number()

    report = services.sync(dry_run=True)

    assert [str(outcome.change) for outcome in report.outcomes] == [
        "create InboundTrunk cc:+15550100",
        "create Rule cc:+15550100",
    ]
    assert telephony.has == []
    assert not DispatchRule.objects.exists()
