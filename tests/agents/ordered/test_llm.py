"""Language models in order: hanging, failing, wordless and unreadable ones are passed over."""

from __future__ import annotations

from typing import Any

import pytest
from livekit.agents import APIConnectionError, APIConnectOptions, llm

from agents.voice.ordered.llm import OrderedLLM
from agents.voice.ordered.preference import EngineFailed, Preference
from tests.fakes.scripted_llm import Breaks, Hangs, Says, ScriptedLLM, Step, Uses

AT_ONCE = APIConnectOptions(max_retry=0)


def ordered(*steps: Step) -> tuple[OrderedLLM, list[EngineFailed]]:
    """Models called a, b, …; each gives one answer."""
    engines: list[tuple[str, llm.LLM[Any]]] = [
        (name, ScriptedLLM([step])) for name, step in zip("abc", steps, strict=False)
    ]
    preference = Preference("llm", engines)
    told: list[EngineFailed] = []
    preference.tell = told.append
    return OrderedLLM(preference, within_s=0.1), told


async def answer_of(model: OrderedLLM) -> tuple[str, list[str]]:
    context = llm.ChatContext.empty()
    context.add_message(role="user", content="Hello")
    async with model.chat(chat_ctx=context, conn_options=AT_ONCE) as stream:
        deltas = [chunk.delta async for chunk in stream if chunk.delta]
    tools = [call.name for delta in deltas for call in delta.tool_calls]
    return "".join(delta.content or "" for delta in deltas), tools


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (Hangs(), "TimeoutError"),
        (Breaks(error=APIConnectionError("down")), "APIConnectionError"),
        (Breaks(error=ValueError("a bug of the plugin")), "ValueError"),
        (Says(text=" \n"), "NoAnswer"),
        (Uses(tool="end_call", raw="{broken"), "NoAnswer"),
        (Uses(tool="end_call", raw="[]"), "NoAnswer"),
    ],
)
async def test_the_next_model_answers(step: Step, error: str) -> None:
    model, told = ordered(step, Says(text="Good morning."))

    text, tools = await answer_of(model)

    assert (text.strip(), tools) == ("Good morning.", [])
    assert told == [EngineFailed(role="llm", provider="a", error=error)]


async def test_a_tool_call_is_an_answer() -> None:
    model, told = ordered(Uses(tool="end_call"), Says(text="unused"))

    assert await answer_of(model) == ("", ["end_call"])
    assert told == []


async def test_if_nobody_answers_it_is_an_error() -> None:
    model, told = ordered(Hangs(), Says(text=""))

    with pytest.raises(APIConnectionError):
        await answer_of(model)

    assert [failed.provider for failed in told] == ["a", "b"]
