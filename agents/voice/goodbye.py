"""The end of a call from our side: a farewell, a pause for the last word, hanging up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from livekit.agents import AgentSession

from agents.voice.backchannel import Backchannel

FAREWELL: Final = "Thank you for calling {shop}. Goodbye!"
# The last word is clipped if the room goes while it is on its way to the telephone.
LAST_WORD_S: Final = 1.0
# A voice that fails or noise on the line must not keep a call open that is over.
SPOKEN_WITHIN_S: Final = 15.0


class Goodbye:
    """Says goodbye once; a caller who has something to add meanwhile keeps the call.

    Args:
        decided: Called with the reason when the call is certain to end.
        hang_up: Ends the telephone call.
    """

    def __init__(
        self,
        session: AgentSession[Any],
        backchannel: Backchannel,
        *,
        shop_name: str,
        decided: Callable[[str], None],
        hang_up: Callable[[], Awaitable[None]],
    ) -> None:
        self.session = session
        self.backchannel = backchannel
        self.farewell = FAREWELL.format(shop=shop_name)
        self.decided = decided
        self.hang_up = hang_up
        self.saying: asyncio.Task[None] | None = None
        self.is_certain = False

    def begin(self, reason: str) -> None:
        if self.saying is None or self.saying.done():
            self.saying = asyncio.create_task(self._say(reason))

    async def finish(self) -> None:
        """Wait until the last word has been heard and the call is hung up, if it came to that."""
        if self.saying is not None and self.is_certain:
            await self.saying

    def stop(self) -> None:
        if self.saying is not None:
            self.saying.cancel()

    async def _say(self, reason: str) -> None:
        # "Goodbye" said by both at the same time is no reason to start again.
        self.backchannel.leaving = True
        farewell = self.session.say(self.farewell)
        with suppress(TimeoutError):
            async with asyncio.timeout(SPOKEN_WITHIN_S):
                await farewell.wait_for_playout()
        if farewell.interrupted:
            self.backchannel.leaving = False
            return
        self.is_certain = True
        self.decided(reason)
        await asyncio.sleep(LAST_WORD_S)
        await self.hang_up()
