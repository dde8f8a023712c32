"""A telephone that measures: when it was answered, when it heard something, when it stopped."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Any, Final, Self

import numpy as np

from sip.gateway.phone import RATE, Phone

AUDIBLE_RMS: Final = 150
TURN_SILENCE_S: Final = 1.0
# After an answer people breathe before they speak.
BREATH_S: Final = 0.5
Samples = np.ndarray[Any, np.dtype[np.int16]]


class Caller:
    """One call; times are ``time.monotonic()`` at the telephone's network socket."""

    def __init__(self, address: str, *, number: str) -> None:
        self.address = address
        self.phone = Phone(number=number)
        self.answered_at = 0.0
        self.loud_at: list[float] = []
        self.listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.phone.__aenter__()
        await self.phone.dial(self.address)
        self.answered_at = time.monotonic()
        self.listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.phone.__aexit__(kind, error, trace)
        if self.listening is not None:
            await self.listening

    async def _listen(self) -> None:
        async for frame in self.phone.heard():
            samples = np.frombuffer(frame, "<i2").astype(np.float64)
            if np.sqrt((samples**2).mean()) > AUDIBLE_RMS:
                self.loud_at.append(time.monotonic())

    async def first_sound(self, after: float, *, within_s: float = 15.0) -> float:
        """Return when the first sound after a moment was heard.

        Raises:
            TimeoutError: Nothing was heard.
        """
        async with asyncio.timeout(within_s):
            while True:
                heard = [moment for moment in self.loud_at if moment > after]
                if heard:
                    return heard[0]
                await asyncio.sleep(0.01)

    async def until_quiet(self, *, within_s: float = 40.0) -> None:
        """Wait until the other side has said something and has stopped."""
        began = time.monotonic()
        await self.first_sound(began, within_s=within_s)
        async with asyncio.timeout(within_s):
            while time.monotonic() - self.loud_at[-1] < TURN_SILENCE_S:
                await asyncio.sleep(0.05)
        await asyncio.sleep(BREATH_S)

    async def say(self, samples: Samples) -> float:
        """Speak; return when the last audible sample left the telephone."""
        loud = np.flatnonzero(np.abs(samples) > AUDIBLE_RMS)
        spoken = samples[: loud[-1] + 1] if len(loud) else samples
        await self.phone.say(spoken.astype("<i2").tobytes(), rate=RATE)
        return time.monotonic()

    async def ask(self, samples: Samples) -> float:
        """Speak and return how long the answer took, in seconds."""
        stopped_at = await self.say(samples)
        answered_at = await self.first_sound(stopped_at)
        await self.until_quiet()
        return answered_at - stopped_at
