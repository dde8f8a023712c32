"""What worker and recorder may tell Django, and what they are told."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from calls import events, services
from calls.models import Call, CallEvent, Utterance
from contactcenter.db import with_fresh_connection
from tests.calls.rows import RECORDER, WORKER, event, make_call, recorded_number, utterance

ROOM = "call-_+15550123_x7Gh"
START = {
    "room_name": ROOM,
    "job_id": "AJ_1",
    "attributes": {
        "sip.phoneNumber": "+15550123",
        "sip.trunkPhoneNumber": "+15550100",
        "sip.callID": "SCL_1",
    },
}


def start(client: Client, headers: dict[str, str] = WORKER, **changes: Any) -> Any:
    return client.post(
        "/internal/calls/", START | changes, content_type="application/json", headers=headers
    )


def send(client: Client, sent: object, headers: dict[str, str] = WORKER) -> Any:
    return client.post(
        f"/internal/calls/{quote(ROOM)}/events/",
        sent,
        content_type="application/json",
        headers=headers,
    )


@pytest.mark.django_db
def test_a_job_learns_the_greeting_and_what_must_be_disclosed(client: Client) -> None:
    recorded_number()

    answer = start(client)

    call = Call.objects.get()
    assert answer.json() == {
        "call_id": str(call.id),
        "shop_name": "Willow and Wren",
        "greeting": "Hello.",
        "disclosure": "I am an AI assistant, and this call is recorded.",
        "records": True,
        "transcript": [],
    }
    assert (call.caller_number, call.called_number) == ("+15550123", "+15550100")
    assert (call.sip_call_id, call.state) == ("SCL_1", "ringing")


@pytest.mark.django_db
def test_a_call_to_a_number_that_nobody_entered_is_greeted_and_not_recorded(
    client: Client,
) -> None:
    answer = start(client).json()

    assert answer["greeting"] == "Thank you for calling Willow and Wren."
    assert (answer["disclosure"], answer["records"]) == ("I am an AI assistant.", False)


@pytest.mark.django_db
def test_a_recording_is_announced_also_where_the_ai_is_not() -> None:
    assert services.disclosure(says_ai=False, records=True) == "This call is recorded."
    assert services.disclosure(says_ai=False, records=False) == ""


@pytest.mark.django_db
def test_what_the_caller_was_told_of_recording_outlives_a_change_of_the_number(
    client: Client,
) -> None:
    number = recorded_number()
    start(client)
    number.records = False
    number.save()

    assert start(client).json()["records"] is True


@pytest.mark.django_db
def test_a_job_that_replaces_a_dead_one_finds_the_same_call_and_its_words(client: Client) -> None:
    first = start(client).json()
    send(client, [utterance("Where is my order?", after_s=5)])

    second = start(client, job_id="AJ_2", attributes={}).json()

    assert second["call_id"] == first["call_id"]
    assert second["transcript"] == [{"speaker": "caller", "text": "Where is my order?"}]


@pytest.mark.django_db
def test_a_room_that_is_not_a_calls_is_refused(client: Client) -> None:
    answer = start(client, room_name="somebody-elses-room")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert not Call.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"authorization": "Bearer wrong"}, 401), (RECORDER, 403)],
)
def test_events_without_the_workers_token_change_nothing(
    client: Client, headers: dict[str, str], status: int
) -> None:
    assert send(client, [utterance("Hello")], headers).status_code == status
    assert not Call.objects.exists()


@pytest.mark.django_db
def test_nobody_starts_a_call_without_a_token(client: Client) -> None:
    assert start(client, {}).status_code == 401
    assert start(client, {"authorization": "Bearer wrong"}).status_code == 401
    assert not Call.objects.exists()


@pytest.mark.django_db
def test_events_become_rows_and_a_repeat_changes_nothing(client: Client) -> None:
    batch = [
        event("answered", after_s=1),
        utterance("Where is my order?", turn=1, after_s=5),
        utterance(
            "It was shipped.",
            speaker="voice_agent",
            turn=1,
            after_s=8,
            latency={"total_s": 0.8, "llm_first_s": None},
        ),
        event("something_new", {"anything": [1, 2]}, after_s=9),
    ]

    first, second = send(client, batch), send(client, batch)

    assert (first.status_code, first.json()) == (202, {"accepted": 4})
    assert (second.status_code, second.json()) == (202, {"accepted": 0})
    call = Call.objects.get()
    assert call.state == "active"
    assert [said.text for said in call.utterances.all()] == [
        "Where is my order?",
        "It was shipped.",
    ]
    assert call.utterances.get(speaker="voice_agent").latency == {"total_s": 0.8}
    assert call.events.get(kind="something_new").detail == {"anything": [1, 2]}


@pytest.mark.django_db
def test_events_that_come_in_the_wrong_order_end_in_the_same_call(client: Client) -> None:
    send(client, [event("call_ended", {"reason": "goodbye"}, after_s=30)])
    send(client, [event("person_requested", after_s=20)])
    send(client, [event("answered", after_s=1)])

    call = Call.objects.get()
    assert (call.state, call.end_reason, call.outcome) == ("ended", "goodbye", "person requested")
    assert call.answered_at is not None
    assert call.ended_at is not None
    assert (call.ended_at - call.answered_at).total_seconds() == 29


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"kind": "utterance", "detail": {"turn": 1}}, "event 1: speaker: Field required"),
        ({"event_id": "no-uuid"}, "event 1: event_id: "),
        ({"happened_at": "2026-11-25T09:00:00"}, "event 1: happened_at: "),
        ({"kind": "Not A Kind"}, "event 1: kind: "),
        ({"detail": {"text": "a\0b"}}, "event 1: detail: a NUL character"),
        ({"detail": {"text": "\ud800"}}, "event 1: detail: half of a surrogate pair"),
        ({"detail": {"text": "x" * 64_001}}, "event 1: detail: 64013 bytes"),
        ({"happened_at": "0001-01-01T00:00:00+14:00"}, "event 1: happened_at: "),
        ({"happened_at": "9999-12-31T23:59:59-14:00"}, "event 1: happened_at: "),
        ({"job_id": "a\0b"}, "event 1: job_id: "),
        ({"sequence": -1}, "event 1: sequence: "),
        ({"surplus": True}, "event 1: surplus: "),
    ],
)
def test_one_malformed_event_refuses_the_batch_with_a_reason(
    client: Client, bad: dict[str, Any], reason: str
) -> None:
    answer = send(client, [event("answered"), event("something_new") | bad])

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert answer.json()["message"].startswith(reason)
    assert not CallEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        ('{"score": 1e999}', "event 0: detail: a number without end"),
        (f'{{"deep": {"[" * 20_000}{"]" * 20_000}}}', "nested too deeply"),
    ],
)
def test_json_that_no_database_can_hold_is_refused(
    client: Client, detail: str, reason: str
) -> None:
    body = json.dumps([event("something_new")]).replace('"detail": {}', f'"detail": {detail}')

    answer = send(client, body)

    assert (answer.status_code, answer.json()) == (400, {"code": "invalid", "message": reason})
    assert not CallEvent.objects.exists()


@pytest.mark.django_db
def test_asking_for_a_person_is_no_outcome_while_the_call_runs(client: Client) -> None:
    send(client, [event("answered", after_s=1), event("person_requested", after_s=9)])
    call = Call.objects.get()
    assert (call.state, call.outcome) == ("active", "")

    send(client, [event("call_ended", {"reason": "goodbye"}, after_s=30)])

    call.refresh_from_db()
    assert call.outcome == "person requested"


@pytest.mark.django_db
def test_a_long_reason_ends_the_call_all_the_same(client: Client) -> None:
    send(client, [event("call_ended", {"reason": "because " * 50})])

    call = Call.objects.get()
    assert (call.state, len(call.end_reason)) == ("ended", 100)


@pytest.mark.django_db
@pytest.mark.parametrize("sent", [{"event_id": "one"}, "text", [1], [event("answered")] * 501])
def test_what_is_not_a_list_of_events_is_refused(client: Client, sent: object) -> None:
    assert send(client, sent).status_code == 400
    assert not CallEvent.objects.exists()


@pytest.mark.django_db
def test_a_refusal_never_quotes_what_was_said(client: Client) -> None:
    answer = send(client, [utterance("my secret words", speaker="a stranger")])

    assert answer.status_code == 400
    assert "secret" not in answer.content.decode()
    assert "stranger" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_same_batch_delivered_four_times_at_once_is_stored_once() -> None:
    make_call(ROOM)
    batch = events.read([utterance(f"word {number}", after_s=number) for number in range(20)])
    barrier = Barrier(4)

    @with_fresh_connection
    def deliver(_: int) -> int:
        barrier.wait(10)
        return services.append_events(room_name=ROOM, events=batch)

    with ThreadPoolExecutor(4) as pool:
        stored = sorted(pool.map(deliver, range(4)))

    assert stored == [0, 0, 0, 20]
    assert Utterance.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_four_that_hear_of_a_call_at_once_make_one() -> None:
    recorded_number()
    barrier = Barrier(4)

    @with_fresh_connection
    def hear(number: int) -> str:
        caller = services.Caller.of(START["attributes"]) if number % 2 else None  # type: ignore[arg-type]
        barrier.wait(10)
        return str(services.start_call(room_name=ROOM, caller=caller).id)

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(hear, range(4)))

    call = Call.objects.get()
    assert ids == {str(call.id)}
    assert (call.caller_number, call.records) == ("+15550123", True)
