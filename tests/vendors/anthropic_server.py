"""A server that answers like Anthropic's Messages API, refuses what it refuses, and can fail."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes.scripted_llm import Says, Uses


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuses:
    """An answer with an HTTP error, for example 529 (overloaded)."""

    status: int


@dataclass
class AnthropicServer:
    """Takes one step of the script for each request, and keeps the requests."""

    script: list[Says | Uses | Refuses]
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        if request.headers["x-api-key"] != "the-key" or wrong_with(body):
            return web.json_response(problem(wrong_with(body) or "no key"), status=400)
        step = self.script.pop(0)
        if isinstance(step, Refuses):
            return web.json_response(problem("overloaded"), status=step.status)
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        for event in events(step, body["model"]):
            await answer.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
        return answer


def problem(message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": "invalid_request_error", "message": message}}


def wrong_with(body: dict[str, Any]) -> str:
    """Name what the real API answers 400 to."""
    if body["messages"][-1]["role"] != "user":
        return "the last message is not the user's"
    for message in body["messages"]:
        for block in message["content"] if isinstance(message["content"], list) else []:
            if block["type"] == "tool_result" and not isinstance(block["content"], str):
                return "a tool result that is not a string"
    return ""


def events(step: Says | Uses, model: str) -> list[dict[str, Any]]:
    usage = {"input_tokens": 10, "output_tokens": 5}
    head = {"id": "m1", "type": "message", "role": "assistant", "model": model, "content": []}
    if isinstance(step, Says):
        block: dict[str, Any] = {"type": "text", "text": ""}
        half = len(step.text) // 2
        deltas = [{"type": "text_delta", "text": t} for t in (step.text[:half], step.text[half:])]
    else:
        block = {"type": "tool_use", "id": "toolu_1", "name": step.tool, "input": {}}
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
async def serving(script: list[Says | Uses | Refuses]) -> AsyncIterator[AnthropicServer]:
    vendor = AnthropicServer(script)
    application = web.Application()
    application.router.add_post("/v1/messages", vendor.answer)
    async with TestServer(application) as server:
        vendor.url = f"http://127.0.0.1:{server.port}"
        yield vendor
