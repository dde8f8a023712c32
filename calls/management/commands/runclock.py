"""``manage.py runclock``: what must happen even if nobody asks, every two seconds or sooner."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.management import BaseCommand
from django.db import DatabaseError, connection
from django.utils.timezone import now

import sip.services
from calls import recordings
from calls.dead_jobs import LeaseWatch, replace_dead
from calls.reconcile import Watch, reconcile
from contactcenter.errors import Unavailable
from contactcenter.leases import Holders, RedisHolders
from sip.telephony import Telephony, telephony

EVERY_S: Final = 2.0
LEASES_EVERY_S: Final = 0.5
SYNC_EVERY: Final = timedelta(seconds=10)
DELETE_EVERY: Final = timedelta(days=1)
# Any two numbers, the same in every clock.
LOCK: Final = 7_305_061
LEASES_LOCK: Final = 7_305_062

logger = logging.getLogger("calls.clock")


@dataclass
class Clock:
    """Does everything once per tick; two clocks do no harm, because only one holds the lock."""

    network: Telephony
    holders: Holders
    watch: Watch = field(default_factory=Watch)
    lease_watch: LeaseWatch = field(default_factory=LeaseWatch)
    synced_at: datetime | None = None
    deleted_at: datetime | None = None
    troubles: set[str] = field(default_factory=set)

    def tick(self, at: datetime) -> bool:
        """Return whether this clock is the one that works."""
        if not holds_lock(LOCK):
            self.watch = Watch()
            return False
        try:
            reconcile(self.network, self.watch, at)
        except Unavailable as error:
            self.note("LiveKit does not answer", str(error))
            self.lease_watch.be_careful(at)
        else:
            self.note("LiveKit does not answer")
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

    def look_at_leases(self, at: datetime) -> None:
        """Run in a thread of its own: what a tick does may take seconds (a recording, an index)."""
        if not holds_lock(LEASES_LOCK):
            self.lease_watch = LeaseWatch()
            return
        try:
            replace_dead(self.network, self.holders, self.lease_watch, at)
        except Unavailable as error:
            self.note("dead jobs are not replaced", str(error))
        else:
            self.note("dead jobs are not replaced")

    def note(self, trouble: str, error: str = "") -> None:
        """Log once when a trouble comes and once when it is over, not at every look."""
        if error and trouble not in self.troubles:
            self.troubles.add(trouble)
            logger.warning(trouble, extra={"error": error})
        elif not error and trouble in self.troubles:
            self.troubles.remove(trouble)
            logger.info("over: %s", trouble)


def holds_lock(lock: int) -> bool:
    """Take the lock if it is free; it stays with the connection, so a clock that dies frees it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        return bool(cursor.fetchone()[0])


def repeat(tick: Callable[[datetime], object], every_s: float, stopping: threading.Event) -> None:
    """Tick until stopped, whatever happens; with a database connection of this thread."""
    while not stopping.is_set():
        try:
            tick(now())
        except DatabaseError as error:
            # The lock went with the connection; a new one is opened at the next tick.
            connection.close()
            logger.warning("database does not answer", extra={"error": type(error).__name__})
        except Exception:
            logger.exception("tick failed")
        stopping.wait(every_s)
    connection.close()


class Command(BaseCommand):
    help = "The clock process: ends lost calls, replaces dead voice agents, joins recordings."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        clock = Clock(telephony(), RedisHolders(settings.CONFIG.redis_url))
        beside = threading.Thread(
            target=repeat, args=(clock.look_at_leases, LEASES_EVERY_S, stopping)
        )
        logger.info("clock started")
        beside.start()
        repeat(clock.tick, EVERY_S, stopping)
        beside.join()
        logger.info("clock stopped")
