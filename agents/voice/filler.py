"""A word for the caller when the answer takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final

from livekit.agents import FlushSentinel, llm
from livekit.agents.utils.aio import cancel_and_wait

FILLER: Final = "One moment, please. "
FILLER_AFTER_S: Final = 1.2

Chunk = llm.ChatChunk | str | FlushSentinel


async def with_filler(
    answer: AsyncGenerator[Chunk, None], *, after_s: float = FILLER_AFTER_S
) -> AsyncGenerator[Chunk, None]:
    """Pass the answer on; say the filler, and at once, if there is nothing of it in time."""
    first = asyncio.ensure_future(anext(answer))
    try:
        await asyncio.wait({first}, timeout=after_s)
        if not first.done():
            yield FILLER
            yield FlushSentinel()
        with suppress(StopAsyncIteration):
            yield await first
            async for chunk in answer:
                yield chunk
    finally:
        await cancel_and_wait(first)
        await answer.aclose()


def without_filler(chat_ctx: llm.ChatContext) -> llm.ChatContext:
    """Return a copy in which we never said it: a model would learn to say it itself."""
    shown = chat_ctx.copy()
    kept: list[llm.ChatItem] = []
    for item in shown.items:
        if isinstance(item, llm.ChatMessage) and item.role == "assistant":
            text = (item.text_content or "").removeprefix(FILLER.strip()).lstrip()
            if not text:
                continue
            if text != item.text_content:
                item = item.model_copy(update={"content": [text]})  # noqa: PLW2901
        kept.append(item)
    shown.items = kept
    return shown
