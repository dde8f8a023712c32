"""Whole calls on Deepgram, Cartesia, Claude and Pinecone, and with each of them hanging."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.telephone.line import Line
from tests.telephone.listening import Listening
from tests.telephone.story import ASKS_POLICY, GOODBYE, Talk
from tests.vendors.faults import StandIn
from tests.vendors.line import Vendors

pytestmark = [pytest.mark.telephone, pytest.mark.timeout(300)]

CALLER: Final = "+15550171"
ASKS_FOR_ORDER: Final = "Where is my order W 1 0 0 1 with the zip code nine four one one zero?"
# Twice what is promised for a fault that a living process can handle.
SILENCE_WITHIN_S: Final = 2 * 4.0


@dataclass(frozen=True, kw_only=True)
class Told:
    """What was heard in a call, and its row."""

    status: str
    policy: str
    call: dict[str, Any]


def ended_call(line: Line, caller: str) -> dict[str, Any]:
    (call,) = line.wait_for(
        "SELECT * FROM calls_call WHERE caller_number = %s ORDER BY started_at DESC LIMIT 1",
        caller,
        until=lambda rows: bool(rows) and rows[0]["state"] == "ended",
    )
    return call


def failures(line: Line, call: dict[str, Any]) -> list[tuple[str, str]]:
    rows = line.rows(
        "SELECT detail FROM calls_callevent WHERE call_id = %s AND kind = 'engine_failed'",
        call["id"],
    )
    return [(row["detail"]["role"], row["detail"]["provider"]) for row in rows]


def longest_wait_s(talk: Talk) -> float:
    """The longest that the caller waited for a sound, for the first word or for an answer."""
    heard = talk.listening
    sent = Listening(path=talk.phone.sent())
    waits_s = [heard.next_sound_s(end_s) - end_s for end_s in sent.ends_of_speech_s(quiet_s=2.0)]
    return max(heard.first_sound_s(), *waits_s)


def tell(line: Line, folder: Path, *, user: str) -> Told:
    talk = Talk.dial(line, folder, user=user)
    try:
        talk.hear()
        status = talk.ask(ASKS_FOR_ORDER)
        policy = talk.ask(ASKS_POLICY)
        talk.say(GOODBYE)
        talk.phone.wait("CALL_CLOSED", 30)
    finally:
        talk.phone.stop()
    return Told(status=status, policy=policy, call=ended_call(line, user))


def check(told: Told) -> None:
    assert "shipped" in told.status
    assert re.search(r"(3 0|thirty) days", told.policy)
    assert (told.call["outcome"], told.call["end_reason"]) == ("completed", "agent_ended")


@pytest.fixture(scope="module")
def told(vendor_line: Line, vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> Told:
    return tell(vendor_line, tmp_path_factory.mktemp("vendors"), user=CALLER)


def test_a_caller_is_identified_and_hears_status_and_policy(told: Told) -> None:
    check(told)


def test_the_vendors_themselves_do_the_same(paid_line: Line, tmp_path: Path) -> None:
    told = tell(paid_line, tmp_path, user=CALLER)

    check(told)
    assert failures(paid_line, told.call) == []


def test_no_embedded_engine_had_to_help(vendor_line: Line, told: Told) -> None:
    assert failures(vendor_line, told.call) == []


def test_deepgram_is_asked_for_telephone_english(told: Told, vendors: Vendors) -> None:
    query = vendors.deepgram.asked[0]

    assert (query["model"], query["language"]) == ("nova-3", "en-US")
    assert (query["encoding"], query["sample_rate"]) == ("linear16", "16000")
    assert query["interim_results"] == "true"


def test_cartesia_reads_numbers_digit_by_digit(told: Told, vendors: Vendors) -> None:
    said = " ".join(vendors.cartesia.transcripts)

    assert "Your order W one zero zero one" in said
    assert "W1001" not in said
    assert vendors.cartesia.asked[0]["output_format"] == {
        "container": "raw",
        "encoding": "pcm_s16le",
        "sample_rate": 24000,
    }


def test_claude_gets_tools_one_at_a_time_and_a_cached_beginning(
    told: Told, vendors: Vendors
) -> None:
    request = vendors.claude.requests[-1]

    assert request["stream"] is True
    assert request["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    assert {"find_customer_by_order", "get_order_status", "end_call"} <= {
        tool["name"] for tool in request["tools"]
    }
    cached = {"type": "ephemeral"}
    assert request["system"][-1]["cache_control"] == cached
    assert request["tools"][-1]["cache_control"] == cached


def test_every_request_to_claude_begins_like_the_one_before(told: Told, vendors: Vendors) -> None:
    beginnings = {
        repr((request["system"], request["tools"])) for request in vendors.claude.requests
    }

    assert len(beginnings) == 1


def test_pinecone_is_searched_among_the_passages_it_was_given(told: Told, vendors: Vendors) -> None:
    paths = [path for path, _, _ in vendors.pinecone.asked]

    assert paths.index("/vectors/upsert") < paths.index("/query")
    assert len(vendors.pinecone.vectors) > 5


@pytest.mark.parametrize(
    ("role", "provider", "caller"),
    [
        ("stt", "deepgram", "+15550172"),
        ("llm", "claude", "+15550173"),
        ("tts", "cartesia", "+15550174"),
        ("policies", "pinecone", "+15550175"),
    ],
)
def test_a_vendor_that_hangs_from_the_start_is_replaced_within_the_turn(
    vendor_line: Line, vendors: Vendors, tmp_path: Path, role: str, provider: str, caller: str
) -> None:
    stand_in: StandIn = getattr(vendors, provider)
    with vendors.failing(stand_in, "silent"):
        talk = Talk.dial(vendor_line, tmp_path, user=caller)
        try:
            talk.hear()
            answer = talk.ask(ASKS_POLICY)
            talk.phone.hangup()
            talk.phone.wait("CALL_CLOSED", 10)
        finally:
            talk.phone.stop()

    call = ended_call(vendor_line, caller)
    assert "days" in answer
    assert failures(vendor_line, call) == [(role, provider)]
    assert longest_wait_s(talk) < SILENCE_WITHIN_S
