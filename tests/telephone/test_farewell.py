"""Both sides say goodbye at the same time, and the line says it once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.telephone.line import Line
from tests.telephone.story import GOODBYE, Talk

pytestmark = [pytest.mark.telephone, pytest.mark.timeout(180)]


def test_goodbye_spoken_over_the_farewell_begins_no_second_one(line: Line, tmp_path: Path) -> None:
    talk = Talk.dial(line, tmp_path, user="+15550171")
    try:
        talk.hear()
        talk.say(GOODBYE)
        talk.say("Goodbye. Goodbye.")
        talk.phone.wait("CALL_CLOSED", 30)
    finally:
        talk.phone.stop()

    (call,) = line.wait_for(
        "SELECT * FROM calls_call WHERE caller_number = %s",
        "+15550171",
        until=lambda rows: bool(rows) and rows[0]["state"] == "ended",
    )
    said = line.rows(
        "SELECT text FROM calls_utterance WHERE call_id = %s AND speaker = 'voice_agent'"
        " AND text LIKE %s ORDER BY id",
        call["id"],
        "%Goodbye!%",
    )
    assert call["end_reason"] == "agent_ended"
    assert len(said) == 1
