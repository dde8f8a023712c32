"""Tells Django what happened: first to disk, then in batches, again until Django has it.

Reporting never waits and never fails: Django may be away for minutes, and a job may die. What a
dead job left on disk is delivered by the worker's main process.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final
from uuid import uuid4

from agents.voice.control_plane import ControlPlane, Event
from contactcenter.errors import Invalid, Unavailable

logger = logging.getLogger(__name__)

BATCH: Final = 100
# Events of one moment (a tool call, the answer, its passages) travel together.
GATHER_S: Final = 0.2
DELAYS_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0)
LAST_WORDS_WITHIN_S: Final = 5.0
SWEEP_EVERY_S: Final = 10.0


def now_text() -> str:
    return datetime.now(UTC).isoformat()  # noqa: TID251 - this process has no Django


@contextmanager
def locked(path: Path) -> Iterator[IO[str] | None]:
    """Hold a spool file; None if a living job holds it. The lock dies with its process."""
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield None
        else:
            yield file


def open_spool(path: Path) -> IO[str]:
    """Open and lock a job's file; on a broken disk events are kept in memory only."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        spool = path.open("a", encoding="utf-8")
    except OSError as error:
        logger.error("no spool", extra={"error": type(error).__name__})  # noqa: TRY400
        return Path(os.devnull).open("a", encoding="utf-8")
    fcntl.flock(spool, fcntl.LOCK_EX)
    return spool


class Reporter:
    """Reports the events of one job; use ``report`` anywhere, ``run`` as a task, then ``close``."""

    def __init__(
        self, control_plane: ControlPlane, *, room_name: str, job_id: str, folder: Path
    ) -> None:
        self.control_plane = control_plane
        self.room_name = room_name
        self.job_id = job_id
        self.sequence = 0
        self.waiting: deque[Event] = deque()
        self.arrived = asyncio.Event()
        self.path = folder / f"{room_name}.{job_id}.jsonl"
        self.spool = open_spool(self.path)

    def report(self, kind: str, *, happened_at: str | None = None, **detail: Any) -> None:
        """Note an event; kinds and their details are in docs/events.md."""
        self.sequence += 1
        event = Event(
            event_id=str(uuid4()),
            job_id=self.job_id,
            sequence=self.sequence,
            kind=kind,
            detail=detail,
            happened_at=happened_at or now_text(),
        )
        self.waiting.append(event)
        with suppress(OSError, ValueError):
            # A full disk must not end the call; the event is still sent from memory.
            self.spool.write(json.dumps(asdict(event)) + "\n")
            self.spool.flush()
        self.arrived.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        failures = 0
        while True:
            await self.arrived.wait()
            await asyncio.sleep(GATHER_S)
            if await self._deliver_some():
                failures = 0
            else:
                await asyncio.sleep(DELAYS_S[min(failures, len(DELAYS_S) - 1)])
                failures += 1

    async def _deliver_some(self) -> bool:
        self.arrived.clear()
        while batch := [self.waiting[at] for at in range(min(BATCH, len(self.waiting)))]:
            try:
                await deliver(self.control_plane, self.room_name, batch)
            except Unavailable:
                self.arrived.set()
                return False
            for _ in batch:
                self.waiting.popleft()
        return True

    async def close(self) -> None:
        """Deliver the rest if Django answers soon; else leave it on disk for the main process."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_WITHIN_S):
                # Django is asked again; there is no event to wait for.
                while not await self._deliver_some():  # noqa: ASYNC110
                    await asyncio.sleep(DELAYS_S[0])
        if not self.waiting:
            with suppress(OSError):
                self.path.unlink(missing_ok=True)
        self.spool.close()


async def deliver(control_plane: ControlPlane, room_name: str, batch: list[Event]) -> None:
    """Send a batch; what Django refuses for good is dropped and logged by its kinds.

    Raises:
        Unavailable: Django does not answer; send the same batch later.
    """
    try:
        await control_plane.send_events(room_name, batch)
    except Invalid as error:
        if len(batch) > 1:
            # One bad event refuses them all: find it, keep the others.
            for event in batch:
                await deliver(control_plane, room_name, [event])
            return
        logger.error(  # noqa: TRY400 - the text says it all
            "event refused", extra={"kind": batch[0].kind, "reason": str(error)}
        )


def spools(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))


async def sweep(control_plane: ControlPlane, folder: Path) -> None:
    """Deliver what dead jobs left in the folder.

    Raises:
        Unavailable: Django does not answer.
    """
    for path in spools(folder):
        try:
            with locked(path) as file:
                if file is None:
                    continue
                file.seek(0)
                left = list(read_spool(file))
                room_name = path.name.split(".")[0]
                for at in range(0, len(left), BATCH):
                    await deliver(control_plane, room_name, left[at : at + BATCH])
                path.unlink(missing_ok=True)
        except OSError as error:
            # A file that cannot be read must not keep back the others.
            logger.warning("spool unreadable", extra={"error": type(error).__name__})
        else:
            logger.info("spool delivered", extra={"room": room_name, "events": len(left)})


def read_spool(file: IO[str]) -> Iterator[Event]:
    for line in file:
        # The last line may be half written: its job died in the middle of it.
        with suppress(json.JSONDecodeError, TypeError):
            yield Event(**json.loads(line))


async def keep_sweeping(control_plane: ControlPlane, folder: Path) -> None:
    """Sweep now and then until cancelled."""
    while True:
        try:
            await sweep(control_plane, folder)
        except Unavailable as error:
            logger.info("spools wait", extra={"reason": str(error), "pid": os.getpid()})
        await asyncio.sleep(SWEEP_EVERY_S)
