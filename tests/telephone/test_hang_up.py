"""A caller may hang up at any moment: the call ends, its room goes, nothing stays behind."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.telephone.line import Line
from tests.telephone.phone import Phone
from tests.telephone.story import ASKS_FOR_ORDER, ZIP, Talk

pytestmark = [pytest.mark.telephone, pytest.mark.timeout(180)]


def ended_call(line: Line, caller: str) -> dict[str, Any]:
    (call,) = line.wait_for(
        "SELECT * FROM calls_call WHERE caller_number = %s",
        caller,
        until=lambda rows: bool(rows) and rows[0]["state"] == "ended",
    )
    return call


def nothing_is_left(line: Line) -> bool:
    """Wait until LiveKit has no room and the worker has told everything it saw."""
    deadline = time.monotonic() + 30
    while line.rooms() or any((line.var / "spool").glob("*.jsonl")):
        assert time.monotonic() < deadline, (line.rooms(), list((line.var / "spool").iterdir()))
        time.sleep(0.2)
    return True


def test_while_it_rings(line: Line, tmp_path: Path) -> None:
    phone = Phone(tmp_path, user="+15550151")
    try:
        # Nobody answers while the worker sleeps, so the moment is not left to chance.
        with line.asleep("worker"):
            phone.dial(line.address)
            line.wait_for(
                "SELECT state FROM calls_call WHERE caller_number = %s",
                "+15550151",
                until=bool,
            )
            phone.hangup()
            phone.wait("CALL_CLOSED", 10)
            call = ended_call(line, "+15550151")
    finally:
        phone.stop()

    assert call["answered_at"] is None
    assert call["outcome"] == "abandoned"
    assert nothing_is_left(line)


def test_before_there_is_a_room(line: Line, tmp_path: Path) -> None:
    phone = Phone(tmp_path, user="+15550150")
    try:
        phone.dial(line.address)
        phone.hangup()
        phone.wait("CALL_CLOSED", 10)
    finally:
        phone.stop()

    assert nothing_is_left(line)


def test_during_the_greeting(line: Line, tmp_path: Path) -> None:
    talk = Talk.dial(line, tmp_path, user="+15550152")
    try:
        time.sleep(1.0)
        talk.hang_up()
    finally:
        talk.phone.stop()

    call = ended_call(line, "+15550152")
    assert (call["end_reason"], call["outcome"]) == ("caller_hung_up", "completed")
    assert nothing_is_left(line)


def test_in_the_middle_of_the_callers_own_sentence(line: Line, tmp_path: Path) -> None:
    talk = Talk.dial(line, tmp_path, user="+15550153")
    try:
        talk.hear()
        talk.say(ASKS_FOR_ORDER, wait=False)
        time.sleep(0.8)
        talk.hang_up()
    finally:
        talk.phone.stop()

    call = ended_call(line, "+15550153")
    assert call["end_reason"] == "caller_hung_up"
    assert nothing_is_left(line)


def test_while_a_tool_is_asked(line: Line, tmp_path: Path) -> None:
    talk = Talk.dial(line, tmp_path, user="+15550154")
    try:
        talk.hear()
        talk.ask(ASKS_FOR_ORDER)
        talk.say(ZIP)
        # The turn is committed some 0.3 s after the last word, and the tool is asked then.
        time.sleep(0.4)
        talk.hang_up()
    finally:
        talk.phone.stop()

    call = ended_call(line, "+15550154")
    assert call["end_reason"] == "caller_hung_up"
    assert nothing_is_left(line)


def test_the_next_caller_is_answered(line: Line, tmp_path: Path) -> None:
    talk = Talk.dial(line, tmp_path, user="+15550155")
    try:
        heard = talk.hear()
        talk.hang_up()
    finally:
        talk.phone.stop()

    assert "thank you for calling" in heard
    assert nothing_is_left(line)
