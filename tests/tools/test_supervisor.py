"""The supervisor starts in order, restarts what dies and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tools import supervisor as supervising
from tools.supervisor import Service, StartFailed, Supervisor

SLEEPER = (sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(60)")


def supervise(services: list[Service], folder: Path, told: list[str] | None = None) -> Supervisor:
    tell: Callable[[str], None] = told.append if told is not None else (lambda text: None)
    return Supervisor(services, env=os.environ, logs=folder, tell=tell)


def wait_until(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_service_starts_only_when_those_it_needs_are_ready(tmp_path: Path) -> None:
    told: list[str] = []
    supervisor = supervise(
        [
            Service(name="second", argv=SLEEPER, after=("first",), ready="log:awake"),
            Service(name="first", argv=SLEEPER, ready="log:awake"),
        ],
        tmp_path,
        told,
    )

    supervisor.start()
    supervisor.stop()

    assert [line.split()[0] for line in told] == ["first", "second"]


def test_a_process_that_is_killed_comes_back(tmp_path: Path) -> None:
    supervisor = supervise([Service(name="one", argv=SLEEPER, ready="log:awake")], tmp_path)
    supervisor.start()
    run = supervisor.runs["one"]
    assert run.process is not None
    first = run.process.pid
    came_back = threading.Event()
    run.tell = lambda text: None
    original = run.start

    def start() -> None:
        original()
        came_back.set()

    run.start = start  # type: ignore[method-assign]  # the moment of the restart is what we wait for
    os.kill(first, signal.SIGKILL)

    assert came_back.wait(20)
    assert run.process.pid != first
    assert run.is_alive()
    supervisor.stop()


def test_a_restart_that_fails_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "RESTART_DELAYS_S", (0.0,))
    script = tmp_path / "service"
    script.write_text(
        f"#!{sys.executable}\nimport time; print('awake', flush=True); time.sleep(60)"
    )
    script.chmod(0o700)
    told: list[str] = []
    supervisor = supervise(
        [Service(name="one", argv=(str(script),), ready="log:awake")], tmp_path, told
    )
    supervisor.start()
    run = supervisor.runs["one"]
    assert run.process is not None
    first = run.process.pid

    script.rename(tmp_path / "away")
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: any("could not be started" in line for line in told))
    (tmp_path / "away").rename(script)

    wait_until(run.is_alive)
    supervisor.stop()


def test_children_of_a_service_do_not_outlive_it(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('child', child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    supervisor = supervise(
        [Service(name="parent", argv=(sys.executable, "-c", script), ready="log:child")], tmp_path
    )
    supervisor.start()
    child = psutil.Process(int((tmp_path / "parent.log").read_text().split()[1]))
    assert child.is_running()

    supervisor.stop()

    # Whoever adopts an orphan reaps it, a moment after it was killed.
    _, alive = psutil.wait_procs([child], timeout=10)
    assert [process.status() for process in alive] in ([], [psutil.STATUS_ZOMBIE])


def test_a_service_that_ends_at_once_is_named_with_its_last_words(tmp_path: Path) -> None:
    broken = (sys.executable, "-c", "raise SystemExit('the disk is on fire')")
    supervisor = supervise([Service(name="broken", argv=broken, ready="log:never")], tmp_path)

    with pytest.raises(StartFailed, match=r"broken ended at once(.|\n)*the disk is on fire"):
        supervisor.start()

    assert supervisor.started == []
