"""What each vendor can do wrong on the wire, once: the next engine takes over within the turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, llm, stt, tts
from livekit.agents.utils import http_context

from agents.voice.local.tts import HibariTTS
from agents.voice.ordered.llm import OrderedLLM
from agents.voice.ordered.preference import EngineFailed, Preference
from agents.voice.ordered.stt import OrderedStream, OrderedSTT
from agents.voice.ordered.tts import OrderedTTS
from agents.voice.vendors import cartesia, claude, deepgram
from contactcenter.config import Config, load
from tests.fakes.ear import Ear
from tests.fakes.scripted_llm import Says, ScriptedLLM
from tests.vendors.anthropic_server import AnthropicServer
from tests.vendors.cartesia_server import CartesiaServer
from tests.vendors.deepgram_server import DeepgramServer
from tests.vendors.faults import KEY, Fault, StandIn, open_site

WITHIN_S: Final = 0.5
ONCE: Final = APIConnectOptions(max_retry=0)
FAULTS: Final[tuple[Fault, ...]] = (401, 429, 529, "silent", "garbled", "late")
# The vendor's second is one of ones, the embedded voice's second one of twos.
VENDORS_SOUND: Final = b"\1\0" * 24_000
OUR_SOUND: Final = b"\2\0" * 24_000
RATE: Final = 16_000
LOUD: Final = np.full(RATE // 50, 3000, "<i2").tobytes()


@asynccontextmanager
async def at(stand_in: StandIn) -> AsyncIterator[Config]:
    runner = await open_site(stand_in)
    vendors = replace(
        load().vendors,
        deepgram_api_key=KEY,
        deepgram_url=stand_in.url,
        cartesia_api_key=KEY,
        cartesia_url=stand_in.url,
        anthropic_api_key=KEY,
        anthropic_url=stand_in.url,
    )
    try:
        async with http_context.open():
            yield replace(load(), vendors=vendors)
    finally:
        await runner.cleanup()


async def claude_says(fault: Fault) -> tuple[str, list[EngineFailed]]:
    server = AnthropicServer(lambda body: Says(text="Hello, I am Claude."), fault=fault)
    async with at(server) as config:
        vendor = claude.build(config)
        rules = ScriptedLLM([Says(text="Good morning.")])
        engines = Preference[llm.LLM[Any]]("llm", [("claude", vendor), ("rules", rules)])
        told: list[EngineFailed] = []
        engines.tell = told.append
        context = llm.ChatContext.empty()
        context.add_message(role="user", content="Hello")
        try:
            model = OrderedLLM(engines, within_s=WITHIN_S)
            async with model.chat(chat_ctx=context, conn_options=ONCE) as stream:
                text = "".join([c.delta.content or "" async for c in stream if c.delta])
        finally:
            # The plugin leaves it open, and an open socket is a warning.
            await vendor._client.close()
    return text, told


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_rules_answer_for_claude(fault: Fault) -> None:
    text, told = await claude_says(fault)

    assert text == "Good morning."
    assert [(failed.role, failed.provider) for failed in told] == [("llm", "claude")]


async def test_claude_itself_answers_when_nothing_is_wrong() -> None:
    assert await claude_says("") == ("Hello, I am Claude.", [])


async def test_half_an_answer_is_not_continued_by_another_model() -> None:
    with pytest.raises(APIConnectionError):
        await claude_says("closing")


async def cartesia_says(fault: Fault) -> tuple[set[int], float, list[EngineFailed]]:
    """Return whose sounds were heard, for how long, and the failures."""

    async def say(text: str, speed: float) -> bytes:
        return OUR_SOUND

    async with at(CartesiaServer(lambda text: VENDORS_SOUND, fault=fault)) as config:
        voice = cartesia.build(config)
        engines = Preference[tts.TTS[Any]]("tts", [("cartesia", voice), ("hibari", HibariTTS(say))])
        told: list[EngineFailed] = []
        engines.tell = told.append
        ordered = OrderedTTS(engines, within_s=WITHIN_S)
        async with ordered.synthesize("Hello.", conn_options=ONCE) as stream:
            frames = [audio.frame async for audio in stream]
        await ordered.aclose()
    heard = {sample for frame in frames for sample in set(frame.data)}
    return heard - {0}, sum(frame.duration for frame in frames), told


@pytest.mark.parametrize("fault", FAULTS)
async def test_hibari_speaks_for_cartesia(fault: Fault) -> None:
    heard, _, told = await cartesia_says(fault)

    assert heard == {2}
    assert [(failed.role, failed.provider) for failed in told] == [("tts", "cartesia")]


async def test_cartesia_itself_speaks_when_nothing_is_wrong() -> None:
    heard, seconds, told = await cartesia_says("")

    assert heard == {1}
    assert seconds == pytest.approx(1.0, abs=0.05)
    assert told == []


async def test_a_sentence_that_breaks_off_is_said_again_from_its_beginning() -> None:
    heard, seconds, told = await cartesia_says("closing")

    assert heard == {1, 2}
    assert seconds == pytest.approx(1.1, abs=0.1)
    assert [failed.provider for failed in told] == ["cartesia"]


@asynccontextmanager
async def deepgram_listening(
    fault: Fault,
) -> AsyncIterator[tuple[OrderedStream, Ear, list[EngineFailed]]]:
    """Have a caller say something; yields what hears her, the second ear, and the failures."""
    ours = Ear(hears="Where is my lamp?")
    async with at(DeepgramServer(lambda pcm: "Where is my order?", fault=fault)) as config:
        vendor = deepgram.build(config)
        engines = Preference[stt.STT[Any]]("stt", [("deepgram", vendor), ("ours", ours)])
        told: list[EngineFailed] = []
        engines.tell = told.append
        ordered = OrderedSTT(engines, connect_within_s=1.0, words_within_s=WITHIN_S)
        stream = ordered.stream(conn_options=ONCE)
        talking = asyncio.create_task(talk(stream))
        async with asyncio.timeout(10):
            yield stream, ours, told
        talking.cancel()
        await stream.aclose()


async def next_words(stream: OrderedStream) -> str:
    async for event in stream:
        if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
            return event.alternatives[0].text
    raise AssertionError("the stream ended")


async def talk(stream: OrderedStream) -> None:
    """Speak for a second, as loud as a stand-in wants it, and be silent."""
    stream.caller_speaks(True)
    for _ in range(50):
        stream.push_frame(rtc.AudioFrame(LOUD, RATE, 1, RATE // 50))
        await asyncio.sleep(0.01)
    stream.caller_speaks(False)
    while True:
        stream.push_frame(rtc.AudioFrame(bytes(RATE // 25), RATE, 1, RATE // 50))
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("fault", ["silent", "garbled", "late"])
async def test_another_hears_for_a_deepgram_that_says_nothing(fault: Fault) -> None:
    async with deepgram_listening(fault) as (stream, _, told):
        text = await next_words(stream)
        await until(lambda: bool(told))

    assert text == "Where is my lamp?"
    assert told == [EngineFailed(role="stt", provider="deepgram", error="APITimeoutError")]


@pytest.mark.parametrize("fault", [401, 429, 529, "closing"])
async def test_another_listens_in_the_place_of_a_deepgram_that_is_gone(fault: Fault) -> None:
    async with deepgram_listening(fault) as (_, ours, told):
        await until(lambda: ours.frames >= 50)

    assert told == [EngineFailed(role="stt", provider="deepgram", error="APIStatusError")]


async def test_deepgram_itself_hears_when_nothing_is_wrong() -> None:
    async with deepgram_listening("") as (stream, _, told):
        assert await next_words(stream) == "Where is my order?"

    assert told == []


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)
