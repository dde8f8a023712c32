"""What each role sees of calls in the admin, and what it may not do there."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calls import events, services
from calls.models import Call, CallEvent, Recording
from calls.states import CallState
from tests.calls.rows import NOW, event, log_in, make_call, utterance

pytestmark = pytest.mark.django_db
PASSAGES = [
    {"passage_id": "returns-2", "source": "Returns, postage", "text": "We send a label.",
     "score": 0.4, "relevant": False, "used": False},
    {"passage_id": "returns-1", "source": "Returns, how long", "text": "Within 30 days.",
     "score": 0.8, "relevant": True, "used": True},
]  # fmt: skip


def talk(room_name: str = "call-one", turns: int = 1) -> Call:
    """A call with a tool, a policy question and an answer in every turn."""
    sent: list[dict[str, Any]] = []
    for turn in range(1, turns + 1):
        sent += [
            utterance("May I <b>return</b> it?", turn=turn, after_s=turn * 10),
            event(
                "tool_call",
                {"turn": turn, "name": "get_order_status", "arguments": {"number": "W1001"},
                 "result": json.dumps({"status": "shipped"}), "duration_s": 0.1},
                after_s=turn * 10 + 3,
            ),
            event("retrieval", {"turn": turn, "passages": PASSAGES}, after_s=turn * 10 + 3),
            utterance(
                "Yes, within 30 days.", speaker="voice_agent", turn=turn, after_s=turn * 10 + 4,
                latency={"total_s": 0.82, "end_of_turn_s": 0.5}, interrupted=True,
            ),
        ]  # fmt: skip
    services.append_events(room_name=room_name, events=events.read(sent))
    return Call.objects.get(room_name=room_name)


def page_of(client: Client, call: Call) -> str:
    answer = client.get(f"/admin/calls/call/{call.id}/change/")
    assert answer.status_code == HTTPStatus.OK
    return re.sub(r"\s+", " ", answer.content.decode())


def test_the_list_shows_number_state_and_outcome(client: Client) -> None:
    log_in(client, "representative")
    make_call("call-one", state=CallState.ACTIVE, caller_number="+15550123")
    make_call("call-two", state=CallState.ENDED, caller_number="+15550144")

    text = client.get("/admin/calls/call/").content.decode()

    assert "+15550123" in text
    assert '<span class="badge live">live</span> active' in text
    assert '<span class="badge completed">completed</span>' in text
    assert '<td class="field-began">25 Nov 2026, 09:00</td>' in text
    assert '<td class="field-length">1:00</td>' in text


def test_the_list_can_be_searched_and_filtered(client: Client) -> None:
    log_in(client, "representative")
    make_call("call-one", state=CallState.ACTIVE, caller_number="+15550123")
    make_call("call-two", state=CallState.ENDED, caller_number="+15550144")

    found = client.get("/admin/calls/call/", {"q": "0144"}).content.decode()
    live = client.get("/admin/calls/call/", {"state__exact": "active"}).content.decode()

    assert ("+15550144" in found, "+15550123" in found) == (True, False)
    assert ("+15550144" in live, "+15550123" in live) == (False, True)


def test_the_page_shows_words_delay_tool_and_passages_of_a_turn(client: Client) -> None:
    log_in(client, "representative")

    text = page_of(client, talk())

    assert "May I &lt;b&gt;return&lt;/b&gt; it?" in text
    assert "Yes, within 30 days." in text
    assert "interrupted</span>" in text
    assert "0.82 s</span> · end of turn 0.50" in text
    assert "get_order_status" in text
    assert "&quot;status&quot;: &quot;shipped&quot;" in text
    assert text.index("Returns, how long") < text.index("Returns, postage")
    assert text.count('class="badge quoted"') == 1


def test_a_tools_answer_that_is_no_json_is_shown_as_it_is(client: Client) -> None:
    log_in(client, "representative")
    sent = [utterance("Hello.")]
    sent += [event("tool_call", {"turn": 1, "name": "x", "result": "[<" + "[" * 20_000})]
    sent += [event("tool_call", {"turn": 1, "name": "x", "result": "[" * 20_000})]
    services.append_events(room_name="call-one", events=events.read(sent))

    text = page_of(client, Call.objects.get())

    assert "<pre>[&lt;[[[" in text
    assert f"<pre>{'[' * 20_000}</pre>" in text


def test_the_page_says_in_words_why_a_call_ended(client: Client) -> None:
    log_in(client, "supervisor")

    text = page_of(client, make_call(state=CallState.ENDED))

    assert "<dt>Why</dt><dd>caller hung up</dd>" in text


def test_the_time_line_says_who_came_and_what_went_wrong(client: Client) -> None:
    log_in(client, "supervisor")
    call = make_call()
    for kind, detail in (
        ("participant_joined", {"identity": "sip_+15550123", "participant": "sip", "reason": ""}),
        ("dispatched_again", {"agent": "receptionist", "attempt": 1}),
        ("participant_joined", {"identity": "ai", "participant": "agent", "reason": ""}),
        ("engine_failed", {"role": "llm", "provider": "claude", "error": "TimeoutError"}),
        ("participant_left", {"identity": "recorder", "reason": "room_deleted"}),
        ("something_new", {}),
    ):
        CallEvent.objects.create(call=call, kind=kind, detail=detail)

    text = re.sub(r"<[^>]+>", "", page_of(client, call))

    for line in (
        "Telephone came",
        "Voice agent sent again",
        "Voice agent came",
        "An engine failed, the next one took over claude",
        "Recorder left room deleted",
        "something new",
    ):
        assert line in text


def test_a_page_that_is_long_asks_the_database_no_more_than_a_short_one(client: Client) -> None:
    log_in(client, "supervisor")
    counts = []
    for room_name, turns in (("call-one", 1), ("call-two", 60)):
        call = talk(room_name, turns)
        Recording.objects.create(call=call)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page_of(client, call)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 20


def test_a_list_that_is_long_asks_the_database_no_more_than_a_short_one(client: Client) -> None:
    log_in(client, "supervisor")
    counts = []
    for number in (1, 30):
        for index in range(number):
            Recording.objects.create(call=make_call(f"call-{number}-{index}"))
        with CaptureQueriesContext(connection) as queries:
            client.get("/admin/calls/call/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("role", "player"), [("supervisor", True), ("representative", False), ("administrator", False)]
)
def test_only_a_supervisor_gets_the_player(client: Client, role: str, player: bool) -> None:
    log_in(client, role)
    call = make_call(state=CallState.ENDED, records=True)
    Recording.objects.create(call=call, state="ready", integrity="gap", file="a.ogg", reason="2 s")

    text = page_of(client, call)

    assert ("<audio" in text) is player
    assert '<span class="badge recording-gap">gap</span>' in text


@pytest.mark.parametrize("role", ["supervisor", "representative", "administrator"])
def test_no_role_can_change_a_call(client: Client, role: str) -> None:
    log_in(client, role)
    call = make_call()
    address = f"/admin/calls/call/{call.id}"

    refused = [
        client.post(f"{address}/change/", {"caller_number": "+15550199"}).status_code,
        client.post(f"{address}/delete/", {"post": "yes"}).status_code,
        client.get("/admin/calls/call/add/").status_code,
    ]

    assert refused == [403, 403, 403]
    call.refresh_from_db()
    assert (call.caller_number, Call.objects.count()) == ("", 1)


def test_somebody_without_a_role_sees_no_call(client: Client) -> None:
    client.force_login(User.objects.create(username="nobody", is_staff=True))
    call = make_call()

    assert client.get("/admin/calls/call/").status_code == HTTPStatus.FORBIDDEN
    assert client.get(f"/admin/calls/call/{call.id}/change/").status_code == HTTPStatus.FORBIDDEN


def test_no_page_carries_script_or_style_of_its_own(client: Client) -> None:
    log_in(client, "supervisor")
    call = talk()

    for text in (page_of(client, call), client.get("/admin/calls/call/").content.decode()):
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", text)
    policy = client.get("/admin/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy


def test_the_duration_of_a_call_that_runs_grows_and_is_never_negative() -> None:
    call = make_call(started_at=NOW)
    call.ended_at = NOW - timedelta(seconds=5)

    assert call.duration == timedelta()
