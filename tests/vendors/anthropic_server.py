"""A server that answers like Anthropic's Messages API, refuses what it refuses, and can fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from aiohttp import web

from tests.fakes.scripted_llm import Says, Uses
from tests.vendors.faults import KEY, LATE_S, Fault, open_site

PING_EVERY_S: Final = 0.5

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuses:
    """An answer with an HTTP error, for example 529 (overloaded)."""

    status: int


Answer = Says | Uses | Refuses


@dataclass
class AnthropicServer:
    """Answers each request as ``think`` says, and keeps the requests."""

    think: Callable[[Body], Answer]
    fault: Fault = ""
    url: str = ""
    requests: list[Body] = field(default_factory=list)

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v1/messages", self.answer), web.get("/v1/models", self.models)]

    async def models(self, request: web.Request) -> web.Response:
        return web.json_response({"data": [], "has_more": False, "first_id": None, "last_id": None})

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        if isinstance(self.fault, int):
            return web.json_response(problem("overloaded"), status=self.fault)
        if request.headers["x-api-key"] != KEY or wrong_with(body):
            return web.json_response(problem(wrong_with(body) or "no key"), status=400)
        step = self.think(body)
        if isinstance(step, Refuses):
            return web.json_response(problem("overloaded"), status=step.status)
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await self.write(answer, events(step, body["model"]))
        if self.fault == "closing" and request.transport is not None:
            request.transport.abort()
        return answer

    async def write(self, answer: web.StreamResponse, all_events: list[Body]) -> None:
        if self.fault == "late":
            await asyncio.sleep(LATE_S)
        for number, event in enumerate(all_events):
            text = json.dumps(event)
            if self.fault == "garbled":
                text = text[:-9]
            await answer.write(f"event: {event['type']}\ndata: {text}\n\n".encode())
            while self.fault == "silent":
                # A connection that lives and says nothing.
                await answer.write(b'event: ping\ndata: {"type": "ping"}\n\n')
                await asyncio.sleep(PING_EVERY_S)
            if self.fault == "closing" and number == 2:
                return


def problem(message: str) -> Body:
    return {"type": "error", "error": {"type": "invalid_request_error", "message": message}}


def wrong_with(body: Body) -> str:
    """Name what the real API answers 400 to."""
    if body["messages"][-1]["role"] != "user":
        return "the last message is not the user's"
    for message in body["messages"]:
        for block in message["content"] if isinstance(message["content"], list) else []:
            if block["type"] == "tool_result" and not isinstance(block["content"], str):
                return "a tool result that is not a string"
            if block["type"] == "text" and not block["text"].strip():
                return "a text without words"
    return ""


def events(step: Says | Uses, model: str) -> list[Body]:
    usage = {"input_tokens": 10, "output_tokens": 5}
    head = {"id": "m1", "type": "message", "role": "assistant", "model": model, "content": []}
    if isinstance(step, Says):
        block: Body = {"type": "text", "text": ""}
        half = len(step.text) // 2
        deltas = [{"type": "text_delta", "text": t} for t in (step.text[:half], step.text[half:])]
    else:
        block = {"type": "tool_use", "id": f"toolu_{uuid4()}", "name": step.tool, "input": {}}
        text = json.dumps(step.arguments)
        deltas = [{"type": "input_json_delta", "partial_json": t} for t in (text[:4], text[4:])]
    stop = {"stop_reason": "end_turn" if isinstance(step, Says) else "tool_use"}
    return [
        {"type": "message_start", "message": head | {"stop_reason": None, "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ]


@asynccontextmanager
async def serving(script: list[Answer]) -> AsyncIterator[AnthropicServer]:
    """Serve one step of the script for each request."""
    vendor = AnthropicServer(lambda body: script.pop(0))
    runner = await open_site(vendor)
    try:
        yield vendor
    finally:
        await runner.cleanup()
