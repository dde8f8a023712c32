"""The first words: what is said, in which order, and with what audio."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.voice import greeting
from agents.voice.control_plane import CallBriefing, Line
from agents.voice.local.tts import HibariTTS
from contactcenter.config import load
from contactcenter.errors import Unavailable

BRIEFING = CallBriefing(
    call_id="c1",
    shop_name="Willow and Wren",
    greeting="Thank you for calling Willow and Wren. What can I do for you?",
    disclosure="I am an AI assistant.",
    records=False,
    transcript=(),
)


@pytest.mark.parametrize(
    ("welcome", "words"),
    [
        ("Welcome! What is it?", "Welcome! I am an AI assistant. What is it?"),
        ("Welcome.", "Welcome. I am an AI assistant. How can I help you?"),
        ("How can I help?", "I am an AI assistant. How can I help?"),
        ("", "I am an AI assistant. How can I help you?"),
    ],
)
def test_the_disclosure_is_spoken_before_the_caller_gets_the_word(welcome: str, words: str) -> None:
    assert greeting.first_words(replace(BRIEFING, greeting=welcome), orders_away=False) == words


def test_without_the_order_system_the_greeting_says_so_at_once() -> None:
    words = greeting.first_words(BRIEFING, orders_away=True)

    assert words == (
        "Thank you for calling Willow and Wren. I am an AI assistant."
        f" {greeting.ORDERS_AWAY} What can I do for you?"
    )


def test_a_job_that_replaces_another_does_not_greet_again() -> None:
    earlier = replace(BRIEFING, transcript=(Line(speaker="caller", text="Hi."),))

    assert greeting.first_words(earlier, orders_away=False) == greeting.CUT_OFF


def test_without_django_the_shop_is_named_and_the_recording_disclosed() -> None:
    words = greeting.first_words(greeting.unbriefed(load()), orders_away=False)

    assert words == (
        f"Thank you for calling Willow and Wren. {greeting.DISCLOSURE} How can I help you?"
    )


async def test_the_greeting_is_synthesised_sentence_by_sentence() -> None:
    spoken = []

    async def say(text: str, speed: float) -> bytes:
        spoken.append(text)
        return b"\1\1" * 2400

    frames = await greeting.synthesised(HibariTTS(say), "Hello. How are you?")

    assert spoken == ["Hello.", "How are you?"]
    audio = b"".join(bytes(frame.data) for frame in frames)
    assert audio.count(b"\1") == 2 * 4800


async def test_a_voice_that_fails_leaves_the_greeting_to_the_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(greeting, "SYNTHESIS_WITHIN_S", 0.1)

    async def say(text: str, speed: float) -> bytes:
        raise Unavailable("no voice")

    assert await greeting.synthesised(HibariTTS(say), "Hello.") == []
