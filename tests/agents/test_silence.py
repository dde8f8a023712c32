"""A caller who says nothing is asked once, then let go."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from livekit.agents import AgentSession

from agents.voice import silence
from agents.voice.silence import SilenceWatch
from tests.fakes.voice_session import FakeVoiceSession


async def until(happened: asyncio.Event) -> None:
    async with asyncio.timeout(5):
        await happened.wait()


class Watched:
    """A session under watch; ``let_go`` is set when the call is to be ended."""

    def __init__(self) -> None:
        self.session = FakeVoiceSession()
        self.reasons: list[str] = []
        self.let_go = asyncio.Event()
        self.watch = SilenceWatch(cast(AgentSession[Any], self.session), end=self.end)

    def end(self, reason: str) -> None:
        self.reasons.append(reason)
        self.let_go.set()

    def expire(self) -> None:
        """The time is up."""
        assert self.watch.timer is not None
        self.watch.timer.cancel()
        self.watch._expired()


async def test_a_silent_caller_is_asked_and_then_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "ASK_AFTER_S", 0.0)
    monkeypatch.setattr(silence, "END_AFTER_S", 0.0)
    watched = Watched()

    watched.session.agent_becomes("listening")
    async with asyncio.timeout(5):
        while not watched.session.said:
            await asyncio.sleep(0)
    watched.session.agent_becomes("speaking")
    watched.session.agent_becomes("listening")
    await until(watched.let_go)

    assert [speech.text for speech in watched.session.said] == [silence.QUESTION]
    assert watched.reasons == ["caller_silent"]


async def test_nobody_is_asked_while_somebody_speaks_or_thinks() -> None:
    watched = Watched()

    watched.session.agent_becomes("thinking")
    assert watched.watch.timer is None
    watched.session.agent_becomes("listening")
    assert watched.watch.timer is not None
    watched.session.caller_becomes("speaking")

    assert watched.watch.timer is None


async def test_any_sign_of_life_begins_the_wait_anew() -> None:
    watched = Watched()

    watched.session.agent_becomes("listening")
    watched.expire()
    assert watched.watch.asked
    watched.watch.caller_is_here()
    watched.expire()

    assert [speech.text for speech in watched.session.said] == [silence.QUESTION] * 2
    assert watched.reasons == []
    watched.watch.stop()
