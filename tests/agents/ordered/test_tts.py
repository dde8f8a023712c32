"""Voices in order: a sentence that one does not finish is said by the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from livekit.agents import APIConnectionError, APIConnectOptions, tts

from agents.voice.local.tts import HibariTTS
from agents.voice.ordered.preference import EngineFailed, Preference
from agents.voice.ordered.tts import RATE, OrderedTTS
from contactcenter.errors import Unavailable

SOUND = b"\1\0" * RATE


class Voice(HibariTTS):
    """Gives one second of sound, or does what it is told to."""

    def __init__(self, act: Callable[[], bytes | Exception | None] = lambda: SOUND) -> None:
        self.said: list[str] = []

        async def say(text: str, speed: float) -> bytes:
            self.said.append(text)
            done = act()
            if done is None:
                await asyncio.Event().wait()
            if isinstance(done, bytes):
                return done
            assert isinstance(done, Exception)
            raise done

        super().__init__(say)


def ordered(*voices: Voice) -> tuple[OrderedTTS, list[EngineFailed]]:
    engines = Preference[tts.TTS[Any]]("tts", list(zip("abc", voices, strict=False)))
    told: list[EngineFailed] = []
    engines.tell = told.append
    return OrderedTTS(engines, within_s=0.1), told


async def spoken_s(voice: OrderedTTS, text: str) -> float:
    options = APIConnectOptions(max_retry=0)
    async with voice.synthesize(text, conn_options=options) as stream:
        return sum([audio.frame.duration async for audio in stream])


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: None, "TimeoutError"),
        (lambda: Unavailable("away"), "APIConnectionError"),
        (lambda: ValueError("a bug of the plugin"), "ValueError"),
        (lambda: b"", "APIError"),
    ],
)
async def test_the_next_voice_says_the_sentence(
    act: Callable[[], bytes | Exception | None], error: str
) -> None:
    second = Voice()
    voice, told = ordered(Voice(act), second)

    assert await spoken_s(voice, "Hello.") == pytest.approx(1.0, abs=0.05)
    assert second.said == ["Hello."]
    assert told == [EngineFailed(role="tts", provider="a", error=error)]


async def test_a_voice_that_failed_is_not_asked_for_the_next_sentence() -> None:
    first = Voice(lambda: Unavailable("away"))
    voice, _ = ordered(first, Voice())

    await spoken_s(voice, "Hello.")
    await spoken_s(voice, "How are you?")

    assert first.said == ["Hello."]


async def test_every_voice_gets_numbers_as_they_are_read_out() -> None:
    first = Voice(lambda: Unavailable("away"))
    second = Voice()
    voice, _ = ordered(first, second)

    await spoken_s(voice, "Order W1001 has shipped.")

    assert first.said == second.said == ["Order W one zero zero one has shipped."]


async def test_signs_without_a_word_are_a_short_silence() -> None:
    only = Voice()
    voice, _ = ordered(only)

    assert await spoken_s(voice, "***") < 0.05
    assert only.said == []


async def test_if_nobody_speaks_it_is_an_error() -> None:
    voice, told = ordered(Voice(lambda: Unavailable("away")), Voice(lambda: None))

    with pytest.raises(APIConnectionError):
        await spoken_s(voice, "Hello.")

    assert [failed.provider for failed in told] == ["a", "b"]


def test_all_voices_slow_down() -> None:
    first, second = Voice(), Voice()
    voice, _ = ordered(first, second)

    voice.slow_down()

    assert (first.speed, second.speed) == (0.8, 0.8)
