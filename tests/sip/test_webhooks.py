"""Only what LiveKit signed is read, and it is read into our words."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from livekit import api

from sip.webhooks import Forged, RoomEvent, read

KEY = "local"
SECRET = "secret-of-at-least-thirty-two-characters"
LEFT: dict[str, Any] = {
    "event": "participant_left",
    "id": "EV_1",
    "createdAt": "1790000000",
    "room": {"name": "call-one"},
    "participant": {
        "identity": "sip_+15550123",
        "sid": "PA_1",
        "kind": "SIP",
        "attributes": {"sip.callID": "SCL_1"},
        "disconnectReason": "CLIENT_INITIATED",
    },
}


def sign(body: str, *, secret: str = SECRET, key: str = KEY, age_s: float = 0) -> str:
    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    token = api.AccessToken(key, secret).with_sha256(digest)
    return token.with_ttl(timedelta(minutes=5) - timedelta(seconds=age_s)).to_jwt()


def read_signed(body: str) -> RoomEvent:
    return read(body, sign(body), key=KEY, secret=SECRET)


def test_a_caller_who_hangs_up_is_reported_with_kind_and_reason() -> None:
    assert read_signed(json.dumps(LEFT)) == RoomEvent(
        event_id="EV_1",
        kind="participant_left",
        room_name="call-one",
        participant_identity="sip_+15550123",
        participant_kind="sip",
        participant_sid="PA_1",
        attributes={"sip.callID": "SCL_1"},
        reason="client_initiated",
        happened_at=datetime.fromtimestamp(1790000000, tz=UTC),
    )


def test_an_event_about_a_room_has_no_participant() -> None:
    body = json.dumps({"event": "room_started", "id": "EV_2", "room": {"name": "call-one"}})

    event = read_signed(body)

    assert (event.kind, event.room_name) == ("room_started", "call-one")
    assert (event.participant_identity, event.participant_kind, event.reason) == ("", "", "")


def test_a_replay_carries_the_same_event_id() -> None:
    body = json.dumps(LEFT)

    assert read_signed(body).event_id == read_signed(body).event_id == "EV_1"


def test_what_a_newer_livekit_adds_is_no_obstacle() -> None:
    participant = LEFT["participant"] | {"kind": 99, "disconnectReason": 98, "mood": "fine"}
    body = json.dumps(LEFT | {"participant": participant, "news": {"a": 1}})

    event = read_signed(body)

    assert (event.participant_kind, event.reason) == ("99", "98")


def test_a_tampered_body_is_refused() -> None:
    body = json.dumps(LEFT)

    with pytest.raises(Forged):
        read(body.replace("call-one", "call-two"), sign(body), key=KEY, secret=SECRET)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "not a token",
        sign(json.dumps(LEFT), secret="another-secret-of-at-least-thirty-two-characters"),
        sign(json.dumps(LEFT), key="another"),
        sign(json.dumps(LEFT), age_s=3600),
        api.AccessToken(KEY, SECRET).to_jwt(),
    ],
    ids=["nothing", "noise", "another secret", "another key", "too old", "no hash of the body"],
)
def test_a_body_without_livekits_signature_is_refused(authorization: str) -> None:
    with pytest.raises(Forged) as refused:
        read(json.dumps(LEFT), authorization, key=KEY, secret=SECRET)

    assert refused.value.status == 401


@pytest.mark.parametrize(
    "body", ["", "[]", "{", "{}", '{"event": "room_started"}', '{"id": "EV_1"}', '{"room": 5}']
)
def test_a_signed_body_that_is_no_webhook_is_refused(body: str) -> None:
    with pytest.raises(Forged):
        read_signed(body)
