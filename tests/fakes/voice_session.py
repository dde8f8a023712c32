"""What the small modules of a call need of an AgentSession, without sound or models."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any


@dataclass
class FakeSpeech:
    """One thing said; the test decides when it ends and how."""

    text: str
    interrupted: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait_for_playout(self) -> None:
        await self.over.wait()

    def end(self, *, interrupted: bool = False) -> None:
        self.interrupted = interrupted
        self.over.set()


class FakeVoiceSession:
    """Keeps what was said; the test moves the states of agent and caller."""

    def __init__(self) -> None:
        self.agent_state = "initializing"
        self.user_state = "listening"
        self.current_speech: FakeSpeech | None = None
        self.said: list[FakeSpeech] = []
        self.handlers: dict[str, list[Callable[[Any], None]]] = {}

    def on(self, event: str, handler: Callable[[Any], None]) -> None:
        self.handlers.setdefault(event, []).append(handler)

    def say(self, text: str) -> FakeSpeech:
        self.said.append(FakeSpeech(text))
        return self.said[-1]

    def agent_becomes(self, state: str) -> None:
        old, self.agent_state = self.agent_state, state
        self.emit("agent_state_changed", old, state)

    def caller_becomes(self, state: str) -> None:
        old, self.user_state = self.user_state, state
        self.emit("user_state_changed", old, state)

    def emit(self, event: str, old: str, new: str) -> None:
        for handler in self.handlers.get(event, []):
            handler(SimpleNamespace(old_state=old, new_state=new))
