"""A job's hold on its call, and what it does when Redis or the hold is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from agents.voice.lease import Lease
from tests.fakes.leases import FakeLeases


def lease(leases: FakeLeases, job_id: str = "AJ_1") -> Lease:
    return Lease(leases, room_name="call-1", job_id=job_id, every_s=0.001)


async def eventually(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not fact():
            await asyncio.sleep(0.001)


async def test_a_job_whose_call_another_took_is_told() -> None:
    leases = FakeLeases()
    first, second = lease(leases), lease(leases, "AJ_2")
    await first.take()
    await second.take()

    async with asyncio.timeout(10):
        await first.lost
    await first.release()

    assert leases.holders == {"call-1": "AJ_2"}
    assert not second.lost.done()
    await second.release()


async def test_without_redis_the_job_stays_and_takes_hold_when_it_is_back() -> None:
    leases = FakeLeases(away=True)
    held = lease(leases)
    await held.take()
    await eventually(lambda: leases.asked > 3)
    assert not held.lost.done()

    leases.away = False
    await eventually(lambda: leases.holders == {"call-1": "AJ_1"})

    await held.release()
    assert (leases.holders, held.lost.done()) == ({}, False)


async def test_a_job_ends_also_when_its_lease_cannot_be_released() -> None:
    leases = FakeLeases()
    held = lease(leases)
    await held.take()
    leases.away = True

    await held.release()

    assert leases.holders == {"call-1": "AJ_1"}
