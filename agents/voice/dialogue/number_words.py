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
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
REPEATS: Final = {"double": 2, "triple": 3}
SCALES: Final = {"hundred": 2, "thousand": 3}

FILLERS: Final = frozenset({"um", "uh", "er", "dash", "hyphen", "minus", "space", "then", "and"})
ORDER_WORDS: Final = frozenset({"order", "orders"})
ZIP_WORDS: Final = frozenset({"zip", "zipcode", "postcode", "postal"})
CORRECTION: Final = frozenset({"no", "nope", "sorry", "actually", "mean", "meant", "rather"})
NEGATION: Final = frozenset({"not"})
PAUSES: Final = frozenset({",", "."})
# "that one", "the other one"
POINTING: Final = frozenset(
    {"this", "that", "the", "other", "first", "second", "third", "last", "which", "another", "next"}
)
UNITS_OF_MEASURE: Final = frozenset(
    {"day", "days", "week", "weeks", "month", "months", "year", "years", "hour", "hours",
     "minute", "minutes", "dollars", "dollar", "percent", "items", "item", "pieces", "people",
     "am", "pm", "times", "more", "question", "questions"}
)  # fmt: skip

APOSTROPHES: Final = re.compile("['\u2019]")
LETTER_W: Final = re.compile(r"\b(?:double[ ,-]*(?:u|you|yu)|dubya)\b", re.IGNORECASE)
THOUSANDS: Final = re.compile(r"(?<![\d,])(\d{1,3}),(\d{3})(?![\d,])")
NOT_A_NUMBER: Final = re.compile(
    r"[$€£]\s?\d[\d.,]*|\b\d+[a-z]{2}\b|\b\d+(?:\.\d+)?\s?%", re.IGNORECASE
)
ZIP_EXTENSION: Final = re.compile(r"\b(\d{5})-\d{4}\b")
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
    text = APOSTROPHES.sub("", LETTER_W.sub("w", text))
    text = NOT_A_NUMBER.sub("amount", text)
    text = YEAR.sub(r"\1 then", text)
    text = ZIP_EXTENSION.sub(r"\1", text)
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
    if word in REPEATS:
        return read_repeated(words, at)
    if word in HOMOPHONES:
        return Read(digits=str(HOMOPHONES[word]), words=1)
    if word == "a" and word_at(words, at + 1) in SCALES:
        return read_scales(words, at, Read(digits="1", words=1))
    start = read_below_hundred(words, at)
    return read_scales(words, at, start) if start else None


def word_at(words: Sequence[str], at: int) -> str:
    return words[at] if at < len(words) else ""


def after_pause(words: Sequence[str], at: int) -> int:
    return at + 1 if word_at(words, at) in PAUSES else at


def read_repeated(words: Sequence[str], at: int) -> Read | None:
    """Read "double zero"; recognisers write a comma in between."""
    digit_at = after_pause(words, at + 1)
    word = word_at(words, digit_at)
    word = word if word in DIGITS else word.removesuffix("s")
    digit = str(DIGITS[word]) if word in DIGITS else word
    if not digit.isdigit():
        return None
    # "double 21" is how "double two, one" is written down.
    digits = digit[0] * REPEATS[words[at]] + digit[1:]
    return Read(digits=digits, words=digit_at - at + 1)


def read_below_hundred(words: Sequence[str], at: int) -> Read | None:
    word = word_at(words, at)
    if word.isdigit():
        return Read(digits=word, words=1)
    if word in DIGITS:
        return Read(digits=str(DIGITS[word]), words=1)
    if word in TEENS:
        return Read(digits=str(TEENS[word]), words=1)
    if word in TENS:
        unit = DIGITS.get(word_at(words, at + 1), 0)
        return Read(digits=str(TENS[word] + unit), words=2 if unit else 1)
    return None


def read_scales(words: Sequence[str], at: int, start: Read) -> Read:
    """Read on after a number: "hundred" or "thousand", and what is added to them."""
    scale = word_at(words, at + start.words)
    if scale not in SCALES:
        return start
    zeros = SCALES[scale]
    read = Read(digits=start.digits + "0" * zeros, words=start.words + 1)
    rest_at = after_pause(words, at + read.words)
    rest_at += word_at(words, rest_at) == "and"
    rest = read_below_hundred(words, rest_at)
    if rest is None:
        return read_scales(words, at, read)
    if scale == "thousand":
        rest = read_scales(words, rest_at, rest)
    after = rest_at + rest.words
    # "one thousand, nine four one one zero": another number begins.
    if len(rest.digits) > zeros or rest.digits == "0" or read_below_hundred(words, after):
        return read
    total = int(read.digits) + int(rest.digits)
    return Read(digits=str(total), words=after - at)
