"""Keeps a worker's own copy of the snapshot up to date, where it does not share Django's disk."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import aiohttp

from contactcenter.errors import Invalid, Unavailable
from knowledge.snapshot import digest_of, write

FETCH_WITHIN_S: Final = 10.0


async def fetch(
    http: aiohttp.ClientSession,
    path: Path,
    *,
    web_url: str,
    worker_token: str,
    within_s: float = FETCH_WITHIN_S,
) -> bool:
    """Replace the file at ``path`` if Django has another; return whether it did.

    Indexes that follow the file use the new one at their next search.

    Raises:
        Unavailable: No answer in time, or a damaged one, or a full disk; the file is as it was.
    """
    headers = {"Authorization": f"Bearer {worker_token}"}
    if known := await asyncio.to_thread(digest_at, path):
        headers["If-None-Match"] = f'"{known}"'
    try:
        async with (
            asyncio.timeout(within_s),
            http.get(f"{web_url}/internal/policies/", headers=headers) as answer,
        ):
            if answer.status == 304:
                return False
            answer.raise_for_status()
            content = await answer.read()
        await asyncio.to_thread(digest_of, content)
        await asyncio.to_thread(write, path, content)
    except (aiohttp.ClientError, OSError, Invalid) as error:
        raise Unavailable(f"policies: {type(error).__name__}") from None
    return True


def digest_at(path: Path) -> str:
    """Return the digest of a good file, or nothing."""
    try:
        return digest_of(path.read_bytes())
    except (OSError, Invalid):
        return ""
