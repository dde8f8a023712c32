"""Turns what happens in a session into events of the call (docs/events.md)."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from livekit.agents import (
    AgentSession,
    ConversationItemAddedEvent,
    ErrorEvent,
    FunctionToolsExecutedEvent,
    llm,
)

from agents.voice.ordered.preference import EngineFailed
from agents.voice.policies import as_detail
from agents.voice.reporter import Reporter
from knowledge.passages import Hit

LATENCIES: Final = {
    "end_of_turn_delay": "end_of_turn_s",
    "transcription_delay": "transcription_s",
    "llm_node_ttft": "llm_first_s",
    "tts_node_ttfb": "tts_first_s",
    "e2e_latency": "total_s",
}


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


class Transcript:
    """Reports utterances, tools and passages; counts the caller's turns from 1."""

    def __init__(self, reporter: Reporter) -> None:
        self.reporter = reporter
        self.turn = 0
        self.in_view: tuple[str, Sequence[Hit]] | None = None
        self.person_was_requested = False

    def follow(self, session: AgentSession[Any]) -> None:
        session.on("conversation_item_added", self._note_item)
        session.on("function_tools_executed", self._note_tools)
        session.on("error", self._note_error)

    def person_requested(self, reason: str) -> None:
        if not self.person_was_requested:
            self.person_was_requested = True
            self.reporter.report("person_requested", reason=reason)

    def engine_failed(self, failed: EngineFailed) -> None:
        """Report an engine whose work another one took over."""
        self.reporter.report(
            "engine_failed", role=failed.role, provider=failed.provider, error=failed.error
        )

    def passages_in_view(self, query: str, hits: Sequence[Hit]) -> None:
        """Note what the answer being prepared is based on; reported with the answer."""
        self.in_view = (query, hits)

    def _note_item(self, event: ConversationItemAddedEvent) -> None:
        item = event.item
        if not isinstance(item, llm.ChatMessage) or item.role not in {"user", "assistant"}:
            return
        text = item.text_content or ""
        if item.role == "user":
            self.turn += 1
        elif self.in_view is not None:
            query, hits = self.in_view
            self.in_view = None
            self.reporter.report(
                "retrieval", turn=self.turn, query=query, passages=as_detail(hits, text)
            )
        metrics: dict[str, Any] = dict(item.metrics or {})
        started = float(metrics.get("started_speaking_at") or item.created_at)
        ended = float(metrics.get("stopped_speaking_at") or max(started, time.time()))
        self.reporter.report(
            "utterance",
            turn=self.turn,
            speaker="caller" if item.role == "user" else "voice_agent",
            text=text,
            interrupted=item.interrupted,
            started_at=moment(started),
            ended_at=moment(max(started, ended)),
            latency={
                ours: round(float(metrics[theirs]), 3)
                for theirs, ours in LATENCIES.items()
                if isinstance(metrics.get(theirs), int | float)
            },
        )

    def _note_tools(self, event: FunctionToolsExecutedEvent) -> None:
        for call, output in event.zipped():
            self.reporter.report(
                "tool_call",
                turn=self.turn,
                name=call.name,
                arguments=as_json(call.arguments),
                result=as_json(output.output),
                is_error=output.is_error,
                duration_s=round(max(0.0, output.created_at - call.created_at), 3),
            )

    def _note_error(self, event: ErrorEvent) -> None:
        inner = getattr(event.error, "error", event.error)
        self.reporter.report(
            "engine_failed",
            role=str(getattr(event.error, "type", "engine")).removesuffix("_error"),
            provider=str(getattr(event.source, "provider", type(event.source).__name__)),
            # The text of the error may quote the caller; its type does not.
            error=type(inner).__name__,
        )


def usage_of(session: AgentSession[Any]) -> list[dict[str, Any]]:
    """Return what the call cost: tokens, characters and seconds per model."""
    return [model.model_dump(mode="json") for model in session.usage.model_usage]


def as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
