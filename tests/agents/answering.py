"""A receptionist in a session without sound: words in, words and tool calls out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from livekit.agents import AgentSession, llm
from livekit.agents.voice.run_result import RunResult

from agents.voice.backchannel import Backchannel
from agents.voice.control_plane import Line
from agents.voice.ordered.preference import Preference
from agents.voice.policies import Policies
from agents.voice.receptionist import Receptionist, history
from agents.voice.reporter import Reporter
from agents.voice.session import connect_options
from agents.voice.transcript import Transcript
from tests.fakes.control_plane import FakeControlPlane
from tests.fakes.policy_index import FakeIndex


@dataclass(kw_only=True)
class Desk:
    """The receptionist at work, what she was asked to end, and what Django was told."""

    session: AgentSession[None]
    receptionist: Receptionist
    transcript: Transcript
    django: FakeControlPlane = field(default_factory=FakeControlPlane)
    ended: list[str] = field(default_factory=list)

    async def hears(self, words: str) -> list[str]:
        """Say something to her; return what she says in this turn."""
        result: RunResult[Any] = await self.session.run(user_input=words)
        return [
            event.item.text_content or ""
            for event in result.events
            if event.type == "message" and event.item.role == "assistant"
        ]

    async def reported(self, kind: str) -> list[dict[str, Any]]:
        """Return the details of the events of a kind; ends the reporting."""
        await self.transcript.reporter.close()
        return [event.detail for event in self.django.stored.values() if event.kind == kind]


@asynccontextmanager
async def receptionist(
    model: llm.LLM[Any],
    folder: Path,
    *,
    earlier: Sequence[Line] = (),
    toolsets: Sequence[llm.Tool | llm.Toolset] = (),
) -> AsyncIterator[Desk]:
    django = FakeControlPlane()
    transcript = Transcript(Reporter(django, room_name="call-1", job_id="AJ_1", folder=folder))
    ended: list[str] = []
    agent = Receptionist(
        shop_name="Willow and Wren",
        policies=Policies(Preference("policies", [("fake", FakeIndex())])),
        transcript=transcript,
        backchannel=Backchannel(),
        end_politely=ended.append,
        toolsets=list(toolsets),
        chat_ctx=history(earlier),
    )
    async with AgentSession[None](llm=model, conn_options=connect_options()) as session:
        transcript.follow(session)
        await session.start(agent)
        yield Desk(
            session=session,
            receptionist=agent,
            transcript=transcript,
            django=django,
            ended=ended,
        )
    await transcript.reporter.close()
