"""Digits from the caller's keypad: gathered to a number and handed in like words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

DONE_AFTER_S: Final = 2.5
MOST_DIGITS: Final = 32


class Keypad:
    """``*``, or 0 before any other digit, calls a person; ``#`` ends a number.

    Args:
        on_number: Called with the digits.
        on_person: Called when the caller wants a person.
    """

    def __init__(self, *, on_number: Callable[[str], None], on_person: Callable[[], None]) -> None:
        self.on_number = on_number
        self.on_person = on_person
        self.digits = ""
        self.timer: asyncio.TimerHandle | None = None

    def press(self, digit: str) -> None:
        if digit == "*" or (digit == "0" and not self.digits):
            self._restart(None)
            self.digits = ""
            self.on_person()
        elif digit == "#":
            self._finish()
        elif digit.isdigit():
            self.digits += digit
            if len(self.digits) >= MOST_DIGITS:
                self._finish()
            else:
                self._restart(DONE_AFTER_S)

    def stop(self) -> None:
        self._restart(None)

    def _restart(self, after_s: float | None) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = (
            None
            if after_s is None
            else asyncio.get_running_loop().call_later(after_s, self._finish)
        )

    def _finish(self) -> None:
        self._restart(None)
        digits, self.digits = self.digits, ""
        if digits:
            self.on_number(digits)
