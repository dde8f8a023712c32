"""What keys on the caller's telephone do."""

from __future__ import annotations

import asyncio

import pytest

from agents.voice import keypad as keys
from agents.voice.keypad import Keypad


class Pressed:
    """A keypad and what came of it."""

    def __init__(self) -> None:
        self.numbers: list[str] = []
        self.persons = 0
        self.keypad = Keypad(on_number=self.numbers.append, on_person=self._person)

    def _person(self) -> None:
        self.persons += 1

    def press(self, text: str) -> None:
        for digit in text:
            self.keypad.press(digit)


async def test_a_number_ends_with_the_hash_key() -> None:
    pressed = Pressed()

    pressed.press("94110#")

    assert pressed.numbers == ["94110"]
    assert pressed.persons == 0


async def test_zero_alone_calls_a_person_and_within_a_number_is_a_digit() -> None:
    pressed = Pressed()

    pressed.press("0")
    pressed.press("1001#")

    assert (pressed.persons, pressed.numbers) == (1, ["1001"])


async def test_the_star_calls_a_person_also_within_a_number() -> None:
    pressed = Pressed()

    pressed.press("94*")
    pressed.press("#")

    assert (pressed.persons, pressed.numbers) == (1, [])


async def test_a_pause_ends_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "DONE_AFTER_S", 0.01)
    pressed = Pressed()

    pressed.press("941")
    async with asyncio.timeout(5):
        while not pressed.numbers:
            await asyncio.sleep(0.005)

    assert pressed.numbers == ["941"]


async def test_nothing_follows_after_the_call() -> None:
    pressed = Pressed()

    pressed.press("94")
    pressed.keypad.stop()

    assert pressed.keypad.timer is None
