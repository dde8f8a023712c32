"""Claude as language model: what goes over the wire in a call, and what happens when it fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from livekit.agents import llm
from livekit.plugins import anthropic

from agents.voice.ordered.llm import OrderedLLM
from agents.voice.ordered.preference import Preference
from agents.voice.receptionist import PERSON_NOTED, TROUBLE
from agents.voice.vendors import claude
from contactcenter.config import load
from tests.agents.answering import Desk, receptionist
from tests.fakes.scripted_llm import Says, ScriptedLLM, Uses
from tests.vendors.anthropic_server import AnthropicServer, Refuses, serving


@asynccontextmanager
async def model_at(server: AnthropicServer) -> AsyncIterator[anthropic.LLM]:
    config = load()
    vendors = replace(
        config.vendors,
        anthropic_api_key="the-key",
        anthropic_model="claude-test",
        anthropic_url=server.url,
    )
    model = claude.build(replace(config, vendors=vendors))
    try:
        yield model
    finally:
        # The plugin leaves it open, and an open socket is a warning.
        await model._client.close()


@asynccontextmanager
async def answering(
    script: list[Says | Uses | Refuses], folder: Path
) -> AsyncIterator[tuple[AnthropicServer, Desk]]:
    async with (
        serving(script) as server,
        model_at(server) as model,
        receptionist(model, folder) as desk,
    ):
        yield server, desk


async def test_words_are_streamed_and_the_request_is_the_callers_turn(tmp_path: Path) -> None:
    script: list[Says | Uses | Refuses] = [Says(text="You can return it within 30 days.")]
    async with answering(script, tmp_path) as (server, desk):
        said = await desk.hears("How long can I return a lamp?")

    assert said == ["You can return it within 30 days."]
    (request,) = server.requests
    assert (request["model"], request["max_tokens"], request["stream"]) == (
        "claude-test",
        400,
        True,
    )
    assert request["system"][-1]["cache_control"] == {"type": "ephemeral"}
    assert {tool["name"] for tool in request["tools"]} == {"request_person", "end_call"}
    texts = [block["text"] for block in request["messages"][-1]["content"]]
    assert "<passages>" in texts[-2]
    assert texts[-1] == "How long can I return a lamp?"


async def test_a_tool_is_used_and_its_result_goes_back_as_a_string(tmp_path: Path) -> None:
    script: list[Says | Uses | Refuses] = [
        Uses(tool="request_person", arguments={"reason": "a refund"}),
        Says(text="Somebody will call you back."),
    ]
    async with answering(script, tmp_path) as (server, desk):
        said = await desk.hears("This is too complicated for a machine.")
        noted = await desk.reported("person_requested")

    assert said == ["Somebody will call you back."]
    assert noted == [{"reason": "a refund"}]
    *_, asked, answered = server.requests[1]["messages"]
    (use,), (block,) = asked["content"], answered["content"]
    assert (block["type"], block["tool_use_id"], block["content"]) == (
        "tool_result",
        use["id"],
        PERSON_NOTED,
    )


async def test_an_overloaded_claude_is_apologised_for(tmp_path: Path) -> None:
    async with answering([Refuses(status=529)], tmp_path) as (_, desk):
        said = await desk.hears("Good morning!")

    assert said == [TROUBLE]


async def test_another_model_takes_over_within_the_turn(tmp_path: Path) -> None:
    async with serving([Refuses(status=529)]) as server, model_at(server) as overloaded:
        rules = ScriptedLLM([Says(text="Good morning, how can I help?")])
        engines = Preference[llm.LLM[Any]]("llm", [("claude", overloaded), ("rules", rules)])
        async with receptionist(OrderedLLM(engines, within_s=2.0), tmp_path) as desk:
            said = await desk.hears("Good morning!")

    assert said == ["Good morning, how can I help?"]
