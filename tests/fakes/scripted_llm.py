"""A language model that answers from a script, and remembers what it was shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions, llm
from livekit.agents.types import NOT_GIVEN, NotGivenOr


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """An answer in words."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """A tool call.

    Attributes:
        raw: Sent instead of the arguments, for example broken JSON.
    """

    tool: str
    arguments: dict[str, str] = field(default_factory=dict)
    raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaks:
    """A failure in the middle of answering."""

    error: Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangs:
    """Nothing for so long, then the answer in words."""

    text: str = ""
    seconds: float = 3600


Step = Says | Uses | Breaks | Hangs


class ScriptedLLM(llm.LLM[Any]):
    """Takes one step of the script for each question."""

    def __init__(self, script: Sequence[Step]) -> None:
        super().__init__()
        self.script = list(script)
        self.shown: list[llm.ChatContext] = []

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
    ) -> ScriptedStream:
        self.shown.append(chat_ctx.copy())
        step = self.script.pop(0)
        return ScriptedStream(
            self, step, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options
        )


class ScriptedStream(llm.LLMStream):
    """One step of the script."""

    def __init__(
        self,
        model: ScriptedLLM,
        step: Step,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool],
        conn_options: APIConnectOptions,
    ) -> None:
        super().__init__(model, chat_ctx=chat_ctx, tools=tools, conn_options=conn_options)
        self.step = step

    async def _run(self) -> None:
        match self.step:
            case Says(text=text):
                delta = llm.ChoiceDelta(role="assistant", content=text)
            case Uses(tool=tool, arguments=arguments, raw=raw):
                call = llm.FunctionToolCall(
                    name=tool, arguments=raw or json.dumps(arguments), call_id=f"call_{id(self)}"
                )
                delta = llm.ChoiceDelta(role="assistant", tool_calls=[call])
            case Hangs(text=text, seconds=seconds):
                await asyncio.sleep(seconds)
                delta = llm.ChoiceDelta(role="assistant", content=text)
            case Breaks(error=error):
                raise error
        self._event_ch.send_nowait(llm.ChatChunk(id="scripted", delta=delta))
