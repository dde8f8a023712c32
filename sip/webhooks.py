"""Reads what LiveKit reports over HTTP: checks the signature, translates to our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from livekit import api
from livekit.protocol import models as proto

from contactcenter.errors import Invalid


class Forged(Invalid):
    """LiveKit did not sign this body, or it is not a webhook."""

    code = "forged"
    status = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomEvent:
    """One thing that happened in a room. LiveKit may send it twice, late, or never.

    Attributes:
        event_id: The same in every repeat.
        kind: ``room_started``, ``room_finished``, ``participant_joined``, ``participant_left``,
            ``participant_connection_aborted``, ``track_published`` or ``track_unpublished``;
            LiveKit may add others.
        participant_identity: Empty for events about the room itself.
        participant_kind: ``standard``, ``sip``, ``agent``, …; empty without a participant.
        participant_sid: Differs between two visits under one identity.
        attributes: The participant's, for example ``sip.phoneNumber``.
        reason: Why a participant left, for example ``client_initiated``; else empty.
        happened_at: To the second; events within a second have no order.
    """

    event_id: str
    kind: str
    room_name: str
    participant_identity: str
    participant_kind: str
    participant_sid: str
    attributes: Mapping[str, str]
    reason: str
    happened_at: datetime


def kind_of(participant: proto.ParticipantInfo) -> str:
    """Say what a participant is in LiveKit's word; a kind newer than ours keeps its number."""
    names = {number: name.lower() for name, number in proto.ParticipantInfo.Kind.items()}
    return names.get(participant.kind, str(participant.kind))


def reason_of(participant: proto.ParticipantInfo) -> str:
    names = {number: name.lower() for name, number in proto.DisconnectReason.items()}
    return names.get(participant.disconnect_reason, str(participant.disconnect_reason))


def read(body: str, authorization: str, *, key: str, secret: str) -> RoomEvent:
    """Check a webhook and translate it.

    Raises:
        Forged: The signature, its hash of the body or the body is wrong.
    """
    receiver = api.WebhookReceiver(api.TokenVerifier(key, secret))
    try:
        event = receiver.receive(body, authorization)
    except Exception as error:  # noqa: BLE001 - the receiver raises bare Exception for a bad hash
        raise Forged(f"webhook: {type(error).__name__}") from None
    if not event.id or not event.event:
        raise Forged("webhook: no id or no event")
    present = event.HasField("participant")
    left = event.event in {"participant_left", "participant_connection_aborted"}
    return RoomEvent(
        event_id=event.id,
        kind=event.event,
        room_name=event.room.name,
        participant_identity=event.participant.identity,
        participant_kind=kind_of(event.participant) if present else "",
        participant_sid=event.participant.sid,
        attributes=dict(event.participant.attributes),
        reason=reason_of(event.participant) if left else "",
        happened_at=datetime.fromtimestamp(event.created_at, tz=UTC),
    )
