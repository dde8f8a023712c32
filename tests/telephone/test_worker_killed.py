"""A job that is killed in mid-call: another one speaks within seconds, and the call goes on."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Final

import psutil
import pytest

from tests.telephone.line import Line
from tests.telephone.listening import RATE
from tests.telephone.story import ASKS_FOR_ORDER, ASKS_POLICY, Talk

pytestmark = [pytest.mark.telephone, pytest.mark.timeout(180)]

CALLER: Final = "+15550162"
# The promise is 5 s; the machine of a test run does other things, too.
SILENCE_S: Final = 2 * 5.0


def job_of(line: Line, room_name: str) -> psutil.Process:
    """Return the worker's process that has the call's reports open."""
    worker = line.supervisor.runs["worker"].process
    assert worker is not None
    spool = str(line.var / "spool" / room_name)
    (job,) = (
        one
        for one in psutil.Process(worker.pid).children(recursive=True)
        if any(file.path.startswith(spool) for file in one.open_files())
    )
    return job


def test_a_killed_job_is_replaced_within_seconds_and_the_new_one_goes_on(
    line: Line, tmp_path: Path
) -> None:
    talk = Talk.dial(line, tmp_path, user=CALLER)
    try:
        talk.hear()
        talk.ask(ASKS_FOR_ORDER)
        (before,) = line.wait_for(
            "SELECT id, room_name, state FROM calls_call WHERE caller_number = %s",
            CALLER,
            until=lambda rows: bool(rows) and rows[0]["state"] == "active",
        )
        killed_at_s = len(talk.listening.samples()) / RATE
        job_of(line, before["room_name"]).send_signal(signal.SIGKILL)
        apology = talk.hear()
        silence_s = talk.listening.next_sound_s(killed_at_s) - killed_at_s
        (after,) = line.rows(
            "SELECT state, redispatches FROM calls_call WHERE id = %s", before["id"]
        )
        answer = talk.ask(ASKS_POLICY)
        talk.phone.hangup()
        talk.phone.wait("CALL_CLOSED", 10)
    finally:
        talk.phone.stop()

    assert "cut off" in apology
    assert silence_s <= SILENCE_S
    assert after == {"state": "active", "redispatches": 1}
    assert "days" in answer
    (ended,) = line.wait_for(
        "SELECT state, end_reason FROM calls_call WHERE id = %s",
        before["id"],
        until=lambda rows: rows[0]["state"] == "ended",
    )
    assert ended["end_reason"] == "caller_hung_up"
    said = line.wait_for(
        "SELECT text FROM calls_utterance WHERE call_id = %s ORDER BY started_at",
        before["id"],
        until=lambda rows: any("days" in row["text"] for row in rows),
    )
    words = [row["text"] for row in said]
    assert "AI assistant" in words[0]
    assert any("cut off" in text for text in words[1:])
