"""Holds a call's lease for as long as the job lives, so that the clock sees at once if it dies."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from contactcenter.errors import Unavailable
from contactcenter.leases import RENEW_EVERY_S, Leases

logger = logging.getLogger(__name__)


class Lease:
    """One job's hold on one call; Redis away means only that nobody watches over the job.

    Attributes:
        lost: Done once another job has taken the call.
    """

    def __init__(
        self, leases: Leases, *, room_name: str, job_id: str, every_s: float = RENEW_EVERY_S
    ) -> None:
        self.leases = leases
        self.room_name = room_name
        self.job_id = job_id
        self.every_s = every_s
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._keeping: asyncio.Task[None] | None = None
        self._known = True

    async def take(self) -> None:
        """Take and renew it; before joining, since who is in the room without a lease is dead."""
        try:
            await self.leases.take(self.room_name, self.job_id)
        except Unavailable as error:
            self._note(known=False, reason=str(error))
        self._keeping = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while not self.lost.done():
            await asyncio.sleep(self.every_s)
            try:
                holds = await self.leases.renew(self.room_name, self.job_id)
            except Unavailable as error:
                self._note(known=False, reason=str(error))
                continue
            self._note(known=True)
            if not holds:
                self.lost.set_result(None)

    async def release(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
        with suppress(Unavailable):
            await self.leases.release(self.room_name, self.job_id)
        await self.leases.close()

    def _note(self, *, known: bool, reason: str = "") -> None:
        """Log once when Redis goes and once when it is back."""
        if known != self._known:
            logger.warning("lease renewed again" if known else "no lease", extra={"reason": reason})
        self._known = known
