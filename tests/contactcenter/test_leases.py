"""Leases in a real Valkey: taken, renewed, lost, released, and gone when nobody renews."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import psutil
import pytest
import redis

from contactcenter import leases
from contactcenter.errors import Unavailable
from contactcenter.leases import RedisHolders, RedisLeases
from tests.sip.gateway import servers
from tools import ports


@pytest.fixture(scope="module")
def port() -> str:
    return str(ports.free())


@pytest.fixture(scope="module")
def valkey(port: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[psutil.Process]:
    with servers.valkey(port, tmp_path_factory.mktemp("valkey")) as process:
        yield process


@pytest.fixture
def url(port: str, valkey: psutil.Process) -> str:
    with redis.Redis(port=int(port)) as client:
        client.flushall()
    return f"redis://127.0.0.1:{port}"


@pytest.fixture
async def jobs(url: str) -> AsyncIterator[RedisLeases]:
    held = RedisLeases(url)
    yield held
    await held.close()


@pytest.fixture
def clock(url: str) -> Iterator[RedisHolders]:
    with RedisHolders(url) as holders:
        yield holders


async def test_a_lease_that_was_taken_is_held(jobs: RedisLeases, clock: RedisHolders) -> None:
    await jobs.take("call-1", "AJ_1")

    assert await jobs.renew("call-1", "AJ_1")
    assert clock.held({"call-1", "call-2"}) == {"call-1"}
    assert clock.held(set()) == set()


async def test_the_last_who_takes_it_holds_it(jobs: RedisLeases, clock: RedisHolders) -> None:
    await jobs.take("call-1", "AJ_1")
    await jobs.take("call-1", "AJ_2")

    assert not await jobs.renew("call-1", "AJ_1")
    assert await jobs.renew("call-1", "AJ_2")
    # Who has lost it cannot release it.
    await jobs.release("call-1", "AJ_1")
    assert clock.held({"call-1"}) == {"call-1"}
    await jobs.release("call-1", "AJ_2")
    assert clock.held({"call-1"}) == set()


async def test_a_lease_that_redis_forgot_is_set_again(
    jobs: RedisLeases, clock: RedisHolders
) -> None:
    assert await jobs.renew("call-1", "AJ_1")

    assert clock.held({"call-1"}) == {"call-1"}


async def test_a_lease_that_nobody_renews_ends(
    jobs: RedisLeases, clock: RedisHolders, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await jobs.take("call-1", "AJ_1")
    await jobs.renew("call-1", "AJ_1")
    with redis.Redis(port=int(port)) as client:
        assert 0 < client.pttl("lease:call-1") <= leases.EXPIRES_AFTER_MS

    monkeypatch.setattr(leases, "EXPIRES_AFTER_MS", 30)
    await jobs.renew("call-1", "AJ_1")
    async with asyncio.timeout(10):
        while clock.held({"call-1"}):
            await asyncio.sleep(0.01)


async def test_a_redis_that_hangs_is_unavailable_and_serves_again_afterwards(
    jobs: RedisLeases, clock: RedisHolders, valkey: psutil.Process
) -> None:
    await jobs.take("call-1", "AJ_1")
    valkey.suspend()
    try:
        with pytest.raises(Unavailable):
            await jobs.renew("call-1", "AJ_1")
        with pytest.raises(Unavailable):
            clock.held({"call-1"})
    finally:
        valkey.resume()

    assert await jobs.renew("call-1", "AJ_1")
    assert clock.held({"call-1"}) == {"call-1"}


async def test_a_redis_that_is_gone_is_unavailable() -> None:
    url = f"redis://127.0.0.1:{ports.free()}"
    jobs = RedisLeases(url)

    for question in (
        jobs.take("call-1", "AJ_1"),
        jobs.renew("call-1", "AJ_1"),
        jobs.release("call-1", "AJ_1"),
    ):
        with pytest.raises(Unavailable, match="Redis: ConnectionError"):
            await question
    with RedisHolders(url) as clock, pytest.raises(Unavailable, match="Redis: ConnectionError"):
        clock.held({"call-1"})
    await jobs.close()
