"""The dialogue as a LiveKit language model; the only module here that knows LiveKit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions, llm, utils
from livekit.agents.types import NOT_GIVEN, NotGivenOr

from agents.voice.dialogue.conversation import CallerSaid, HistoryItem, WeSaid, read
from agents.voice.dialogue.decisions import decide
from agents.voice.dialogue.steps import CallTools, Say
from agents.voice.dialogue.tool_answers import ToolAnswered
from knowledge.passages import Shown, read_back

# The id of the message in which agents.voice.policies shows what it found.
PASSAGES: Final = "passages"


class RulesLLM(llm.LLM):
    """Answers from the history alone: the same history gives the same answer."""

    @property
    def model(self) -> str:
        return "dialogue-rules"

    @property
    def provider(self) -> str:
        return "local"

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
    ) -> RulesStream:
        return RulesStream(
            self,
            chat_ctx=chat_ctx,
            tools=[] if tool_choice == "none" else tools or [],
            conn_options=conn_options,
        )


class RulesStream(llm.LLMStream):
    """One answer, in one chunk."""

    async def _run(self) -> None:
        self._event_ch.send_nowait(
            llm.ChatChunk(id=utils.shortuuid("rules_"), delta=answer(self._chat_ctx, self._tools))
        )


def answer(chat_ctx: llm.ChatContext, tools: Sequence[llm.Tool]) -> llm.ChoiceDelta:
    call = read(history(chat_ctx), passages(chat_ctx))
    match decide(call, frozenset(tool.id for tool in tools)):
        case Say(text=text):
            return llm.ChoiceDelta(role="assistant", content=text)
        case CallTools(uses=uses):
            # Unique within the call, yet the same for the same history.
            at = len(chat_ctx.items)
            return llm.ChoiceDelta(
                role="assistant",
                tool_calls=[
                    llm.FunctionToolCall(
                        name=use.name,
                        arguments=json.dumps(use.arguments),
                        call_id=f"rules_{at}_{number}",
                    )
                    for number, use in enumerate(uses)
                ],
            )


def history(chat_ctx: llm.ChatContext) -> list[HistoryItem]:
    """Return what was said and done; instructions and passages are not part of it."""
    arguments = {
        item.call_id: item.arguments for item in chat_ctx.items if item.type == "function_call"
    }
    items: list[HistoryItem] = []
    for item in chat_ctx.items:
        if item.type == "function_call_output":
            items.append(
                ToolAnswered(
                    name=item.name,
                    arguments=arguments.get(item.call_id, ""),
                    output=item.output,
                    failed=item.is_error,
                )
            )
        elif item.type == "message" and item.id != PASSAGES:
            text = (item.text_content or "").strip()
            if text and item.role == "user":
                items.append(CallerSaid(text=text))
            elif text and item.role == "assistant":
                items.append(WeSaid(text=text))
    return items


def passages(chat_ctx: llm.ChatContext) -> list[Shown]:
    shown = chat_ctx.get_by_id(PASSAGES)
    if shown is None or shown.type != "message":
        return []
    return read_back(shown.text_content or "")
