"""A caller who says nothing is asked once, then the call is ended politely."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from livekit.agents import AgentSession

ASK_AFTER_S: Final = 10.0
END_AFTER_S: Final = 10.0
QUESTION: Final = "Are you still there?"


class SilenceWatch:
    """Runs a timer whenever neither side speaks.

    Args:
        end: Called when the caller did not answer the question.
    """

    def __init__(self, session: AgentSession[Any], *, end: Callable[[str], None]) -> None:
        self.session = session
        self.end = end
        self.asked = False
        self.timer: asyncio.TimerHandle | None = None
        session.on("agent_state_changed", lambda event: self._restart())
        session.on("user_state_changed", lambda event: self._caller_changed(event.new_state))

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def caller_is_here(self) -> None:
        """The caller gave a sign of life, by voice or keypad."""
        self.asked = False
        self._restart()

    def _caller_changed(self, state: str) -> None:
        if state == "speaking":
            self.caller_is_here()
        else:
            self._restart()

    def _restart(self) -> None:
        self.stop()
        if self.session.agent_state == "listening" and self.session.user_state != "speaking":
            wait_s = END_AFTER_S if self.asked else ASK_AFTER_S
            self.timer = asyncio.get_running_loop().call_later(wait_s, self._expired)

    def _expired(self) -> None:
        if self.asked:
            self.end("caller_silent")
            return
        self.asked = True
        self.session.say(QUESTION)
