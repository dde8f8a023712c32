"""Card numbers never leave the recogniser; the numbers that a shop needs do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.agents import stt
from livekit.agents.language import LanguageCode

from agents.voice.cards import MASK, masked, without_cards

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.mark.parametrize(
    "said",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111111111111111",
        "four one one one, one one one one, one one one one, one one one one",
        "Four 1 1 one. One 1 1 1. 1111 and then 1111",
        "378282246310005",
        "forty one eleven eleven eleven eleven eleven eleven eleven",
        "double four triple one 1 1 1 1 1 1 1 1 1 1",
    ],
)
def test_a_card_number_is_taken_out_however_it_is_said(said: str) -> None:
    assert masked(f"My card is {said}.") in {f"My card is {MASK}.", f"My card is {MASK}"}


@pytest.mark.parametrize(
    "said",
    [
        "Where is my order W1001?",
        "W one zero zero one and nine four one one zero",
        "My number is 1 5 5 5 0 1 0 0 1 4 2.",
        "plus one five five five oh one four two",
        "I ordered two lamps and one chair for 129 dollars.",
        "My orders are W1001, W1002 and W1003.",
        "",
    ],
)
def test_other_numbers_stay(said: str) -> None:
    assert masked(said) == said


@given(st.lists(st.integers(0, 9), min_size=13, max_size=19), st.data())
def test_any_mixture_of_words_and_digits_is_taken_out(
    digits: list[int], data: st.DataObject
) -> None:
    said = " ".join(
        WORDS[digit] if data.draw(st.booleans(), label="as a word") else str(digit)
        for digit in digits
    )

    assert masked(said) == MASK


def test_the_recognisers_words_lose_the_number_with_the_text() -> None:
    heard = stt.SpeechData(LanguageCode("en"), "It is 4111 1111 1111 1111", words=[])

    without_cards(heard)

    assert (heard.text, heard.words) == (f"It is {MASK}", None)
