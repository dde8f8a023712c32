"""A web process with a database of its own, spoken to over HTTP only."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
import psycopg
import pytest

from contactcenter.config import ROOT
from tools import ports

NUMBER: Final = "+15550100"
PASSWORDS: Final = {"supervisor": "listens-to-calls", "representative": "reads-the-words"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """The running process; ``tell`` speaks to its internal API as ``worker`` or ``recorder``."""

    url: str
    env: Mapping[str, str]

    def tell(self, role: str, method: str, path: str, **request: Any) -> None:
        headers = request.pop("headers", {}) | {
            "Authorization": f"Bearer {self.env[f'{role.upper()}_TOKEN']}"
        }
        answer = httpx.request(
            method,
            f"{self.url}/internal/calls/{quote(path, safe='/')}",
            headers=headers,
            timeout=10,
            **request,
        )
        answer.raise_for_status()

    def manage(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            check=True,
            capture_output=True,
            timeout=60,
        )

    @contextmanager
    def running(self, *arguments: str) -> Iterator[None]:
        with subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                yield
            finally:
                process.terminate()


def own_database() -> str:
    """Make an empty database beside the one of the other tests."""
    shared = os.environ["DATABASE_URL"]
    with psycopg.connect(shared, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS browser")
        connection.execute("CREATE DATABASE browser")
    return shared.replace("/postgres?", "/browser?")


@pytest.fixture(scope="session")
def web() -> Iterator[Web]:
    port = ports.free()
    with tempfile.TemporaryDirectory(prefix="cc-web-") as folder:
        (Path(folder) / "static").mkdir()
        env = os.environ | {
            "DATABASE_URL": own_database(),
            "VAR_DIR": folder,
            "WEB_URL": f"http://127.0.0.1:{port}",
            # Nobody listens there: what needs LiveKit is not part of these tests.
            "LIVEKIT_URL": "ws://127.0.0.1:9",
        }
        web = Web(url=env["WEB_URL"], env=env)
        web.manage("migrate", "-v0")
        web.manage("seed_users", *(f"--password={role}={word}" for role, word in PASSWORDS.items()))
        web.manage("seed_telephony", f"--number={NUMBER}")
        server = ("-m", "uvicorn", "contactcenter.asgi:application", "--lifespan", "off")
        with web.running(*server, "--host", "127.0.0.1", "--port", str(port)):
            wait_until_it_answers(web)
            yield web


def wait_until_it_answers(web: Web) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            httpx.get(f"{web.url}/healthz").raise_for_status()
        except httpx.HTTPError:
            assert time.monotonic() < deadline, "the web process does not answer"
            time.sleep(0.1)
        else:
            return
