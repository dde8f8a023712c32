"""The dialogue as LiveKit sees it: streams, tools, and a session that runs a whole call."""

from __future__ import annotations

import json
import os

from livekit.agents import Agent, AgentSession, llm
from livekit.agents.llm import ToolError, function_tool

from agents.voice.dialogue import build
from agents.voice.dialogue.model import RulesLLM, answer
from agents.voice.policies import with_passages
from contactcenter.config import Config
from knowledge.passages import Hit, Passage
from tests.agents.dialogue.calls import ALL_TOOLS, GREETING, NOT_FOUND, NOT_IDENTIFIED

RETURNS = "You can return an item within thirty days of the day it was delivered."


def tool(name: str, *parameters: str) -> dict[str, object]:
    """Return a schema as MCP tools have it."""
    return {
        "name": name,
        "description": name,
        "parameters": {
            "type": "object",
            "properties": {parameter: {"type": "string"} for parameter in parameters},
            "required": list(parameters),
        },
    }


class Receptionist(Agent):
    """The tools of the real one, over one order."""

    def __init__(self) -> None:
        super().__init__(instructions="Be kind.")
        self.identified = False
        self.ended = 0

    @function_tool(raw_schema=tool("find_customer_by_order", "order_number", "zip_code"))
    async def find_customer_by_order(self, raw_arguments: dict[str, str]) -> str:
        if raw_arguments != {"order_number": "W1001", "zip_code": "94110"}:
            raise ToolError(NOT_FOUND)
        self.identified = True
        return json.dumps({"first_name": "Ana", "last_name": "Silva", "level": 2})

    @function_tool(raw_schema=tool("get_order_status", "order_number"))
    async def get_order_status(self, raw_arguments: dict[str, str]) -> str:
        if not self.identified:
            raise ToolError(NOT_IDENTIFIED)
        return json.dumps(
            {"order_number": raw_arguments["order_number"], "status_text": "has shipped"}
        )

    @function_tool
    async def end_call(self, reason: str) -> None:
        self.ended += 1


def texts(chat_ctx: llm.ChatContext) -> list[str]:
    return [
        item.text_content or ""
        for item in chat_ctx.items
        if item.type == "message" and item.role == "assistant"
    ]


async def test_a_session_runs_a_whole_call() -> None:
    agent = Receptionist()
    async with build(Config.from_env(os.environ)) as rules, AgentSession(llm=rules) as session:
        await session.start(agent)
        for line in ("Where is my order W1001?", "94111", "No, 94110", "Thank you, goodbye."):
            await session.run(user_input=line)

    assert texts(session.history) == [
        "I can check that. For your security, what's the zip code of the delivery address?",
        "I can't find an order W1001 with the zip code 9 4 1 1 1. Which of the two is wrong?"
        " Please say it digit by digit, or type it on your keypad.",
        "Thanks, Ana. Your order W1001 has shipped. Is there anything else?",
    ]
    assert agent.ended == 1


def said_so_far(*lines: str) -> llm.ChatContext:
    """Return a context in which we and the caller take turns."""
    chat_ctx = llm.ChatContext.empty()
    chat_ctx.add_message(role="system", content="Be kind.")
    for at, line in enumerate((GREETING, *lines)):
        chat_ctx.add_message(role="user" if at % 2 else "assistant", content=line)
    return chat_ctx


def offered() -> list[llm.Tool]:
    return [function_tool(unused, raw_schema=tool(name)) for name in sorted(ALL_TOOLS)]


async def unused(raw_arguments: dict[str, object]) -> None:
    raise AssertionError("only the session calls tools")


def test_the_same_history_gives_the_same_answer_and_is_left_as_it_was() -> None:
    chat_ctx = said_so_far(
        "Where is my order W1001?", "And what's the zip code of the delivery address?", "94110"
    )
    before = chat_ctx.to_dict()

    answers = [answer(chat_ctx, offered()) for _ in range(3)]

    assert answers[0].tool_calls[0].name == "find_customer_by_order"
    assert answers[0] == answers[1] == answers[2]
    assert chat_ctx.to_dict() == before


def test_a_tool_is_called_without_a_word() -> None:
    delta = answer(said_so_far("Goodbye."), offered())

    assert delta.content is None
    assert [call.name for call in delta.tool_calls] == ["end_call"]


def test_passages_are_quoted_but_never_taken_for_the_callers_words() -> None:
    hit = Hit(
        passage=Passage(
            passage_id="1", version_id="1", source="Returns policy, Time limit", text=RETURNS
        ),
        score=1.0,
        relevant=True,
    )
    chat_ctx = with_passages(said_so_far("What is your return policy?"), [hit])

    delta = answer(chat_ctx, offered())

    assert delta.content == f"{RETURNS} Is there anything else?"


async def test_tools_are_not_called_where_they_are_forbidden() -> None:
    chat_ctx = said_so_far("Where is my order W1001?")

    async with RulesLLM().chat(chat_ctx=chat_ctx, tools=offered(), tool_choice="none") as stream:
        collected = await stream.collect()

    assert collected.tool_calls == []
    assert collected.text == "I'm sorry, I can't look up orders right now. Is there anything else?"
