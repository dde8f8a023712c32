"""Hands finished segments to Django and deletes them here; tries until Django has answered."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

import aiohttp
from yarl import URL

from calls.recorder.segments import Segment, finished
from contactcenter.config import Config
from contactcenter.errors import Conflict, ContactCenterError, Invalid, Unavailable

TIMEOUT_S: Final = 3.0
# An hour of a call is about 10 MB.
UPLOAD_TIMEOUT_S: Final = 120.0
LOOK_EVERY_S: Final = 2.0
LONGEST_WAIT_S: Final = 30.0
DAY_S: Final = 86_400.0
# These may pass: a wrong token is mended by the operator, the rest by waiting.
TRY_AGAIN: Final = frozenset({401, 403, 408, 425, 429})

logger = logging.getLogger(__name__)


class ControlPlane(Protocol):
    """Django as seen from the recorder (docs/internal-api.md).

    Raises ``Unavailable`` when the same request may succeed later, ``Conflict`` when the audio
    is not wanted, ``Invalid`` when sending it again is useless.
    """

    async def upload(self, segment: Segment, *, duration_s: float) -> None: ...

    async def report_failure(self, *, room: str, job: str, reason: str) -> None: ...


class HttpControlPlane:
    """The real one."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self.session = session
        self.url = url
        self.headers = {"Authorization": f"Bearer {token}"}

    def address(self, room: str, job: str) -> str:
        return f"{self.url}/internal/calls/{quote(room, safe='')}/recording/{quote(job, safe='')}/"

    async def upload(self, segment: Segment, *, duration_s: float) -> None:
        manifest = segment.manifest
        headers = self.headers | {
            "Content-Type": "audio/ogg",
            "X-Started-At": manifest.started_at,
            "X-Duration": f"{duration_s:.3f}",
            "X-Sha256": await asyncio.to_thread(segment.sha256),
        }
        with segment.audio.open("rb") as body:
            request = self.session.put(
                URL(self.address(manifest.room, manifest.job), encoded=True),
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=UPLOAD_TIMEOUT_S),
            )
            await send(request)

    async def report_failure(self, *, room: str, job: str, reason: str) -> None:
        request = self.session.post(
            URL(f"{self.address(room, job)}failed/", encoded=True),
            json={"reason": reason[:200]},
            headers=self.headers,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
        )
        await send(request)


async def send(request: AbstractAsyncContextManager[aiohttp.ClientResponse]) -> None:
    try:
        async with request as answer:
            status = answer.status
    except (aiohttp.ClientError, TimeoutError) as error:
        # The error may quote the address and headers; name only its type.
        raise Unavailable(f"control plane: {type(error).__name__}") from None
    if status == Conflict.status:
        raise Conflict("control plane: the audio is not wanted")
    if status >= 500 or status in TRY_AGAIN:
        raise Unavailable(f"control plane: {status}")
    if status >= 300:
        raise Invalid(f"control plane: {status}")


@asynccontextmanager
async def client(config: Config) -> AsyncIterator[HttpControlPlane]:
    async with aiohttp.ClientSession() as session:
        yield HttpControlPlane(session, config.web_url, config.recorder_token)


async def deliver(segment: Segment, control_plane: ControlPlane) -> None:
    """Hand in one segment, or say why it has no audio; then delete it.

    Raises:
        Unavailable: Try again later; nothing is deleted.
    """
    manifest = segment.manifest
    where = {"room": manifest.room, "job": manifest.job}
    duration_s = await asyncio.to_thread(segment.duration_s)
    try:
        if duration_s:
            await control_plane.upload(segment, duration_s=duration_s)
            logger.info("recording delivered", extra=where | {"duration_s": duration_s})
        else:
            reason = manifest.failed or "the recorder died before anything was heard"
            await control_plane.report_failure(room=manifest.room, job=manifest.job, reason=reason)
            logger.warning("recording has no audio", extra=where | {"why": reason})
    except Conflict:
        logger.info("recording not wanted", extra=where)
    except Invalid as error:
        # The audio may be all there is of the call: it is kept, out of the way, for a person.
        segment.path.rename(segment.path.with_suffix(".refused"))
        logger.error("recording refused", extra=where | {"why": str(error)})  # noqa: TRY400
        return
    segment.delete()


def manifests(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.json"))


async def sweep(folder: Path, control_plane: ControlPlane) -> bool:
    """Deliver everything that no job is writing any more; say whether all of it went through."""
    complete = True
    for path in manifests(folder):
        with finished(path) as segment:
            if segment is None:
                continue
            try:
                await deliver(segment, control_plane)
            except Unavailable as error:
                logger.warning("recording waits", extra={"why": str(error)})
                complete = False
    return complete


def forget(folder: Path, *, older_than_s: float) -> int:
    """Delete what nobody took in time, so that no audio outlives its retention; count it."""
    latest = time.time() - older_than_s
    old = [path for path in folder.glob("*/*") if path.stat().st_mtime < latest]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


async def deliver_for_ever(config: Config) -> None:
    """Look for finished segments every few seconds; more slowly while Django is away."""
    folder = config.var / "recorder"
    wait_s = LOOK_EVERY_S
    async with client(config) as control_plane:
        while True:
            try:
                complete = await sweep(folder, control_plane)
                if forgotten := forget(folder, older_than_s=config.retention_days * DAY_S):
                    logger.warning("recordings forgotten", extra={"files": forgotten})
            except (ContactCenterError, OSError):
                logger.exception("delivery failed")
                complete = False
            wait_s = LOOK_EVERY_S if complete else min(wait_s * 2, LONGEST_WAIT_S)
            await asyncio.sleep(wait_s)
