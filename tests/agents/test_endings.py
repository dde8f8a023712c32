"""Who left, and whether the call is over with it."""

from __future__ import annotations

import pytest
from livekit.agents import CloseReason
from livekit.rtc import DisconnectReason

from agents.voice import endings
from agents.voice.endings import Ending


@pytest.mark.parametrize(
    ("reason", "ending"),
    [
        (DisconnectReason.CLIENT_INITIATED, endings.HUNG_UP),
        (None, endings.HUNG_UP),
        (DisconnectReason.ROOM_DELETED, endings.CLOSED),
        (DisconnectReason.CONNECTION_TIMEOUT, endings.CONNECTION_LOST),
        (DisconnectReason.MEDIA_FAILURE, endings.CONNECTION_LOST),
        (DisconnectReason.DUPLICATE_IDENTITY, None),
    ],
)
def test_a_caller_who_leaves_ends_the_call_unless_the_leg_was_only_replaced(
    reason: DisconnectReason.ValueType | None, ending: Ending | None
) -> None:
    assert endings.caller_left(reason) == ending


@pytest.mark.parametrize(
    ("reason", "ending"),
    [
        (DisconnectReason.ROOM_DELETED, endings.CLOSED),
        (DisconnectReason.DUPLICATE_IDENTITY, endings.REPLACED),
        (DisconnectReason.SIGNAL_CLOSE, endings.JOB_FAILED),
        (DisconnectReason.CLIENT_INITIATED, endings.WORKER_STOPPED),
    ],
)
def test_our_own_leaving_ends_the_call_only_with_the_room(
    reason: DisconnectReason.ValueType, ending: Ending
) -> None:
    assert endings.we_left(reason) == ending
    assert ending.ends_call == (reason == DisconnectReason.ROOM_DELETED)


def test_a_session_that_fails_leaves_the_caller_to_another_job() -> None:
    assert not endings.SESSION_CLOSED[CloseReason.ERROR].ends_call
    assert CloseReason.PARTICIPANT_DISCONNECTED not in endings.SESSION_CLOSED
