"""What the stand-in for Claude answers in a call: from tool results and passages, like Claude."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from tests.fakes.scripted_llm import Says, Uses

ORDER: Final = "W1001"
ZIP: Final = "94110"

Block = dict[str, Any]


def think(body: dict[str, Any]) -> Says | Uses:
    *_, message = body["messages"]
    blocks: list[Block] = message["content"]
    results = [block for block in blocks if block["type"] == "tool_result"]
    if results:
        return after_tool(results[-1], body["messages"])
    words = str(blocks[-1]["text"]).lower()
    if "thank you" in words:
        return Uses(tool="end_call", arguments={"reason": "caller is done"})
    if "return" in words:
        return Says(text=policy_of(blocks))
    if "order" in words:
        arguments = {"order_number": ORDER, "zip_code": ZIP}
        return Uses(tool="find_customer_by_order", arguments=arguments)
    return Says(text="Pardon?")


def after_tool(result: Block, messages: list[dict[str, Any]]) -> Says | Uses:
    (name,) = {
        block["name"]
        for message in messages
        for block in message["content"]
        if block["type"] == "tool_use" and block["id"] == result["tool_use_id"]
    }
    if name == "find_customer_by_order":
        return Uses(tool="get_order_status", arguments={"order_number": ORDER})
    return Says(text=f"Your order {ORDER} {json.loads(result['content'])['status_text']}")


def policy_of(blocks: list[Block]) -> str:
    """Quote the first sentence about days from the passages in view."""
    shown = " ".join(block["text"] for block in blocks if "<passages>" in block["text"])
    found = re.search(r"[A-Z][^.<>]*\bdays\b[^.<>]*\.", shown)
    return found[0] if found else "I do not have that information."
