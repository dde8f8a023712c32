"""The web process as the recorder sees it: takes recordings, and can be made to refuse them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request; the path is unquoted."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Inbox:
    """What came in. ``answers`` are the next statuses; then everything is taken."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def take(self, request: Received) -> int:
        with self.arrived:
            self.received.append(request)
            self.arrived.notify_all()
            return self.answers.pop(0) if self.answers else 204

    def wait_for(self, *, room: str, count: int = 1, within_s: float = 30) -> list[Received]:
        """Return the requests about a room once there are so many."""
        deadline = time.monotonic() + within_s
        with self.arrived:
            while True:
                found = [request for request in self.received if f"/{room}/" in request.path]
                if len(found) >= count:
                    return found
                left = deadline - time.monotonic()
                assert left > 0, f"{len(found)} requests about {room} in {within_s} s"
                self.arrived.wait(left)


@contextmanager
def open_inbox() -> Iterator[Inbox]:
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            if self.headers.get("Transfer-Encoding") == "chunked":
                raise AssertionError("Django's server takes no body without a length")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status = inbox.take(
                Received(
                    method=self.command,
                    path=unquote(self.path),
                    headers=dict(self.headers),
                    body=body,
                )
            )
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_PUT(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        inbox.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield inbox
        finally:
            server.shutdown()
            thread.join()
