"""Recognisers in order: one that dies or goes deaf costs the caller no word."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, stt

from agents.voice.ordered import stt as ordered_stt
from agents.voice.ordered.preference import EngineFailed, Preference
from agents.voice.ordered.stt import RATE, OrderedStream, OrderedSTT
from tests.fakes.ear import Ear

FINAL = stt.SpeechEventType.FINAL_TRANSCRIPT
FRAME = rtc.AudioFrame(b"\1\0" * (RATE // 50), RATE, 1, RATE // 50)


class Listener:
    """The framework's side of an ordered recogniser."""

    def __init__(self, *ears: Ear) -> None:
        engines = Preference[stt.STT[Any]]("stt", list(zip("abc", ears, strict=False)))
        self.told: list[EngineFailed] = []
        engines.tell = self.told.append
        ordered = OrderedSTT(engines, connect_within_s=1.0, words_within_s=0.05)
        self.stream: OrderedStream = ordered.stream(conn_options=APIConnectOptions(max_retry=0))

    async def caller_says(self, frames: int) -> None:
        self.stream.caller_speaks(True)
        # Not as short as a cough.
        self.stream.speaking_since = 0.0
        for _ in range(frames):
            self.stream.push_frame(FRAME)
            await asyncio.sleep(0)
        await settled()
        self.stream.caller_speaks(False)

    async def next_words(self) -> str:
        async with asyncio.timeout(5):
            async for heard in self.stream:
                if heard.type == FINAL:
                    return heard.alternatives[0].text
        raise AssertionError("the stream ended")


async def settled() -> None:
    """Let every task do what it can do now."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_one_that_dies_in_mid_sentence_is_replaced_by_one_that_hears_all_of_it() -> None:
    first, second = Ear(dies_at=30), Ear()
    listener = Listener(first, second)
    await settled()

    await listener.caller_says(100)

    assert second.frames == 100
    assert listener.told == [
        EngineFailed(role="stt", provider="a", error="APIConnectionError"),
    ]
    await listener.stream.aclose()


async def test_one_that_gives_no_words_is_replaced_if_the_next_hears_some() -> None:
    first, second = Ear(), Ear(hears="Where is my order?")
    listener = Listener(first, second)
    await settled()

    await listener.caller_says(100)

    assert await listener.next_words() == "Where is my order?"
    await settled()
    assert listener.told == [EngineFailed(role="stt", provider="a", error="APITimeoutError")]
    assert second.open is not None
    second.open.write("And my lamp?")
    assert await listener.next_words() == "And my lamp?"
    await listener.stream.aclose()


async def test_a_noise_that_nobody_takes_for_words_convicts_nobody() -> None:
    first, second = Ear(), Ear(hears=" ")
    listener = Listener(first, second)
    await settled()

    await listener.caller_says(100)
    async with asyncio.timeout(5):
        await second.asked.wait()
    await settled()

    assert listener.told == []
    assert first.open is not None
    first.open.write("Hello?")
    assert await listener.next_words() == "Hello?"
    await listener.stream.aclose()


async def test_words_in_time_are_no_reason_to_ask_anybody_else() -> None:
    first, second = Ear(), Ear(hears="something else")
    listener = Listener(first, second)
    await settled()

    await listener.caller_says(100)
    assert first.open is not None
    first.open.write("Hello?")

    assert await listener.next_words() == "Hello?"
    assert listener.stream.timer is None
    await listener.stream.aclose()


async def test_silence_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Listener(Ear(), Ear())
    await settled()

    for _ in range(500):
        listener.stream.push_frame(FRAME)
    await settled()

    kept_s = len(listener.stream.unheard) * FRAME.duration
    assert kept_s == pytest.approx(ordered_stt.BEFORE_SPEECH_S, abs=0.03)
    await listener.stream.aclose()


async def test_if_all_die_it_is_an_error() -> None:
    listener = Listener(Ear(dies_at=1), Ear(dies_at=1))
    await settled()
    for _ in range(2):
        listener.stream.push_frame(FRAME)
        await settled()

    with pytest.raises(APIConnectionError):
        await listener.next_words()

    assert [failed.provider for failed in listener.told] == ["a", "b"]
