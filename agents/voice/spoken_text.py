"""Written text as it should be read out: order numbers digit by digit, addresses, symbols."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SIGNS: Final[Mapping[str, str]] = {"@": " at ", ".": " dot ", "-": " dash ", "_": " underscore "}


def digit_by_digit(digits: str) -> str:
    return " ".join(DIGITS[int(digit)] for digit in digits)


def read_number(match: re.Match[str]) -> str:
    return f"{match[1]} {digit_by_digit(match[2])}".strip()


def read_code(match: re.Match[str]) -> str:
    return " ".join(DIGITS[int(sign)] if sign.isdigit() else sign for sign in match[0])


def read_email(match: re.Match[str]) -> str:
    return re.sub(r"[@._-]", lambda sign: SIGNS[sign[0]], match[0])


def read_spaced(match: re.Match[str]) -> str:
    """Digits with spaces between are read one by one, with a pause after every third."""
    digits = match[0].split()
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return ", ".join(digit_by_digit("".join(group)) for group in groups)


Reading = str | Callable[[re.Match[str]], str]
READINGS: Final[tuple[tuple[re.Pattern[str], Reading], ...]] = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), read_email),
    # Tracking numbers (1Z999AA10123456784): letters and digits in any order.
    (re.compile(r"\b\d+[A-Z][A-Z\d]{4,}\b"), read_code),
    # Order numbers (W1001): letters, then digits.
    (re.compile(r"\b([A-Z]{1,3})-?(\d{3,})\b"), read_number),
    (re.compile(r"\b\d(?: \d){2,}\b"), read_spaced),
    # ZIP codes and telephone numbers, but not years and prices.
    (re.compile(r"(?<![\d$€£.,])()(\d{5,})(?![\d.,]*\d)"), read_number),
    (re.compile(r"\s*[\u203a\u00bb/]\s*"), ", "),
    (re.compile(r"[*_#`|]+"), ""),
    (re.compile(r"\s+&\s+"), " and "),
    (re.compile(r"(\d)\s*%"), r"\1 percent"),
    (re.compile(r"\s+"), " "),
)


def for_speech(text: str) -> str:
    """Return what a person would say who reads the text out."""
    for pattern, reading in READINGS:
        text = pattern.sub(reading, text)
    return text.strip()
