"""Valkey, livekit-server and the SIP gateway as processes of their own, on free ports."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import redis

from contactcenter.config import ROOT, Config
from tests import needs
from tools import machine

PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Where they listen."""

    folder: Path
    env: Mapping[str, str]

    @property
    def config(self) -> Config:
        return Config.from_env(self.env)

    @property
    def sip_address(self) -> str:
        return f"127.0.0.1:{self.env['SIP_PORT']}"


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not ready():
        assert process.poll() is None, log.read_text()[-2000:]
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.05)


@contextmanager
def running(
    argv: list[str], log: Path, ready: Callable[[], bool], env: Mapping[str, str]
) -> Iterator[psutil.Process]:
    """A process that ends with the test, its output in ``log``."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=dict(env),
            cwd=ROOT,
        )
    try:
        wait_until(ready, process, log)
        yield psutil.Process(process.pid)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def valkey(port: str, folder: Path) -> Iterator[psutil.Process]:
    argv = [machine.valkey(), "--bind", "127.0.0.1", "--port", port, "--save", ""]

    def answers() -> bool:
        try:
            with redis.Redis(port=int(port)) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    with running(argv, folder / "valkey.log", answers, os.environ) as process:
        yield process


@contextmanager
def livekit(env: Mapping[str, str], folder: Path) -> Iterator[psutil.Process]:
    def answers() -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{env['LIVEKIT_PORT']}/", timeout=1).close()
        except (urllib.error.URLError, OSError):
            return False
        return True

    argv = [str(needs.LIVEKIT), "--config", str(folder / "livekit.yaml")]
    with running(argv, folder / "livekit.log", answers, os.environ) as process:
        yield process


@contextmanager
def gateway(servers: Servers, *, name: str = "gateway", code: str = "") -> Iterator[psutil.Process]:
    log = servers.folder / f"{name}.log"
    env = {"SIP_DRAIN_S": "0.2"} | dict(servers.env)
    argv = [sys.executable, *(["-c", code] if code else ["-m", "sip.gateway"])]

    def answers() -> bool:
        return log.exists() and '"gateway ready"' in log.read_text()

    with running(argv, log, answers, env) as process:
        yield process


@contextmanager
def environment(folder: Path) -> Iterator[dict[str, str]]:
    given = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    ports = machine.free_ports() | {"RTP_PORTS": "31500-31900"}
    env = machine.environment(folder, given | ports)
    machine.write_livekit_config(folder, env)
    # Webhooks would go to a web process that is not there.
    path = folder / "livekit.yaml"
    path.write_text(
        "".join(line for line in path.read_text().splitlines(True) if "webhook" not in line)
    )
    yield env


@contextmanager
def everything(folder: Path) -> Iterator[Servers]:
    """Start all three."""
    with ExitStack() as stack:
        env = stack.enter_context(environment(folder))
        stack.enter_context(valkey(env["REDIS_PORT"], folder))
        stack.enter_context(livekit(env, folder))
        servers = Servers(folder=folder, env=env)
        stack.enter_context(gateway(servers))
        yield servers
