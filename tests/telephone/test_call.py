"""A customer dials, is identified, hears true answers and hangs up; everything is on record."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import av
import numpy as np
import pytest

from tests.telephone import ear
from tests.telephone.line import Line
from tests.telephone.story import CALLER, Story

pytestmark = [pytest.mark.telephone, pytest.mark.timeout(300)]

# Twice what docs/caller.md promises: "within about a second".
FIRST_WORD_WITHIN_S = 2.0
# Twice the second within which a turn is answered on a machine that is not overloaded.
ANSWER_WITHIN_S = 2.0


def utterances(line: Line, story: Story, speaker: str) -> list[str]:
    rows = line.rows(
        "SELECT text FROM calls_utterance WHERE call_id = %s AND speaker = %s ORDER BY id",
        story.call["id"],
        speaker,
    )
    return [row["text"] for row in rows]


def events(line: Line, story: Story, kind: str) -> list[dict[str, Any]]:
    rows = line.rows(
        "SELECT detail FROM calls_callevent WHERE call_id = %s AND kind = %s ORDER BY id",
        story.call["id"],
        kind,
    )
    return [row["detail"] for row in rows]


def test_the_first_word_comes_at_once_and_says_that_an_ai_answers(story: Story) -> None:
    assert story.talk.listening.first_sound_s() < FIRST_WORD_WITHIN_S
    assert "thank you for calling" in story.greeting
    assert "assistant" in story.greeting
    assert "recorded" in story.greeting


def test_the_status_that_is_spoken_is_the_one_in_the_database(line: Line, story: Story) -> None:
    (order,) = line.rows("SELECT status, expected_on FROM orders_order WHERE number = 'W1001'")
    expected: date = order["expected_on"]

    assert "zip" in story.after_order
    assert order["status"] == "shipped"
    assert "shipped" in story.status
    away = (expected - date.today()).days  # noqa: DTZ011 - the demo shop counts in the same days
    near = {0: "today", 1: "tomorrow"}
    assert near.get(away, f"{expected:%A}".lower()) in story.status


def test_a_policy_is_quoted_from_the_version_in_force(line: Line, story: Story) -> None:
    (shown,) = [detail for detail in events(line, story, "retrieval") if detail["turn"] == 3]
    used = [passage for passage in shown["passages"] if passage["used"]]

    (passage,) = used
    (stored,) = line.rows(
        "SELECT text FROM knowledge_policypassage WHERE passage_id = %s AND version_id = %s",
        passage["passage_id"],
        passage["version_id"],
    )
    assert stored["text"] == passage["text"]
    assert "within thirty days" in passage["text"]
    assert re.search(r"within (3 0|thirty) days", story.policy)


def test_the_page_has_every_word_and_every_tool(line: Line, story: Story) -> None:
    said_by_caller = " ".join(utterances(line, story, "caller")).lower()
    said_by_agent = " ".join(utterances(line, story, "voice_agent"))

    assert "w1001" in re.sub(r"[\s-]", "", said_by_caller)
    assert "how many days" in said_by_caller
    assert "W1001 has shipped" in said_by_agent
    assert said_by_agent.endswith("Goodbye!")
    tools = [(tool["name"], tool["is_error"]) for tool in events(line, story, "tool_call")]
    assert tools == [
        ("find_customer_by_order", False),
        ("get_order_status", False),
        ("end_call", False),
    ]


def test_the_agent_hangs_up_after_goodbye_and_the_call_is_complete(story: Story) -> None:
    assert story.call["state"] == "ended"
    assert story.call["outcome"] == "completed"
    assert story.call["end_reason"] == "agent_ended"
    assert story.call["caller_number"] == CALLER
    assert story.call["answered_at"] < story.call["ended_at"]


def test_every_sentence_of_the_caller_is_answered_soon(story: Story) -> None:
    heard = story.talk.listening
    sent = type(heard)(path=story.talk.phone.sent())
    gaps_s = [heard.next_sound_s(end_s) - end_s for end_s in sent.ends_of_speech_s(quiet_s=2.0)]

    assert len(gaps_s) == 4
    assert max(gaps_s) < ANSWER_WITHIN_S, gaps_s


def test_the_recording_has_both_voices_in_their_channels(line: Line, story: Story) -> None:
    (recording,) = line.wait_for(
        "SELECT * FROM calls_recording WHERE call_id = %s",
        story.call["id"],
        until=lambda rows: bool(rows) and rows[0]["state"] == "ready",
    )
    path = line.var / "recordings" / recording["file"]
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=ear.RATE)
        frames = [
            part.to_ndarray().reshape(-1, 2)
            for frame in container.decode(audio=0)
            for part in resampler.resample(frame)
        ]
    samples = np.concatenate(frames).astype(np.int16)
    caller = ear.transcribe_long(ear.at_16_khz(samples[:, 0], ear.RATE))
    agent = ear.transcribe_long(ear.at_16_khz(samples[:, 1], ear.RATE))

    assert recording["integrity"] == "complete"
    assert "how many days do i have to return" in caller
    assert "shipped" not in caller
    assert "shipped" in agent
    assert "how many days do i have" not in agent
