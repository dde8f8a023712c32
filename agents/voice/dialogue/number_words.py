"""The words that stand for digits, and those around a number that say what it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

DIGITS: Final = {
    "zero": 0, "oh": 0, "o": 0, "nought": 0, "one": 1, "two": 2, "three": 3, "four": 4,
    "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "niner": 9,
}  # fmt: skip
# They count as digits only where a number would otherwise have a wrong length.
HOMOPHONES: Final = {"to": 2, "too": 2, "for": 4, "fore": 4, "won": 1, "ate": 8}
TEENS: Final = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
REPEATS: Final = {"double": 2, "triple": 3}
SCALES: Final = {"hundred": 2, "thousand": 3}

FILLERS: Final = frozenset({"um", "uh", "er", "dash", "hyphen", "minus", "space", "then", "and"})
ORDER_WORDS: Final = frozenset({"order", "orders"})
ZIP_WORDS: Final = frozenset({"zip", "zipcode", "postcode", "postal"})
CORRECTION: Final = frozenset({"no", "nope", "sorry", "actually", "wait", "mean", "meant", "wrong"})
# "that one", "the other one"
POINTING: Final = frozenset(
    {"this", "that", "the", "other", "first", "second", "third", "last", "which", "another", "next"}
)
UNITS_OF_MEASURE: Final = frozenset(
    {"day", "days", "week", "weeks", "month", "months", "year", "years", "hour", "hours",
     "minute", "minutes", "dollars", "dollar", "percent", "items", "item", "pieces", "people",
     "am", "pm", "times", "more", "question", "questions"}
)  # fmt: skip

LETTER_W: Final = re.compile(r"\b(?:double[ -]?(?:u|you|yu)\b|dubya\b)", re.IGNORECASE)
THOUSANDS: Final = re.compile(r"(?<![\d,])(\d{1,3}),(\d{3})(?![\d,])")
NOT_A_NUMBER: Final = re.compile(
    r"[$€£]\s?\d[\d.,]*|\b\d+(?:st|nd|rd|th)\b|\b\d+(?:\.\d+)?\s?%", re.IGNORECASE
)
YEAR: Final = re.compile(
    r"\b(in|since|of|from|january|february|march|april|may|june|july|august|september|october"
    r"|november|december) (?:19|20)\d\d\b",
    re.IGNORECASE,
)
WORD: Final = re.compile(r"[a-z]+|\d+|[.,;?!]")


def words_of(text: str) -> list[str]:
    """Return lower-case words, digit groups and, as "," or ".", pauses.

    >>> words_of("W-1001, it's 1,002")
    ['w', '1001', ',', 'its', '1002']
    """
    text = LETTER_W.sub("w", text).replace("'", "").replace("\u2019", "")
    text = NOT_A_NUMBER.sub("amount", text)
    text = YEAR.sub(r"\1 then", text)
    text = THOUSANDS.sub(r"\1\2", text).replace(":", "")
    return ["," if word in ";,?!" else word for word in WORD.findall(text.lower())]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Digits, and how many words they took."""

    digits: str
    words: int


def read_cardinal(words: Sequence[str], at: int) -> Read | None:
    """Read one number word, numeral or compound ("forty one", "one thousand and one")."""
    word = words[at]
    if word in REPEATS and at + 1 < len(words):
        again = digit_of(words[at + 1])
        return Read(digits=again * REPEATS[word], words=2) if again else None
    if word in HOMOPHONES:
        return Read(digits=str(HOMOPHONES[word]), words=1)
    below = read_below_hundred(words, at)
    start = below or (Read(digits="1", words=1) if is_a_thousand(words, at) else None)
    if start is None:
        return None
    return read_scales(words, at, start)


def is_a_thousand(words: Sequence[str], at: int) -> bool:
    return words[at] == "a" and at + 1 < len(words) and words[at + 1] in SCALES


def digit_of(word: str) -> str:
    """Return the digit a word stands for ("zeros" too), or nothing."""
    word = word.removesuffix("s") if word not in DIGITS else word
    if word in DIGITS:
        return str(DIGITS[word])
    return word if len(word) == 1 and word.isdigit() else ""


def read_below_hundred(words: Sequence[str], at: int) -> Read | None:
    word = words[at]
    if word.isdigit():
        return Read(digits=word, words=1)
    if word in DIGITS:
        return Read(digits=str(DIGITS[word]), words=1)
    if word in TEENS:
        return Read(digits=str(TEENS[word]), words=1)
    if word in TENS:
        unit = DIGITS.get(words[at + 1], 0) if at + 1 < len(words) else 0
        return Read(digits=str(TENS[word] + unit), words=2 if unit else 1)
    return None


def read_scales(words: Sequence[str], at: int, start: Read) -> Read:
    """Read on after a number: "hundred", "thousand" and what is added to them."""
    value, took = int(start.digits), start.words
    scaled = False
    while at + took < len(words) and words[at + took] in SCALES:
        zeros = SCALES[words[at + took]]
        took += 1
        scaled = True
        value *= 10**zeros
        rest_at = at + took
        if rest_at < len(words) and words[rest_at] == "and":
            rest_at += 1
        rest = read_below_hundred(words, rest_at) if rest_at < len(words) else None
        if rest is None:
            continue
        inner = read_scales(words, rest_at, rest) if zeros == 3 else rest
        if len(inner.digits) <= zeros and inner.digits != "0":
            return Read(digits=str(value + int(inner.digits)), words=rest_at - at + inner.words)
    return Read(digits=str(value), words=took) if scaled else start
