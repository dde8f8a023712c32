"""When the words say that the caller has finished."""

from __future__ import annotations

import pytest
from livekit.agents import llm

from agents.voice.end_of_turn import THRESHOLD, EndOfTurnRules, probability_finished


@pytest.mark.parametrize(
    "words",
    [
        "Where is my order?",
        "Where is my order W1001?",
        "W 1 0 0 1",
        "My zip code is nine four one one zero.",
        "94110",
        "What is your return policy?",
        "Yes.",
        "No, thank you. Goodbye.",
        "I bought two.",
        "one",
    ],
)
def test_a_whole_sentence_or_number_is_finished(words: str) -> None:
    assert probability_finished(words) > THRESHOLD


@pytest.mark.parametrize(
    "words",
    [
        "My order number is",
        "I would like to",
        "My zip code is nine four",
        "W 1 0 0.",
        "It's about the",
        "I ordered a lamp and",
        "Well,",
        "Can you tell me",
        "um",
        "",
    ],
)
def test_a_sentence_that_hangs_or_half_a_number_is_not(words: str) -> None:
    assert probability_finished(words) < THRESHOLD


async def test_the_detector_reads_the_callers_last_words() -> None:
    context = llm.ChatContext.empty()
    context.add_message(role="user", content="My order number is")
    context.add_message(role="assistant", content="Yes?")

    assert await EndOfTurnRules().predict_end_of_turn(context) < THRESHOLD
