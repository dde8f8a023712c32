"""The whole product on free ports, for calls by a real SIP phone."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from livekit import api
from psycopg.rows import dict_row

from contactcenter.config import ROOT
from tests import needs
from tools import machine, postgres
from tools.stack import services
from tools.supervisor import Supervisor

NUMBER = "+15550100"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A running product: dial ``address``, open ``web``, ask its database."""

    env: Mapping[str, str]
    var: Path
    supervisor: Supervisor

    @property
    def address(self) -> str:
        return machine.dial_address(self.env)

    @property
    def web(self) -> str:
        return self.env["WEB_URL"]

    def rows(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        with psycopg.connect(self.env["DATABASE_URL"], row_factory=dict_row, autocommit=True) as db:
            answer = db.execute(query.encode(), arguments)
            return answer.fetchall() if answer.description else []

    def wait_for(
        self,
        query: str,
        *arguments: object,
        until: Callable[[list[dict[str, Any]]], bool],
        within_s: float = 30,
    ) -> list[dict[str, Any]]:
        """Ask until the answer is as wanted.

        Raises:
            AssertionError: It was not within the time; shows the last answer.
        """
        deadline = time.monotonic() + within_s
        while True:
            found = self.rows(query, *arguments)
            if until(found):
                return found
            assert time.monotonic() < deadline, f"still {found} after {within_s} s"
            time.sleep(0.2)

    def rooms(self) -> list[str]:
        """Return the names of LiveKit's rooms."""

        async def ask() -> list[str]:
            secret = self.env["LIVEKIT_API_SECRET"]
            async with api.LiveKitAPI(
                self.env["LIVEKIT_URL"], self.env["LIVEKIT_API_KEY"], secret
            ) as client:
                found = await client.room.list_rooms(api.ListRoomsRequest())
            return [room.name for room in found.rooms]

        return asyncio.run(ask())

    @contextmanager
    def asleep(self, name: str) -> Iterator[None]:
        """Have a process hang, as one does that waits for a dead disk or network."""
        process = self.supervisor.runs[name].process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(process.pid, signal.SIGCONT)


@contextmanager
def running_line(given: Mapping[str, str], *, name: str) -> Iterator[Line]:
    """Start every process of the product on free ports.

    Args:
        given: Settings that differ from the defaults.
        name: Where the logs are kept.
    """
    with tempfile.TemporaryDirectory(prefix=f"cc-{name}-") as folder:
        var = Path(folder)
        own = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        number = {"SIP_NUMBER": NUMBER}
        env = machine.environment(var, {**own, **machine.free_ports(), **number, **given})
        supervisor = Supervisor(services(var, env), env=env, logs=var / "log")
        supervisor.start()
        try:
            yield Line(env=env, var=var, supervisor=supervisor)
        finally:
            supervisor.stop()
            postgres.tidy(var / "postgres")
            keep_logs(var, name)


@pytest.fixture(scope="session")
def line() -> Iterator[Line]:
    needs.insist(needs.baresip(), needs.livekit(), needs.models())
    with running_line({"RTP_PORTS": "31000-31400"}, name="line") as running:
        yield running


def keep_logs(var: Path, name: str) -> None:
    """Leave the logs where a person looks after a failed run."""
    kept = ROOT / "var" / "test-logs" / name
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(var / "log", kept)
