"""A call from the job's side: when it counts as answered, and a caller who is gone already."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from livekit import rtc
from livekit.agents import JobContext

from agents.voice import endings
from agents.voice.call import Conversation
from agents.voice.ordered.preference import Preference
from agents.voice.session import Engines
from contactcenter.config import load
from tests.fakes.control_plane import FakeControlPlane

CALLER = "sip_+15550142"


@dataclass
class FakeRoom:
    """A room that holds the caller, or nobody any more."""

    remote_participants: dict[str, Any] = field(default_factory=dict)
    name: str = "call-1"

    def on(self, event: str, handler: Callable[..., None]) -> None:
        pass


@pytest.fixture
async def call(tmp_path: Path) -> AsyncIterator[Conversation]:
    engines = Engines(
        stt=cast(Any, None),
        llm=cast(Any, None),
        tts=cast(Any, None),
        policies=Preference("policies", []),
    )
    room = FakeRoom()
    ctx = SimpleNamespace(job=SimpleNamespace(id="AJ_1", room=room), room=room)
    call = Conversation(
        cast(JobContext, ctx),
        config=replace(load(), var=tmp_path),
        engines=engines,
        django=FakeControlPlane(),
    )
    yield call
    await call.reporter.close()


def caller(status: str) -> rtc.RemoteParticipant:
    return cast(
        rtc.RemoteParticipant,
        SimpleNamespace(
            identity=CALLER,
            attributes={"sip.callStatus": status},
            disconnect_reason=rtc.DisconnectReason.CLIENT_INITIATED,
        ),
    )


async def test_an_active_telephone_is_answered(call: Conversation) -> None:
    assert await call._answered(caller("active"))


async def test_a_telephone_that_is_being_hung_up_was_not_answered(call: Conversation) -> None:
    call.end(endings.HUNG_UP)

    assert not await call._answered(caller("hangup"))


async def test_a_caller_who_left_before_we_looked_has_hung_up(call: Conversation) -> None:
    call._follow_room(caller("hangup"))

    assert call.ending.result() == endings.HUNG_UP


async def test_the_first_ending_counts(call: Conversation) -> None:
    call.end(endings.HUNG_UP)
    call.end(endings.CLOSED)

    assert call.ending.result() == endings.HUNG_UP
