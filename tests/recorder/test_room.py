"""The recorder process in a real room: who is heard where, and what is left after a crash."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from livekit import api
from livekit.protocol.room import RoomConfiguration

from contactcenter import rooms
from contactcenter.config import ROOT, Config
from sip.telephony import LiveKitTelephony
from tests.livekit_server import Server, livekit
from tests.recorder.inbox import Inbox, open_inbox
from tests.recorder.tones import RATE, Player, channels, tone_of, tones_of
from tools import ports
from tools.supervisor import Service, Supervisor

__all__ = ["livekit"]

pytestmark = pytest.mark.telephone

CALLER_HZ, AGENT_HZ, REPRESENTATIVE_HZ, BRIEFING_HZ = 440.0, 1000.0, 2000.0, 3000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """A running recorder process and what it delivers to."""

    config: Config
    inbox: Inbox
    supervisor: Supervisor

    @property
    def folder(self) -> Path:
        return self.config.var / "recorder"

    @property
    def is_alive(self) -> bool:
        return self.supervisor.runs["recorder"].is_alive()

    @property
    def pid(self) -> int:
        process = self.supervisor.runs["recorder"].process
        assert process is not None
        return process.pid


@pytest.fixture(scope="module")
def recorder(livekit: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    var = tmp_path_factory.mktemp("recorder")
    with open_inbox() as inbox:
        env = {**livekit.env, "VAR_DIR": str(var), "WEB_URL": inbox.url}
        env["RECORDER_PORT"] = str(ports.free())
        service = Service(
            name="recorder",
            argv=(env["PYTHON"], "-m", "calls.recorder", "start"),
            ready="log:registered worker",
            options={"cwd": ROOT},
        )
        supervisor = Supervisor([service], env=env, logs=var)
        supervisor.start()
        try:
            yield Recorder(config=Config.from_env(env), inbox=inbox, supervisor=supervisor)
        finally:
            supervisor.stop()


@pytest.fixture
def room_name() -> str:
    return f"{rooms.ROOM_PREFIX}_+15550100_{uuid4().hex[:8]}"


@pytest.fixture
async def caller(recorder: Recorder, room_name: str) -> AsyncIterator[Player]:
    """A caller whose arrival makes the room and sends for the recorder, as a rule does."""
    # An earlier test may have ended the process; a room made meanwhile would get no recorder.
    async with asyncio.timeout(30):
        while not (recorder.is_alive and recorder.supervisor.runs["recorder"].ready.is_set()):
            await asyncio.sleep(0.1)
    player = Player(CALLER_HZ)
    agents = [api.RoomAgentDispatch(agent_name=rooms.RECORDER_AGENT_NAME)]
    token = rooms.sip_token(
        recorder.config,
        room_name=room_name,
        identity="sip_+15550123",
        name="Phone +15550123",
        metadata="",
        attributes={"sip.callID": "SCL_1"},
        room_config=RoomConfiguration(agents=agents, departure_timeout=20),
    )
    await player.join(recorder.config.livekit_url, token)
    yield player
    await player.leave()


def token(config: Config, room_name: str, identity: str, kind: str) -> str:
    grants = api.VideoGrants(room_join=True, room=room_name)
    made = api.AccessToken(config.livekit_api_key, config.livekit_api_secret)
    return made.with_identity(identity).with_kind(kind).with_grants(grants).to_jwt()  # type: ignore[arg-type]


async def is_recorded(recorder: Recorder, room_name: str, *, bytes_: int = 1) -> Path:
    """Wait until the segment on disk has grown to a size."""
    async with asyncio.timeout(20):
        while True:
            for path in recorder.folder.glob(f"{room_name}/*.ogg"):
                if path.stat().st_size >= bytes_:
                    return path
            await asyncio.sleep(0.1)


async def test_the_caller_is_left_and_everybody_else_right(
    recorder: Recorder, caller: Player, room_name: str, tmp_path: Path
) -> None:
    others = [
        (Player(AGENT_HZ), "ai", "agent"),
        (Player(BRIEFING_HZ, name="briefing"), "ai-brief", "agent"),
        (Player(REPRESENTATIVE_HZ), "human-1", "sip"),
    ]
    for player, identity, kind in others[:2]:
        await player.join(
            recorder.config.livekit_url, token(recorder.config, room_name, identity, kind)
        )
    path = await is_recorded(recorder, room_name, bytes_=12_000)

    # Nobody in the room can see that it is recorded by a participant.
    seen = {one.identity for one in caller.room.remote_participants.values()}
    assert seen == {"ai", "ai-brief"}

    player, identity, kind = others[2]
    await player.join(
        recorder.config.livekit_url, token(recorder.config, room_name, identity, kind)
    )
    await others[0][0].leave()
    await is_recorded(recorder, room_name, bytes_=path.stat().st_size + 12_000)
    await others[1][0].leave()
    await others[2][0].leave()
    await caller.leave()
    (upload,) = await asyncio.to_thread(recorder.inbox.wait_for, room=room_name)

    (tmp_path / "call.ogg").write_bytes(upload.body)
    left, right = channels(tmp_path / "call.ogg")
    assert upload.path == f"/internal/calls/{room_name}/recording/{path.stem}/"
    assert upload.headers["X-Sha256"] == hashlib.sha256(upload.body).hexdigest()
    assert float(upload.headers["X-Duration"]) == pytest.approx(len(left) / RATE, abs=0.1)
    heard_left, heard_right = tones_of(left), tones_of(right)
    assert set(heard_left) - {0.0} == {CALLER_HZ}
    assert set(heard_right) - {0.0} == {AGENT_HZ, REPRESENTATIVE_HZ}
    assert heard_right.index(AGENT_HZ) < heard_right.index(REPRESENTATIVE_HZ)
    # The file ends with the call, not with the wait for somebody to come back.
    assert heard_left[-1] == CALLER_HZ
    assert list(recorder.folder.glob(f"{room_name}/*")) == []


async def test_the_recording_ends_with_the_call_and_nobody_stays(
    recorder: Recorder, caller: Player, room_name: str
) -> None:
    await is_recorded(recorder, room_name, bytes_=8_000)
    network = LiveKitTelephony(recorder.config)

    await asyncio.to_thread(network.close_room, room_name)
    await asyncio.to_thread(recorder.inbox.wait_for, room=room_name)

    found = await asyncio.to_thread(network.rooms)
    assert [room.name for room in found if room.name == room_name] == []


async def test_a_killed_job_leaves_audio_that_is_delivered(
    recorder: Recorder, caller: Player, room_name: str, tmp_path: Path
) -> None:
    path = await is_recorded(recorder, room_name, bytes_=16_000)
    job = next(
        process
        for process in psutil.Process(recorder.pid).children(recursive=True)
        if any(Path(file.path) == path for file in process.open_files())
    )

    os.kill(job.pid, signal.SIGKILL)
    (upload,) = await asyncio.to_thread(recorder.inbox.wait_for, room=room_name)

    (tmp_path / "call.ogg").write_bytes(upload.body)
    left, _ = channels(tmp_path / "call.ogg")
    assert upload.method == "PUT"
    assert len(left) > 2 * RATE
    assert tone_of(left[-RATE:]) == CALLER_HZ


async def test_a_killed_recorder_delivers_what_it_left_once_it_is_back(
    recorder: Recorder, caller: Player, room_name: str, tmp_path: Path
) -> None:
    await is_recorded(recorder, room_name, bytes_=16_000)

    os.kill(recorder.pid, signal.SIGKILL)
    (upload,) = await asyncio.to_thread(recorder.inbox.wait_for, room=room_name)

    (tmp_path / "call.ogg").write_bytes(upload.body)
    assert upload.method == "PUT"
    assert tone_of(channels(tmp_path / "call.ogg")[0][-RATE:]) == CALLER_HZ


async def test_a_recorder_that_is_told_to_stop_records_the_call_to_its_end(
    recorder: Recorder, caller: Player, room_name: str, tmp_path: Path
) -> None:
    path = await is_recorded(recorder, room_name, bytes_=8_000)

    os.kill(recorder.pid, signal.SIGTERM)
    await is_recorded(recorder, room_name, bytes_=path.stat().st_size + 8_000)
    await caller.leave()
    (upload,) = await asyncio.to_thread(recorder.inbox.wait_for, room=room_name)

    (tmp_path / "call.ogg").write_bytes(upload.body)
    assert tone_of(channels(tmp_path / "call.ogg")[0][: 3 * RATE][-RATE:]) == CALLER_HZ
