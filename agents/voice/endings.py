"""Why a job ends, and whether the call ends with it (words: docs/events.md, "Why a call ended")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from livekit.agents import CloseReason
from livekit.rtc import DisconnectReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """``ends_call`` is false where the caller is still there: the clock sends another job."""

    reason: str
    ends_call: bool


HUNG_UP: Final = Ending(reason="caller_hung_up", ends_call=True)
CLOSED: Final = Ending(reason="closed", ends_call=True)
CONNECTION_LOST: Final = Ending(reason="connection_lost", ends_call=True)
NEVER_CAME: Final = Ending(reason="caller_never_came", ends_call=False)
NEVER_ANSWERED: Final = Ending(reason="never_answered", ends_call=True)
REPLACED: Final = Ending(reason="replaced", ends_call=False)
ENGINE_FAILED: Final = Ending(reason="engine_failed", ends_call=False)
JOB_FAILED: Final = Ending(reason="job_failed", ends_call=False)
WORKER_STOPPED: Final = Ending(reason="worker_stopped", ends_call=False)

# None: the leg was only replaced, its next one is in the room already.
CALLER_LEFT: Final[Mapping[DisconnectReason.ValueType, Ending | None]] = {
    DisconnectReason.UNKNOWN_REASON: HUNG_UP,
    DisconnectReason.CLIENT_INITIATED: HUNG_UP,
    DisconnectReason.USER_UNAVAILABLE: HUNG_UP,
    DisconnectReason.USER_REJECTED: HUNG_UP,
    DisconnectReason.ROOM_DELETED: CLOSED,
    DisconnectReason.ROOM_CLOSED: CLOSED,
    DisconnectReason.PARTICIPANT_REMOVED: CLOSED,
    DisconnectReason.DUPLICATE_IDENTITY: None,
    DisconnectReason.MIGRATION: None,
}
WE_LEFT: Final[Mapping[DisconnectReason.ValueType, Ending]] = {
    DisconnectReason.ROOM_DELETED: CLOSED,
    DisconnectReason.ROOM_CLOSED: CLOSED,
    DisconnectReason.DUPLICATE_IDENTITY: REPLACED,
    DisconnectReason.CLIENT_INITIATED: WORKER_STOPPED,
}
SESSION_CLOSED: Final[Mapping[CloseReason, Ending]] = {
    CloseReason.ERROR: ENGINE_FAILED,
    CloseReason.JOB_SHUTDOWN: WORKER_STOPPED,
}


def caller_left(reason: DisconnectReason.ValueType | None) -> Ending | None:
    """Return what the caller's leaving means; None if it means nothing."""
    return CALLER_LEFT.get(reason or DisconnectReason.UNKNOWN_REASON, CONNECTION_LOST)


def we_left(reason: DisconnectReason.ValueType) -> Ending:
    """Return what our own leaving of the room means; a lost connection is not the caller's end."""
    return WE_LEFT.get(reason, JOB_FAILED)
