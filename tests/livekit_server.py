"""A real livekit-server with its own Redis on free ports, and a web address that keeps webhooks."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from contactcenter.config import Config
from tests import needs
from tests.environment import ENVIRONMENT
from tools import machine
from tools.stack import services
from tools.supervisor import Supervisor


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A webhook as it came over the wire."""

    body: str
    authorization: str


@dataclass
class Webhooks:
    """What LiveKit has reported so far."""

    deliveries: list[Delivery] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, *texts: str, within_s: float = 10) -> Delivery:
        """Return the first delivery that holds all texts."""
        deadline = time.monotonic() + within_s
        with self.arrived:
            while True:
                for delivery in self.deliveries:
                    if all(text in delivery.body for text in texts):
                        return delivery
                left = deadline - time.monotonic()
                assert left > 0, f"no webhook with {texts} in {within_s} s"
                self.arrived.wait(left)

    def keep(self, delivery: Delivery) -> None:
        with self.arrived:
            self.deliveries.append(delivery)
            self.arrived.notify_all()


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where it listens, as the product's own configuration says it."""

    config: Config
    env: Mapping[str, str]
    webhooks: Webhooks


def web(webhooks: Webhooks) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            webhooks.keep(
                Delivery(
                    body=self.rfile.read(length).decode(),
                    authorization=self.headers.get("Authorization", ""),
                )
            )
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture(scope="session")
def livekit() -> Iterator[Server]:
    needs.insist(needs.livekit())
    webhooks = Webhooks()
    with tempfile.TemporaryDirectory(prefix="cc-livekit-") as folder, web(webhooks) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        var = Path(folder)
        given = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        given |= ENVIRONMENT | machine.free_ports() | {"WEB_PORT": str(server.server_port)}
        env = machine.environment(var, given)
        wanted = [service for service in services(var, env) if service.name in {"redis", "livekit"}]
        supervisor = Supervisor(wanted, env=env, logs=var / "log")
        supervisor.start()
        try:
            yield Server(config=Config.from_env(env), env=env, webhooks=webhooks)
        finally:
            supervisor.stop()
            server.shutdown()
            thread.join()
