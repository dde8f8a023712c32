"""Django down is not the call down: the line answers, and what happened is on record later."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.telephone.line import Line
from tests.telephone.story import ASKS_POLICY, Talk

pytestmark = [pytest.mark.telephone, pytest.mark.timeout(180)]


def test_a_call_goes_on_while_django_hangs_and_is_complete_afterwards(
    line: Line, tmp_path: Path
) -> None:
    with line.asleep("web"):
        talk = Talk.dial(line, tmp_path, user="+15550161")
        try:
            greeting = talk.hear()
            answer = talk.ask(ASKS_POLICY)
            talk.hang_up()
        finally:
            talk.phone.stop()

    assert "thank you for calling" in greeting
    assert "days" in answer
    (call,) = line.wait_for(
        "SELECT * FROM calls_call WHERE caller_number = %s",
        "+15550161",
        until=lambda rows: bool(rows) and rows[0]["state"] == "ended",
        within_s=60,
    )
    said = line.wait_for(
        "SELECT text FROM calls_utterance WHERE call_id = %s AND speaker = 'voice_agent'",
        call["id"],
        until=lambda rows: len(rows) >= 2,
        within_s=60,
    )
    assert "AI assistant" in said[0]["text"]
    assert "days" in said[1]["text"]
