"""Claude as language model."""

from __future__ import annotations

from typing import Final

from livekit.agents import NOT_GIVEN
from livekit.plugins import anthropic

from contactcenter.config import Config

# Two spoken sentences and a tool call fit; a longer answer would be a lecture.
MOST_TOKENS: Final = 400


def build(config: Config) -> anthropic.LLM:
    vendor = config.vendors
    return anthropic.LLM(
        model=vendor.anthropic_model,
        api_key=vendor.anthropic_api_key,
        base_url=vendor.anthropic_url or NOT_GIVEN,
        max_tokens=MOST_TOKENS,
        # The instructions and tools are the same in every request of a call.
        caching="ephemeral",
        parallel_tool_calls=False,
    )
