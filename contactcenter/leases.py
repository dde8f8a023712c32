"""Who holds which call: a job's lease in Redis, which ends by itself two seconds after the job."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, Protocol, Self

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from contactcenter.errors import Unavailable

RENEW_EVERY_S: Final = 0.5
EXPIRES_AFTER_MS: Final = 2000
TIMEOUT_S: Final = 0.5
# The clients do not ask again by themselves (retries=0): whoever asks does so soon, and in time.
TIMEOUTS: Final[Mapping[str, float]] = {
    "socket_timeout": TIMEOUT_S,
    "socket_connect_timeout": TIMEOUT_S,
}
# A lease that is gone is set again: Redis may have forgotten it, or its job was slow for once.
RENEW: Final = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
RELEASE: Final = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0"


class Leases(Protocol):
    """What a job does; every method may raise ``Unavailable``, and may be repeated."""

    async def take(self, room_name: str, job_id: str) -> None:
        """Hold the call from now on, whoever held it before."""
        ...

    async def renew(self, room_name: str, job_id: str) -> bool:
        """Hold it longer; false if another job has taken it."""
        ...

    async def release(self, room_name: str, job_id: str) -> None:
        """Let go of it; nothing happens if another job has taken it."""
        ...

    async def close(self) -> None: ...


class Holders(Protocol):
    """What the clock asks."""

    def held(self, room_names: Collection[str]) -> set[str]:
        """Return those of the rooms that a living job holds.

        Raises:
            Unavailable: Redis does not answer; nothing is known of any room.
        """
        ...


def key(room_name: str) -> str:
    return f"lease:{room_name}"


def unavailable(error: Exception) -> Unavailable:
    return Unavailable(f"Redis: {type(error).__name__}")


class RedisLeases:
    """A job's view, on its event loop."""

    def __init__(self, url: str) -> None:
        retry = AsyncRetry(NoBackoff(), 0)
        self._redis = redis.asyncio.from_url(url, retry=retry, **TIMEOUTS)

    async def take(self, room_name: str, job_id: str) -> None:
        await self._ask(self._redis.set(key(room_name), job_id, px=EXPIRES_AFTER_MS))

    async def renew(self, room_name: str, job_id: str) -> bool:
        asked = self._redis.eval(RENEW, 1, key(room_name), job_id, str(EXPIRES_AFTER_MS))
        return bool(await self._ask(asked))

    async def release(self, room_name: str, job_id: str) -> None:
        await self._ask(self._redis.eval(RELEASE, 1, key(room_name), job_id))

    async def close(self) -> None:
        await self._redis.aclose()

    async def _ask(self, question: Any) -> Any:
        try:
            return await question
        except (RedisError, OSError) as error:
            raise unavailable(error) from None


class RedisHolders:
    """The clock's view."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **TIMEOUTS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._redis.close()

    def held(self, room_names: Collection[str]) -> set[str]:
        # In one order, so that names and answers stay together.
        names = sorted(room_names)
        if not names:
            return set()
        try:
            holders = self._redis.mget([key(name) for name in names])
        except (RedisError, OSError) as error:
            raise unavailable(error) from None
        return {name for name, holder in zip(names, holders, strict=True) if holder}
