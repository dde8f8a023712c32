"""Whom a job hears where, and what it leaves behind when it cannot record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.conf import settings
from livekit import rtc
from livekit.agents import JobContext
from livekit.agents.job import RunningJobInfo

from calls.recorder import private
from calls.recorder.job import channel_of, record
from calls.recorder.mixing import Channel
from calls.recorder.segments import finished
from contactcenter.config import Config
from tests.recorder.inbox import Inbox, open_inbox

SIP, AGENT, STANDARD = 3, 4, 0
ROOM = "call-_+15550100_abc"


@dataclass
class FakeJob:
    """As much of a job as the entry point uses, in a room that cannot be joined."""

    config: Config
    room_name: str = ROOM
    over: list[str] = field(default_factory=list)
    _info: Any = field(default_factory=lambda: SimpleNamespace(token="the job's own"))

    def __post_init__(self) -> None:
        self.job = SimpleNamespace(id="AJ_1", room=SimpleNamespace(name=self.room_name))
        self.proc = SimpleNamespace(userdata={"config": self.config})
        self.room = rtc.Room()

    async def connect(self, **options: Any) -> None:
        raise rtc.ConnectError("no such server")

    def shutdown(self, reason: str) -> None:
        self.over.append(reason)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with open_inbox() as inbox:
        yield inbox


@pytest.mark.parametrize(
    ("identity", "kind", "attributes", "channel"),
    [
        ("sip_+15550123", SIP, {"sip.callID": "SCL_1"}, Channel.CALLER),
        ("sip_anonymous", SIP, {}, Channel.CALLER),
        ("web-7", STANDARD, {"cc.role": "caller"}, Channel.CALLER),
        ("human-3-9", SIP, {"sip.callID": "SCL_2"}, Channel.OTHERS),
        ("human-3-9", STANDARD, {}, Channel.OTHERS),
        ("ai", AGENT, {}, Channel.OTHERS),
    ],
)
def test_the_caller_is_left_and_nobody_else(
    identity: str, kind: int, attributes: dict[str, str], channel: Channel
) -> None:
    participant = SimpleNamespace(identity=identity, kind=kind, attributes=attributes)

    assert channel_of(cast(rtc.RemoteParticipant, participant)) is channel


async def test_a_room_that_cannot_be_joined_is_reported_and_the_job_ends(tmp_path: Path) -> None:
    job = FakeJob(replace(settings.CONFIG, var=tmp_path))

    await record(cast(JobContext, job))

    (path,) = tmp_path.glob("recorder/*/*")
    with finished(path) as segment:
        assert segment is not None
        assert segment.manifest.failed == "ConnectError while recording"
        assert segment.duration_s() == 0
    assert job.over == ["recording over"]


async def test_a_disk_that_takes_nothing_is_reported_at_once(tmp_path: Path, inbox: Inbox) -> None:
    (tmp_path / "recorder").write_text("a file where the folder should be")
    job = FakeJob(replace(settings.CONFIG, var=tmp_path, web_url=inbox.url))

    await record(cast(JobContext, job))

    (request,) = inbox.received
    assert request.path == f"/internal/calls/{ROOM}/recording/AJ_1/failed/"
    assert request.body == b'{"reason": "NotADirectoryError before recording"}'
    assert job.over == ["recording over"]


def test_the_private_part_of_livekit_agents_is_the_version_it_was_written_for() -> None:
    info = RunningJobInfo(
        accept_arguments=cast(Any, None),
        job=cast(Any, None),
        url="",
        token="the job's own",
        worker_id="",
        fake_job=False,
    )

    private.join_with(cast(JobContext, SimpleNamespace(_info=info)), "the recorder's")

    assert version("livekit-agents") == "1.8.9"
    assert info.token == "the recorder's"
