"""LiveKit's webhooks: only signed ones count, each once, in any order."""

from __future__ import annotations

import base64
import hashlib
import json
from itertools import permutations
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from livekit import api

from calls.models import Call, CallEvent
from tests.calls.rows import NOW

ROOM = "call-_+15550123_x7Gh"
CALLER = {
    "identity": "sip_+15550123",
    "sid": "PA_1",
    "kind": "SIP",
    "attributes": {
        "cc.role": "caller",
        "sip.phoneNumber": "+15550123",
        "sip.trunkPhoneNumber": "+15550100",
        "sip.callID": "SCL_1",
    },
}
COLLEAGUE = {"identity": "sip_+15550199", "sid": "PA_2", "kind": "SIP", "attributes": {}}


def webhook(kind: str, number: int, *, participant: dict[str, Any] | None = None) -> str:
    body: dict[str, Any] = {
        "event": kind,
        "id": f"EV_{number}",
        "createdAt": str(int(NOW.timestamp()) + number),
        "room": {"name": ROOM},
    }
    if participant:
        body["participant"] = participant
    return json.dumps(body)


JOINED = webhook("participant_joined", 1, participant=CALLER)
LEFT = webhook("participant_left", 2, participant=CALLER | {"disconnectReason": "CLIENT_INITIATED"})
FINISHED = webhook("room_finished", 3)


def deliver(client: Client, body: str, *, secret: str = "", signed: str = "") -> int:
    digest = base64.b64encode(hashlib.sha256((signed or body).encode()).digest()).decode()
    config = settings.CONFIG
    token = api.AccessToken(config.livekit_api_key, secret or config.livekit_api_secret)
    return client.post(
        "/livekit/webhook/",
        body,
        content_type="application/webhook+json",
        headers={"authorization": token.with_sha256(digest).to_jwt()},
    ).status_code


@pytest.mark.django_db
def test_a_caller_who_joins_makes_a_call(client: Client) -> None:
    assert deliver(client, JOINED) == 204

    call = Call.objects.get()
    assert (call.room_name, call.caller_number, call.state) == (ROOM, "+15550123", "ringing")
    assert (call.called_number, call.caller_identity) == ("+15550100", "sip_+15550123")


@pytest.mark.django_db
def test_forged_webhooks_are_refused_and_change_nothing(client: Client) -> None:
    deliver(client, JOINED)

    other_key = deliver(client, LEFT, secret="another-secret-of-at-least-thirty-two-characters")
    other_body = deliver(client, LEFT, signed=JOINED)
    unsigned = client.post("/livekit/webhook/", LEFT, content_type="application/json").status_code

    assert (other_key, other_body, unsigned) == (401, 401, 401)
    assert Call.objects.get().state == "ringing"
    assert CallEvent.objects.count() == 1


@pytest.mark.django_db
def test_a_room_with_a_name_that_no_call_can_have_is_refused(client: Client) -> None:
    body = JOINED.replace(ROOM, f"call-{'x' * 200}")

    assert deliver(client, body) == 400
    assert not Call.objects.exists()


@pytest.mark.django_db
def test_a_replayed_webhook_counts_once(client: Client) -> None:
    deliver(client, JOINED)
    deliver(client, LEFT)
    events = CallEvent.objects.count()

    assert [deliver(client, LEFT), deliver(client, JOINED)] == [204, 204]

    assert CallEvent.objects.count() == events
    assert Call.objects.get().state == "ended"


@pytest.mark.django_db
@pytest.mark.parametrize("order", list(permutations([JOINED, LEFT, FINISHED])))
def test_in_every_order_the_call_is_over_and_known(client: Client, order: tuple[str, ...]) -> None:
    for body in order:
        deliver(client, body)

    call = Call.objects.get()
    assert (call.state, call.outcome) == ("ended", "abandoned")
    assert (call.caller_number, call.sip_call_id) == ("+15550123", "SCL_1")


@pytest.mark.django_db
def test_a_room_that_was_finished_before_anybody_joined_stays_finished(client: Client) -> None:
    deliver(client, FINISHED)
    deliver(client, JOINED)

    assert Call.objects.get().state == "ended"


@pytest.mark.django_db
def test_somebody_else_who_leaves_does_not_end_the_call(client: Client) -> None:
    deliver(client, JOINED)

    deliver(client, webhook("participant_left", 4, participant=COLLEAGUE))
    deliver(client, webhook("participant_left", 5, participant={"identity": "ai", "kind": "AGENT"}))

    assert Call.objects.get().state == "ringing"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reason", "state", "end_reason"),
    [
        ("DUPLICATE_IDENTITY", "ringing", ""),
        ("CONNECTION_TIMEOUT", "ended", "connection_lost"),
        ("ROOM_DELETED", "ended", "closed"),
    ],
)
def test_why_the_callers_leg_left_decides(
    client: Client, reason: str, state: str, end_reason: str
) -> None:
    deliver(client, JOINED)

    left = CALLER | {"disconnectReason": reason}
    deliver(client, webhook("participant_left", 2, participant=left))

    call = Call.objects.get()
    assert (call.state, call.end_reason) == (state, end_reason)


@pytest.mark.django_db
def test_rooms_of_others_and_kinds_of_no_interest_are_passed_over(client: Client) -> None:
    other_room = JOINED.replace(ROOM, "somebody-elses-room")
    track = webhook("track_published", 6, participant=CALLER)

    assert [deliver(client, other_room), deliver(client, track)] == [204, 204]

    assert not Call.objects.exists()


def test_reading_the_webhooks_address_is_not_allowed(client: Client) -> None:
    assert client.get("/livekit/webhook/").status_code == 405
