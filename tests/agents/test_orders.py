"""The wrapper around the shop's MCP server: real servers over real HTTP, and how they fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from livekit.agents.llm import RawFunctionTool, ToolError
from livekit.agents.llm.mcp import MCPToolset
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError as ServerToolError
from starlette.requests import Request

from agents.voice import orders
from contactcenter.config import Config, load
from contactcenter.rooms import read_call_token
from tests.agents.answering import receptionist
from tests.fakes.scripted_llm import Says, ScriptedLLM, Uses
from tools import ports


def make_shop(seen: list[str]) -> MCPServer:
    shop = MCPServer("shop")

    @shop.tool()
    def order(number: str, context: Context) -> dict[str, str]:
        request = context.request_context.request
        assert isinstance(request, Request)
        seen.append(request.headers["authorization"])
        return {"order_number": number, "status": "shipped"}

    @shop.tool()
    def refuse() -> str:
        raise ServerToolError("Ask for the number again.")

    @shop.tool()
    async def hang() -> str:
        await asyncio.sleep(30)
        return "late"

    return shop


@asynccontextmanager
async def serving(shop: MCPServer, port: int) -> AsyncIterator[None]:
    application = shop.streamable_http_app(stateless_http=True)
    server = uvicorn.Server(
        uvicorn.Config(application, host="127.0.0.1", port=port, log_level="error", ws="none")
    )
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.force_exit = True
        server.should_exit = True
        await running


def config_for(port: int) -> Config:
    return replace(load(), orders_url=f"http://127.0.0.1:{port}/mcp")


async def use(toolset: MCPToolset, name: str, **arguments: str) -> str:
    tool = next(t for t in toolset.tools if isinstance(t, RawFunctionTool) and t.info.name == name)
    return str(await tool(raw_arguments=arguments))


async def test_a_result_is_a_json_object_and_the_token_names_the_call() -> None:
    seen: list[str] = []
    port = ports.free()
    config = config_for(port)

    async with serving(make_shop(seen), port):
        toolset = await orders.connect(config, "call-7")
        result = await use(toolset, "order", number="W1001")
        await toolset.aclose()

    assert json.loads(result) == {"order_number": "W1001", "status": "shipped"}
    token = seen[0].removeprefix("Bearer ")
    assert read_call_token(config.orders_secret, token) == "call-7"


async def test_a_refusal_reaches_the_model_as_its_sentence() -> None:
    port = ports.free()
    async with serving(make_shop([]), port):
        toolset = await orders.connect(config_for(port), "call-7")
        with pytest.raises(ToolError, match="Ask for the number again"):
            await use(toolset, "refuse")
        await toolset.aclose()


async def test_a_server_that_hangs_is_answered_for_with_a_warning_not_to_repeat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = ports.free()
    async with serving(make_shop([]), port):
        toolset = await orders.connect(config_for(port), "call-7")
        monkeypatch.setattr(orders, "ANSWER_WITHIN_S", 0.2)
        with pytest.raises(ToolError, match="do not try again"):
            await use(toolset, "hang")
        await toolset.aclose()


async def test_a_server_that_comes_back_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "RECONNECT_EVERY_S", 0.02)
    port = ports.free()
    config = config_for(port)
    async with serving(make_shop([]), port):
        toolset = await orders.connect(config, "call-7")

    with pytest.raises(ToolError, match="cannot be reached"):
        await use(toolset, "order", number="W1001")
    async with serving(make_shop([]), port):
        async with asyncio.timeout(5):
            while not toolset._mcp_server.initialized:
                await asyncio.sleep(0.02)
        result = await use(toolset, "order", number="W1001")
        await toolset.aclose()

    assert json.loads(result)["status"] == "shipped"


async def test_a_server_that_comes_up_during_the_call_brings_its_tools(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(orders, "RECONNECT_EVERY_S", 0.02)
    port = ports.free()

    toolset = await orders.connect(config_for(port), "call-7")
    assert (toolset.arrived.is_set(), list(toolset.tools)) == (False, [])
    async with serving(make_shop([]), port):
        async with asyncio.timeout(5):
            await toolset.arrived.wait()
        result = await use(toolset, "order", number="W1001")
        await toolset.aclose()

    assert json.loads(result)["status"] == "shipped"


async def test_tools_that_come_late_are_offered_to_the_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(orders, "RECONNECT_EVERY_S", 0.02)
    port = ports.free()
    toolset = await orders.connect(config_for(port), "call-7")
    model = ScriptedLLM(
        [
            Says(text="One moment."),
            Uses(tool="order", arguments={"number": "W1001"}),
            Says(text="It is on its way."),
        ]
    )

    async with receptionist(model, tmp_path, toolsets=[toolset]) as desk:
        await desk.hears("Where is my order?")
        async with serving(make_shop([]), port):
            async with asyncio.timeout(5):
                await toolset.arrived.wait()
            await desk.hears("And now?")
            (tool,) = await desk.reported("tool_call")
            await toolset.aclose()

    assert (tool["name"], tool["is_error"]) == ("order", False)
    assert tool["result"]["status"] == "shipped"
