"""Language models in order of preference, as one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterable
from typing import Any

from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    APIConnectionError,
    APIConnectOptions,
    NotGivenOr,
    llm,
)

from agents.voice.ordered.preference import Preference


class NoAnswer(Exception):
    """A model ended without a word or with a tool call that nobody can read."""


class OrderedLLM(llm.LLM[Any]):
    """Asks the next model if one fails before its first word.

    Args:
        within_s: What a model may take for its first word, and later for each next one.
    """

    def __init__(self, engines: Preference[llm.LLM[Any]], *, within_s: float) -> None:
        super().__init__()
        self.engines = engines
        self.within_s = within_s
        for _, engine in engines.engines:
            engine.on("metrics_collected", self._pass_on)

    def _pass_on(self, metrics: Any) -> None:
        self.emit("metrics_collected", metrics)

    @property
    def model(self) -> str:
        return self.engines.first.model

    @property
    def provider(self) -> str:
        return self.engines.first.provider

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
    ) -> OrderedLLMStream:
        return OrderedLLMStream(
            self,
            chat_ctx=chat_ctx,
            tools=tools or [],
            conn_options=conn_options,
            # A forced or forbidden tool holds for whoever answers.
            tool_choice=tool_choice,
        )

    def prewarm(self, *, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.engines.first.prewarm(loop=loop)

    async def aclose(self) -> None:
        for _, engine in self.engines.engines:
            engine.off("metrics_collected", self._pass_on)
            await engine.aclose()


class OrderedLLMStream(llm.LLMStream):
    """One answer, by the first model that gives one."""

    def __init__(
        self,
        model: OrderedLLM,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool],
        conn_options: APIConnectOptions,
        tool_choice: NotGivenOr[llm.ToolChoice],
    ) -> None:
        super().__init__(model, chat_ctx=chat_ctx, tools=tools, conn_options=conn_options)
        self.ordered = model
        self.tool_choice = tool_choice
        self.has_answered = False

    async def _run(self) -> None:
        for name, engine in self.ordered.engines.usable():
            try:
                await self._ask(engine)
            except Exception as error:  # noqa: BLE001 - whatever it was, the next one answers
                self.ordered.engines.failed(name, error)
                if self.has_answered:
                    # Another model would begin again, and the caller hear two halves.
                    raise APIConnectionError(type(error).__name__) from None
            else:
                return
        raise APIConnectionError("no language model answered")

    async def _ask(self, engine: llm.LLM[Any]) -> None:
        within_s = self.ordered.within_s
        async with engine.chat(
            chat_ctx=self._chat_ctx,
            tools=self._tools,
            tool_choice=self.tool_choice,
            conn_options=APIConnectOptions(max_retry=0, timeout=within_s),
        ) as stream:
            while True:
                try:
                    # A model that only sends signs of life has to end some time, too.
                    chunk = await asyncio.wait_for(anext(stream), within_s)
                except StopAsyncIteration:
                    break
                self._pass_chunk(chunk)
        if not self.has_answered:
            raise NoAnswer

    def _pass_chunk(self, chunk: llm.ChatChunk) -> None:
        if chunk.delta is not None:
            check_arguments(chunk.delta.tool_calls)
            self.has_answered |= bool((chunk.delta.content or "").strip() or chunk.delta.tool_calls)
        self._event_ch.send_nowait(chunk)

    async def _metrics_monitor_task(self, event_aiter: AsyncIterable[llm.ChatChunk]) -> None:
        # The model that answered has counted.
        async for _ in event_aiter:
            pass


def check_arguments(calls: list[llm.FunctionToolCall]) -> None:
    """Refuse a tool call whose arguments are no JSON object.

    Raises:
        NoAnswer: There is one.
    """
    for call in calls:
        try:
            arguments = json.loads(call.arguments or "{}")
        except ValueError:
            raise NoAnswer from None
        if not isinstance(arguments, dict):
            raise NoAnswer
