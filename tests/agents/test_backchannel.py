"""A murmur while the agent speaks is no turn; a word that means something is."""

from __future__ import annotations

from typing import Any, cast

import pytest
from livekit.agents import AgentSession, stt
from livekit.agents.language import LanguageCode

from agents.voice.backchannel import Backchannel
from tests.fakes.voice_session import FakeSpeech, FakeVoiceSession


def heard(
    text: str, kind: stt.SpeechEventType = stt.SpeechEventType.FINAL_TRANSCRIPT
) -> stt.SpeechEvent:
    return stt.SpeechEvent(kind, alternatives=[stt.SpeechData(LanguageCode("en"), text)])


def while_speaking() -> tuple[Backchannel, FakeVoiceSession]:
    session, backchannel = FakeVoiceSession(), Backchannel()
    backchannel.follow(cast(AgentSession[Any], session))
    session.agent_becomes("speaking")
    return backchannel, session


@pytest.mark.parametrize(
    ("text", "murmur"),
    [
        ("Mama,", True),
        ("Uh-huh.", True),
        ("I see.", True),
        ("Stop.", False),
        ("No!", False),
        ("Agent.", False),
        ("Good-by,", False),
        ("W1002", False),
        ("What about my other order?", False),
    ],
)
def test_short_words_without_a_meaning_do_not_interrupt(text: str, murmur: bool) -> None:
    backchannel, _ = while_speaking()

    assert backchannel.is_one(heard(text)) is murmur


def test_while_the_agent_listens_every_word_counts() -> None:
    backchannel, session = while_speaking()

    session.agent_becomes("listening")

    assert not backchannel.is_one(heard("Mama,"))


def test_a_murmur_that_paused_the_agent_still_counts_as_one_a_moment_later() -> None:
    backchannel, session = while_speaking()

    session.current_speech = FakeSpeech("a long answer")
    session.agent_becomes("listening")

    assert backchannel.is_one(heard("Mama,"))


def test_goodbye_over_our_goodbye_begins_nothing() -> None:
    backchannel, _ = while_speaking()
    assert not backchannel.is_one(heard("Okay, thank you very much, goodbye!"))

    backchannel.leaving = True

    assert backchannel.is_one(heard("Okay, thank you very much, goodbye!"))
    assert not backchannel.is_one(heard("Wait, one more question."))


def test_goodbye_just_before_our_goodbye_begins_nothing_either() -> None:
    backchannel, session = while_speaking()
    session.agent_becomes("listening")
    backchannel.leaving = True

    assert backchannel.is_one(heard("Thank you so much for your help. Bye-bye."))
    assert backchannel.is_one(heard("Good-by, goodby."))
    assert not backchannel.is_one(heard("Wait, one more question."))


def test_only_words_are_judged() -> None:
    backchannel, _ = while_speaking()

    assert not backchannel.is_one(heard("Mama,", stt.SpeechEventType.END_OF_SPEECH))
