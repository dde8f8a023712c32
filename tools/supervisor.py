"""Starts processes in order when each is ready, restarts what dies, leaves nothing behind."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

PR_SET_PDEATHSIG: Final = 1
RESTART_DELAYS_S: Final = (0.2, 1.0, 2.0, 5.0, 10.0)
# A process that lived this long starts its delays from the beginning again.
STEADY_AFTER_S: Final = 30.0
libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Linux: not even ``kill -9`` on the supervisor leaves an orphan."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A process to keep alive.

    Attributes:
        ready: ``tcp:PORT``, ``http://…``, ``log:TEXT`` (a line of its output holds it) or
            a function; called until it says yes.
        stop: The signal that ends it cleanly; SIGKILL follows after ``stop_after_s``.
    """

    name: str
    argv: tuple[str, ...]
    after: tuple[str, ...] = ()
    ready: str | Callable[[], bool] = "log:"
    stop: signal.Signals = signal.SIGTERM
    stop_after_s: float = 10.0
    ready_within_s: float = 90.0
    once: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


class Running:
    """One service's process, its output and its state."""

    def __init__(
        self, service: Service, env: Mapping[str, str], log: Path, tell: Callable[[str], None]
    ):
        self.service = service
        self.env = env
        self.log = log
        self.tell = tell
        self.process: subprocess.Popen[str] | None = None
        self.reader: threading.Thread | None = None
        self.ready = threading.Event()
        self.lines_held_text = threading.Event()
        self.started_at = 0.0
        self.deaths = 0
        self.restart_at = 0.0

    def start(self) -> None:
        self.lines_held_text.clear()
        self.ready.clear()
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.service.argv,
            env=dict(self.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            bufsize=1,
            start_new_session=True,
            # prctl is one system call and takes no lock, so it is safe between fork and exec.
            preexec_fn=die_with_parent,  # noqa: PLW1509
            **self.service.options,
        )
        self.reader = threading.Thread(target=self._keep_output, args=(self.process,), daemon=True)
        self.reader.start()

    def _keep_output(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        wanted = self.service.ready[4:] if isinstance(self.service.ready, str) else ""
        with process.stdout, self.log.open("a") as log:
            for line in process.stdout:
                log.write(line)
                log.flush()
                if wanted and wanted in line:
                    self.lines_held_text.set()

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def probe(self) -> bool:
        ready = self.service.ready
        if self.service.once:
            return self.process is not None and self.process.poll() == 0
        if callable(ready):
            return ready()
        kind, _, rest = ready.partition(":")
        try:
            if kind == "log":
                return self.lines_held_text.is_set()
            if kind == "tcp":
                socket.create_connection(("127.0.0.1", int(rest)), 1).close()
            else:
                urllib.request.urlopen(ready, timeout=2).close()
        except OSError:
            return False
        return True

    def end(self) -> None:
        process = self.process
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(self.service.stop)
            try:
                process.wait(self.service.stop_after_s)
            except subprocess.TimeoutExpired:
                self.tell(
                    f"{self.service.name} did not stop in {self.service.stop_after_s:.0f} s: killed"
                )
        # Children that outlived it; their process group carries its id.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if self.reader is not None:
            self.reader.join(5)

    def last_words(self, count: int = 12) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(f"    {line[:300]}" for line in lines[-count:])


class StartFailed(Exception):
    """A service ended or did not become ready; the message holds its last words."""


class Supervisor:
    """Keeps a list of services alive between ``start`` and ``stop``."""

    def __init__(
        self,
        services: Sequence[Service],
        *,
        env: Mapping[str, str],
        logs: Path,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.tell = tell
        self.stopping = threading.Event()
        self.runs = {
            service.name: Running(service, env, logs / f"{service.name}.log", tell)
            for service in services
        }
        self.started: list[Running] = []
        self.watcher: threading.Thread | None = None

    def start(self) -> None:
        """Start everything in order and wait until all are ready.

        Raises:
            StartFailed: A service ended or was not ready in time; everything is stopped again.
        """
        waiting = list(self.runs.values())
        try:
            while not all(run.ready.is_set() for run in self.runs.values()):
                if self.stopping.is_set():
                    return
                waiting = self._start_what_can(waiting)
                self._note_what_is_ready()
                self.stopping.wait(0.05)
        except BaseException:
            self.stop()
            raise
        self.watcher = threading.Thread(target=self._watch, daemon=True)
        self.watcher.start()

    def _start_what_can(self, waiting: list[Running]) -> list[Running]:
        left = []
        for run in waiting:
            if all(self.runs[name].ready.is_set() for name in run.service.after):
                run.start()
                self.started.append(run)
            else:
                left.append(run)
        return left

    def _note_what_is_ready(self) -> None:
        for run in self.started:
            if run.ready.is_set():
                continue
            if run.probe():
                run.ready.set()
                self.tell(
                    f"{run.service.name} ready after {time.monotonic() - run.started_at:.1f} s"
                )
            elif not run.is_alive():
                raise StartFailed(
                    f"{run.service.name} ended at once; {run.log} ends with\n{run.last_words()}"
                )
            elif time.monotonic() - run.started_at > run.service.ready_within_s:
                raise StartFailed(
                    f"{run.service.name} was not ready after {run.service.ready_within_s:.0f} s;"
                    f" {run.log} ends with\n{run.last_words()}"
                )

    def _watch(self) -> None:
        while not self.stopping.wait(0.1):
            for run in self.started:
                if not run.service.once:
                    self._revive(run)

    def _revive(self, run: Running) -> None:
        now = time.monotonic()
        if run.is_alive():
            if not run.ready.is_set() and run.probe():
                run.ready.set()
            return
        if not run.restart_at:
            if now - run.started_at > STEADY_AFTER_S:
                run.deaths = 0
            delay = RESTART_DELAYS_S[min(run.deaths, len(RESTART_DELAYS_S) - 1)]
            run.deaths += 1
            run.restart_at = now + delay
            code = run.process.returncode if run.process else None
            self.tell(f"{run.service.name} ended with code {code}; restarting it in {delay:g} s")
        elif now >= run.restart_at and not self.stopping.is_set():
            run.restart_at = 0.0
            run.end()
            try:
                run.start()
            except OSError as error:
                # No memory or no file for the moment: tried again like a process that died.
                self.tell(f"{run.service.name} could not be started: {error}")

    def stop(self) -> None:
        """End everything in reverse order; safe to repeat."""
        self.stopping.set()
        if self.watcher is not None:
            self.watcher.join(15)
        for run in reversed(self.started):
            run.end()
        self.started.clear()
