"""The end of a call from our side: nobody is cut off, and the phone is hung up once."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from livekit.agents import AgentSession

from agents.voice import goodbye as saying_goodbye
from agents.voice.backchannel import Backchannel
from agents.voice.goodbye import Goodbye
from tests.fakes.voice_session import FakeVoiceSession


class Parting:
    """A goodbye with what came of it, in order."""

    def __init__(self) -> None:
        self.session = FakeVoiceSession()
        self.backchannel = Backchannel()
        self.happened: list[str] = []
        self.goodbye = Goodbye(
            cast(AgentSession[Any], self.session),
            self.backchannel,
            shop_name="Willow and Wren",
            decided=self.happened.append,
            hang_up=self.hang_up,
        )

    async def hang_up(self) -> None:
        self.happened.append("hung up")

    async def until_said(self, times: int = 1) -> None:
        async with asyncio.timeout(5):
            while len(self.session.said) < times:
                await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def _short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saying_goodbye, "LAST_WORD_S", 0.0)


async def test_the_call_is_hung_up_after_the_farewell_has_been_heard() -> None:
    parting = Parting()

    parting.goodbye.begin("agent_ended")
    await parting.until_said()
    assert parting.happened == []
    parting.session.said[0].end()
    assert parting.goodbye.saying is not None
    await parting.goodbye.saying

    assert parting.session.said[0].text == "Thank you for calling Willow and Wren. Goodbye!"
    assert parting.happened == ["agent_ended", "hung up"]


async def test_a_caller_with_something_to_add_keeps_the_call() -> None:
    parting = Parting()

    parting.goodbye.begin("agent_ended")
    await parting.until_said()
    parting.session.said[0].end(interrupted=True)
    assert parting.goodbye.saying is not None
    await parting.goodbye.saying

    assert parting.happened == []
    assert not parting.backchannel.leaving


async def test_a_farewell_that_never_ends_does_not_keep_the_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(saying_goodbye, "SPOKEN_WITHIN_S", 0.0)
    parting = Parting()

    parting.goodbye.begin("caller_silent")
    assert parting.goodbye.saying is not None
    async with asyncio.timeout(5):
        await parting.goodbye.saying

    assert parting.happened == ["caller_silent", "hung up"]


async def test_a_second_goodbye_meanwhile_says_nothing_more() -> None:
    parting = Parting()

    parting.goodbye.begin("agent_ended")
    await parting.until_said()
    parting.goodbye.begin("caller_silent")
    parting.session.said[0].end()
    assert parting.goodbye.saying is not None
    await parting.goodbye.saying

    assert len(parting.session.said) == 1
    assert parting.happened == ["agent_ended", "hung up"]


async def test_a_caller_who_hangs_up_in_the_farewell_is_not_waited_for() -> None:
    parting = Parting()

    parting.goodbye.begin("agent_ended")
    await parting.until_said()
    await parting.goodbye.finish()
    parting.goodbye.stop()

    assert parting.happened == []
