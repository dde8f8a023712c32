"""``manage.py runclock``: what must happen even if nobody asks, every two seconds."""

from __future__ import annotations

import logging
import signal
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.management import BaseCommand
from django.db import DatabaseError, connection
from django.utils.timezone import now

import sip.services
from calls import recordings
from calls.reconcile import Watch, reconcile
from contactcenter.errors import Unavailable
from sip.telephony import Telephony, telephony

EVERY_S: Final = 2.0
SYNC_EVERY: Final = timedelta(seconds=10)
DELETE_EVERY: Final = timedelta(days=1)
# Any number, the same in every clock.
LOCK: Final = 7_305_061

logger = logging.getLogger("calls.clock")


@dataclass
class Clock:
    """Does everything once per tick; two clocks do no harm, because only one holds the lock."""

    network: Telephony
    watch: Watch = field(default_factory=Watch)
    synced_at: datetime | None = None
    deleted_at: datetime | None = None
    trouble: str = ""

    def tick(self, at: datetime) -> bool:
        """Return whether this clock is the one that works."""
        if not holds_lock():
            self.watch = Watch()
            return False
        try:
            reconcile(self.network, self.watch, at)
        except Unavailable as error:
            self.note(str(error))
        else:
            self.note("")
        for recording in recordings.due(at):
            recordings.join(recording)
        if self.synced_at is None or at - self.synced_at >= SYNC_EVERY:
            self.synced_at = at
            sip.services.sync(network=self.network)
        if self.deleted_at is None or at - self.deleted_at >= DELETE_EVERY:
            self.deleted_at = at
            deleted = recordings.delete_old(at)
            logger.info("old recordings deleted", extra={"deleted": deleted})
        return True

    def note(self, trouble: str) -> None:
        """Log once when LiveKit goes and once when it is back, not at every tick."""
        if trouble and not self.trouble:
            logger.warning("LiveKit does not answer", extra={"error": trouble})
        elif self.trouble and not trouble:
            logger.info("LiveKit answers again")
        self.trouble = trouble


def holds_lock() -> bool:
    """Take the lock if it is free; it stays with the connection, so a clock that dies frees it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


class Command(BaseCommand):
    help = "The clock process: ends lost calls, replaces dead voice agents, joins recordings."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        clock = Clock(network=telephony())
        logger.info("clock started")
        while not stopping.is_set():
            try:
                clock.tick(now())
            except DatabaseError as error:
                # The lock went with the connection; a new one is opened at the next tick.
                connection.close()
                logger.warning("database does not answer", extra={"error": type(error).__name__})
            except Exception:
                logger.exception("tick failed")
            stopping.wait(EVERY_S)
        connection.close()
        logger.info("clock stopped")
