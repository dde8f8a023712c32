"""The shop's tools, over MCP: one connection per call, with a token that names the call."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any, Final, Self

from livekit.agents.llm import ToolError
from livekit.agents.llm.mcp import (
    MCPServerHTTP,
    MCPToolResultContext,
    MCPToolset,
)
from livekit.agents.utils.aio import cancel_and_wait
from mcp import types

from contactcenter.config import Config
from contactcenter.rooms import call_token

logger = logging.getLogger(__name__)

ANSWER_WITHIN_S: Final = 5.0
SET_UP_WITHIN_S: Final = 3.0
RECONNECT_EVERY_S: Final = 0.5
NO_ANSWER: Final = (
    "The order system did not answer in time. Whether it did anything is not known: do not try"
    " again. Tell the caller that you cannot look this up right now."
)
BROKEN: Final = (
    "The order system cannot be reached. Tell the caller that you cannot look this up right now"
    " and offer a call back."
)


def as_object(context: MCPToolResultContext) -> str:
    """Return a JSON object or a sentence; Claude's API refuses bare lists."""
    result = context.result.structured_content
    if isinstance(result, dict):
        return json.dumps(result, ensure_ascii=False)
    if result is not None:
        return json.dumps({"items": result}, ensure_ascii=False)
    return " ".join(part.text for part in context.result.content if part.type == "text")


class OrdersConnection(MCPServerHTTP):
    """An MCP server whose failures are sentences, and which is reached again after a restart."""

    def __init__(self, config: Config, room_name: str) -> None:
        super().__init__(
            url=config.orders_url,
            transport_type="streamable_http",
            headers={"Authorization": f"Bearer {call_token(config, room_name)}"},
            timeout=SET_UP_WITHIN_S,
            client_session_timeout_seconds=ANSWER_WITHIN_S,
            tool_result_resolver=as_object,
        )
        self._keeping: asyncio.Task[None] | None = None

    async def initialize(self) -> None:
        await super().initialize()
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep_connected())

    async def _keep_connected(self) -> None:
        """Connect again after the server was away: the framework never does."""
        while True:
            await asyncio.sleep(RECONNECT_EVERY_S)
            task = self._client_task
            if self.initialized or task is None or not task.done():
                continue
            with suppress(BaseException):
                # Retrieved, or asyncio complains about it later; it has been logged.
                task.result()
            with suppress(Exception):
                async with asyncio.timeout(SET_UP_WITHIN_S):
                    await super().initialize()
                logger.info("orders reached again")

    async def aclose(self) -> None:
        if self._keeping is not None:
            await cancel_and_wait(self._keeping)
            self._keeping = None
        # A broken connection raises whatever broke it once more.
        with suppress(Exception):
            await super().aclose()

    async def _call_tool(
        self, name: str, arguments: dict[str, Any], **options: Any
    ) -> types.CallToolResult:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await super()._call_tool(name, arguments, **options)
        except ToolError:
            raise
        except TimeoutError:
            logger.warning("orders timed out", extra={"tool": name})
            raise ToolError(NO_ANSWER) from None
        except Exception as error:  # noqa: BLE001
            # Connection errors of three libraries end here; each may quote the request.
            logger.warning("orders failed", extra={"tool": name, "error": type(error).__name__})
            raise ToolError(BROKEN) from None


class OrdersToolset(MCPToolset):
    """The shop's tools; none until the orders server answers, then all of them, also mid-call."""

    def __init__(self, config: Config, room_name: str) -> None:
        super().__init__(id="orders", mcp_server=OrdersConnection(config, room_name))
        self.arrived = asyncio.Event()
        self._trying: asyncio.Task[None] | None = None

    async def setup(self, *, reload: bool = False) -> Self:
        """Try once, and go on in the background; never fails, because a call needs no orders."""
        if self._trying is None and not await self._reach():
            logger.warning("orders away")
            self._trying = asyncio.create_task(self._keep_trying())
        return self

    async def _reach(self) -> bool:
        with suppress(Exception):
            async with asyncio.timeout(SET_UP_WITHIN_S):
                await super().setup()
            self.arrived.set()
        return self.arrived.is_set()

    async def _keep_trying(self) -> None:
        while not self.arrived.is_set():
            await asyncio.sleep(RECONNECT_EVERY_S)
            await self._reach()
        logger.info("orders reached")

    async def aclose(self) -> None:
        if self._trying is not None:
            await cancel_and_wait(self._trying)
        await super().aclose()


async def connect(config: Config, room_name: str) -> OrdersToolset:
    """Connect and fetch the tools before the framework does: the greeting says if they are away."""
    return await OrdersToolset(config, room_name).setup()
