"""What the caller hears while an answer takes its time, and what the models see of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from livekit.agents import FlushSentinel, llm

from agents.voice.filler import FILLER, Chunk, with_filler, without_filler
from tests.agents.answering import receptionist
from tests.fakes.scripted_llm import Hangs, Says, ScriptedLLM, Uses


async def answer(*chunks: Chunk, after_s: float = 0.0) -> AsyncGenerator[Chunk, None]:
    await asyncio.sleep(after_s)
    for chunk in chunks:
        yield chunk


async def test_an_answer_in_time_is_passed_on_as_it_is() -> None:
    assert [c async for c in with_filler(answer("It ", "has."), after_s=5)] == ["It ", "has."]


async def test_a_late_answer_is_announced_once_and_at_once() -> None:
    filler, flush, *rest = [c async for c in with_filler(answer("It.", after_s=0.1), after_s=0.01)]

    assert (filler, rest) == (FILLER, ["It."])
    assert isinstance(flush, FlushSentinel)


async def test_no_answer_at_all_ends_like_one() -> None:
    assert [c async for c in with_filler(answer(), after_s=5)] == []


async def test_an_answer_that_nobody_wants_any_more_is_given_up() -> None:
    given_up = asyncio.Event()

    async def hanging() -> AsyncGenerator[Chunk, None]:
        try:
            await asyncio.Event().wait()
            yield "never"
        finally:
            given_up.set()

    chunks = with_filler(hanging(), after_s=0.01)
    await anext(chunks)
    await chunks.aclose()

    assert given_up.is_set()


def test_models_do_not_see_that_we_said_it() -> None:
    context = llm.ChatContext.empty()
    context.add_message(role="assistant", content=FILLER + "It has shipped.")
    context.add_message(role="user", content=FILLER)
    context.add_message(role="assistant", content=FILLER)

    shown = [item.text_content for item in without_filler(context).items if item.type == "message"]

    assert shown == ["It has shipped.", FILLER]
    assert len(context.items) == 3


async def test_the_answer_is_stored_once_with_what_was_said_before_it(tmp_path: Path) -> None:
    model = ScriptedLLM([Hangs(text="It has shipped.", seconds=1.3), Says(text="Gladly.")])

    async with receptionist(model, tmp_path) as desk:
        said = await desk.hears("Where is my lamp?")
        await desk.hears("Thank you!")

    assert said == [FILLER + "It has shipped."]
    earlier = [
        item.text_content
        for item in model.shown[1].items
        if item.type == "message" and item.role == "assistant"
    ]
    assert earlier == ["It has shipped."]


async def test_after_a_tool_nothing_more_is_said_before_the_answer(tmp_path: Path) -> None:
    model = ScriptedLLM(
        [
            Uses(tool="request_person", arguments={"reason": "a refund"}),
            Hangs(text="Somebody calls you back.", seconds=1.3),
        ]
    )

    async with receptionist(model, tmp_path) as desk:
        said = await desk.hears("This is too complicated for a machine.")

    assert said == ["Somebody calls you back."]
