"""The demonstration call prints all that is said."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import numpy as np
import pytest

from agents.voice.local.moonshine import Moonshine
from sip.gateway.phone import Phone
from tools.call import Demonstration


class FakeEar:
    def hear(self, samples: np.ndarray[Any, np.dtype[np.float32]]) -> str:
        return "Goodbye!"


async def test_the_last_words_before_the_other_side_hangs_up_are_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    loud = b"\x00\x20\x00\xe0" * 2000

    async with Phone(answers=True) as line:
        demonstration = Demonstration([], follow_up=False, login=None)
        holding = asyncio.create_task(demonstration.hold(line.uri, cast(Moonshine, FakeEar())))
        await asyncio.wait_for(line.answered(), 5)
        await line.say(loud)
        await line.hang_up()
        await asyncio.wait_for(holding, 10)

    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith("agent   Goodbye!")
