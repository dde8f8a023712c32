"""What can come next in a conversation: words, or tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Words for the caller."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """One tool to call."""

    name: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTools:
    """Tools to call at once; nothing is said before their results are known."""

    uses: tuple[ToolUse, ...]


Step = Say | CallTools
Tools = frozenset[str]


def call_tool(name: str, **arguments: str) -> CallTools:
    return CallTools(uses=(ToolUse(name=name, arguments=arguments),))
