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
from agents.voice.lease import Lease
from agents.voice.ordered.preference import Preference
from agents.voice.session import Engines
from contactcenter.config import load
from tests.fakes.control_plane import FakeControlPlane
from tests.fakes.leases import FakeLeases

CALLER = "sip_+15550142"


@dataclass
class FakeRoom:
    """A room that holds the caller, or nobody any more."""

    remote_participants: dict[str, Any] = field(default_factory=dict)
    name: str = "call-1"

    def on(self, event: str, handler: Callable[..., None]) -> None:
        pass


@pytest.fixture
def leases() -> FakeLeases:
    return FakeLeases()


@pytest.fixture
async def call(tmp_path: Path, leases: FakeLeases) -> AsyncIterator[Conversation]:
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
        lease=Lease(leases, room_name="call-1", job_id="AJ_1", every_s=0.001),
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


async def test_a_job_whose_call_another_job_took_leaves_it_to_that_one(
    call: Conversation, leases: FakeLeases
) -> None:
    await call.lease.take()
    await leases.take("call-1", "AJ_2")

    async def wait_for_participant(**_: Any) -> None:
        await call.ending
        raise RuntimeError("room disconnected")

    cast(Any, call.ctx).wait_for_participant = wait_for_participant

    assert await call.hold() == endings.REPLACED
    assert leases.holders == {"call-1": "AJ_2"}


async def test_a_job_that_ends_releases_its_call(call: Conversation, leases: FakeLeases) -> None:
    await call.lease.take()

    async def wait_for_participant(**_: Any) -> None:
        assert leases.holders == {"call-1": "AJ_1"}
        raise RuntimeError("room disconnected")

    cast(Any, call.ctx).wait_for_participant = wait_for_participant

    assert await call.hold() == endings.NEVER_CAME
    assert leases.holders == {}
