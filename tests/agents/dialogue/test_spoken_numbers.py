from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.voice.dialogue.number_runs import Kind
from agents.voice.dialogue.spoken_numbers import Doubt, hear
from tests.agents.dialogue.spoken import (
    DOUBTFUL_ORDERS,
    DOUBTFUL_ZIPS,
    ORDER_NUMBERS,
    UNASKED,
    ZIP_CODES,
)

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def flat(table: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(text, number) for number, texts in table.items() for text in texts]


@pytest.mark.parametrize(("text", "number"), flat(ORDER_NUMBERS))
def test_an_order_number_is_heard_however_it_is_written(text: str, number: str) -> None:
    assert hear(text, expecting=Kind.ORDER).orders == (number,)


@pytest.mark.parametrize(("text", "number"), flat(ZIP_CODES))
def test_a_zip_code_is_heard_however_it_is_written(text: str, number: str) -> None:
    heard = hear(text, expecting=Kind.ZIP)

    assert (heard.zip_code, heard.orders) == (number, ())


@pytest.mark.parametrize(("text", "numbers"), UNASKED.items())
def test_numbers_are_heard_in_a_sentence_and_nothing_else_is_taken_for_one(
    text: str, numbers: str
) -> None:
    heard = hear(text)

    assert " ".join([*heard.orders, heard.zip_code or ""]).strip() == numbers
    assert heard.doubt is None


@pytest.mark.parametrize(("text", "digits"), DOUBTFUL_ORDERS.items())
def test_a_wrong_length_is_doubted_not_guessed(text: str, digits: str) -> None:
    heard = hear(text, expecting=Kind.ORDER)

    assert heard.orders == ()
    assert heard.doubt == Doubt(kind=Kind.ORDER, digits=digits)


@pytest.mark.parametrize(("text", "digits"), DOUBTFUL_ZIPS.items())
def test_a_zip_code_of_a_wrong_length_is_doubted(text: str, digits: str) -> None:
    heard = hear(text, expecting=Kind.ZIP)

    assert heard.zip_code is None
    assert heard.doubt == Doubt(kind=Kind.ZIP, digits=digits)


def test_a_correction_is_an_order_number_even_where_a_zip_code_was_asked() -> None:
    assert hear("No, one zero zero two.", expecting=Kind.ZIP).orders == ("W1002",)
    assert hear("No, W1002.", expecting=Kind.ZIP).orders == ("W1002",)


@st.composite
def spelled(draw: st.DrawFn, digits: str) -> str:
    """Spell digits one by one, each in a style of its own, with separators of any kind."""
    parts: list[str] = []
    at = 0
    while at < len(digits):
        digit = digits[at]
        styles = [digit, WORDS[int(digit)], WORDS[int(digit)].capitalize()]
        if digit == "0":
            styles += ["oh", "o", "O"]
        if digits[at : at + 2] == digit * 2:
            styles += [f"double {WORDS[int(digit)]}"]
        if digits[at : at + 3] == digit * 3:
            styles += [f"triple {digit}"]
        style = draw(st.sampled_from(styles))
        parts.append(style)
        at += {"double": 2, "triple": 3}.get(style.split()[0], 1)
    separator = draw(st.sampled_from([" ", ", ", "-", ". ", " - ", " uh "]))
    return separator.join(parts)


@given(st.data(), st.text("0123456789", min_size=4, max_size=4))
def test_any_spelling_of_an_order_number_comes_back(data: st.DataObject, digits: str) -> None:
    text = data.draw(st.sampled_from(["W ", "W-", "double u ", "", "It's W, "]))

    assert hear(text + data.draw(spelled(digits)), expecting=Kind.ORDER).orders == (f"W{digits}",)


@given(st.data(), st.text("0123456789", min_size=5, max_size=5))
def test_any_spelling_of_a_zip_code_comes_back(data: st.DataObject, digits: str) -> None:
    text = data.draw(st.sampled_from(["", "It's ", "the zip code is "]))

    assert hear(text + data.draw(spelled(digits)), expecting=Kind.ZIP).zip_code == digits


@given(
    st.data(),
    st.text("0123456789", min_size=4, max_size=4),
    st.text("0123456789", min_size=5, max_size=5),
)
def test_both_numbers_in_one_sentence_come_back(
    data: st.DataObject, order: str, zip_code: str
) -> None:
    text = (
        f"My order is W {data.draw(spelled(order))} and the zip is {data.draw(spelled(zip_code))}"
    )

    heard = hear(text)

    assert (heard.orders, heard.zip_code) == ((f"W{order}",), zip_code)


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    for expecting in (None, Kind.ORDER, Kind.ZIP):
        heard = hear(text, expecting=expecting)

        assert all(len(order) == 5 for order in heard.orders)
