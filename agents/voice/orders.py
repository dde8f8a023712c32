"""The shop's tools, over MCP: one connection per call, with a token that names the call."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, Final

from livekit.agents.llm import ToolError
from livekit.agents.llm.mcp import (
    MCPServerHTTP,
    MCPToolResultContext,
    MCPToolset,
)
from mcp import types

from contactcenter.config import Config
from contactcenter.rooms import call_token

logger = logging.getLogger(__name__)

ANSWER_WITHIN_S: Final = 5.0
SET_UP_WITHIN_S: Final = 3.0
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


async def connect(config: Config, room_name: str) -> MCPToolset | None:
    """Connect and fetch the tools; None if the orders server is away.

    Without this the framework would start with no tools and the model might improvise.
    """
    toolset = MCPToolset(id="orders", mcp_server=OrdersConnection(config, room_name))
    try:
        async with asyncio.timeout(SET_UP_WITHIN_S):
            await toolset.setup()
    except Exception as error:  # noqa: BLE001 - whatever it was, the call goes on without orders
        logger.warning("orders away", extra={"error": type(error).__name__})
        return None
    return toolset
