"""How written text is read out."""

from __future__ import annotations

import pytest

from agents.voice.spoken_text import for_speech


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Your order W1001 has shipped.", "Your order W one zero zero one has shipped."),
        ("The zip code 94110, right?", "The zip code nine four one one zero, right?"),
        ("That is 9 4 1 1 0.", "That is nine four one, one zero."),
        ("Write to help@shop.example.com.", "Write to help at shop dot example dot com."),
        ("Tracking 1Z999A45.", "Tracking one Z nine nine nine A four five."),
        ("UPS-123456789", "UPS one two three four five six seven eight nine"),
        ("It costs $1299.50 in 2026.", "It costs $1299.50 in 2026."),
        ("**Returns** & refunds: 10 %", "Returns and refunds: 10 percent"),
        ("Two  spaces\nand a line", "Two spaces and a line"),
    ],
)
def test_numbers_and_signs_are_said_as_a_person_would(written: str, spoken: str) -> None:
    assert for_speech(written) == spoken
