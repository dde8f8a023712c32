from __future__ import annotations

import pytest

from orders.matching import pick, zip_key


@pytest.mark.parametrize("spoken", ["W1001", "w1001", "W 1 0 0 1", "w-1001", "#W1001.", "1001"])
def test_a_number_is_recognised_however_it_is_read_out(spoken: str) -> None:
    assert pick(spoken, ["W1001", "W1002"], number_of=str) == "W1001"


@pytest.mark.parametrize("spoken", ["", " - ", "W", "001", "W10", "W10011", "R1001", "10O1"])
def test_a_number_that_is_not_there_is_not_guessed(spoken: str) -> None:
    assert pick(spoken, ["W1001", "W1002"], number_of=str) is None


def test_bare_digits_that_fit_two_orders_are_not_decided() -> None:
    assert pick("1001", ["W1001", "R1001"], number_of=str) is None
    assert pick("R1001", ["W1001", "R1001"], number_of=str) == "R1001"


def test_an_order_whose_number_has_no_letters_wins_over_one_that_has() -> None:
    assert pick("1001", ["W1001", "1001"], number_of=str) == "1001"


@pytest.mark.parametrize(
    ("spoken", "meant"),
    [
        ("94110", "94110"),
        ("9 4 1 1 0", "94110"),
        ("94110-1234", "94110"),
        ("sw1a 1aa", "SW1A1AA"),
        ("9411", "9411"),
    ],
)
def test_a_zip_code_is_compared_without_spaces_case_and_extension(spoken: str, meant: str) -> None:
    assert zip_key(spoken) == meant
