"""The telephone in Python, against a second one."""

from __future__ import annotations

import asyncio

import pytest

from sip.gateway.call import Refused
from sip.gateway.phone import Phone
from tests.sip.gateway.company import LOUD, loudness, tone


async def loud_frames(phone: Phone, count: int) -> None:
    async for pcm in phone.heard():
        count -= loudness(pcm) > LOUD
        if not count:
            return


@pytest.mark.parametrize("rate", [8000, 16_000])
async def test_it_speaks_hears_presses_keys_and_hangs_up(rate: int) -> None:
    async with Phone() as caller, Phone(answers=True, number="+15550143") as callee:
        await caller.dial(callee.uri)
        await callee.answered()
        hearing = asyncio.create_task(loud_frames(callee, 20))
        await caller.say(tone(440, rate, 0, rate // 2), rate=rate)
        await asyncio.wait_for(hearing, 3)
        await caller.dtmf("1#")
        await callee.say(tone(440, 8000, 0, 4000))
        await asyncio.wait_for(loud_frames(caller, 20), 3)
        await caller.hang_up()
        await asyncio.wait_for(callee.over.wait(), 2)

        assert callee.digits == "1#"


async def test_hearing_ends_with_the_call() -> None:
    async with Phone() as caller, Phone(answers=True) as callee:
        await caller.dial(callee.uri)
        await callee.answered()
        await callee.hang_up()

        assert [pcm async for pcm in caller.heard() if loudness(pcm) > LOUD] == []


async def test_speaking_ends_with_the_call() -> None:
    async with Phone() as caller, Phone(answers=True) as callee:
        await caller.dial(callee.uri)
        await callee.answered()
        speaking = asyncio.create_task(caller.say(bytes(16_000 * 60)))
        await callee.hang_up()

        await asyncio.wait_for(speaking, 2)


async def test_a_telephone_that_takes_no_calls_refuses() -> None:
    async with Phone() as caller, Phone() as callee:
        with pytest.raises(Refused) as refusal:
            await caller.dial(callee.uri)

    assert refusal.value.sip_status == 480
