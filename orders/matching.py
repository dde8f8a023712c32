"""How an order number or ZIP code, as heard on the telephone, is compared with the shop's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

NEITHER: Final = re.compile(r"[^0-9A-Za-z]")
LEADING_LETTERS: Final = re.compile(r"^[A-Z]+")
NINE_DIGITS: Final = re.compile(r"^([0-9]{5})[0-9]{4}$")

T = TypeVar("T")


def key(text: str) -> str:
    """Return letters and digits only, in capitals: callers read out neither case nor dashes."""
    return NEITHER.sub("", text).upper()


def zip_key(text: str) -> str:
    """Like ``key``; of a nine-digit US ZIP code only the five digits that people know."""
    return NINE_DIGITS.sub(r"\1", key(text))


def pick(number: str, candidates: Iterable[T], *, number_of: Callable[[T], str]) -> T | None:
    """Return the one candidate that ``number`` means; none if several may be meant.

    Bare digits ("1001" for "W1001") count as long as they fit a single candidate.
    """
    spoken = key(number)
    if not spoken:
        return None
    known = [(key(number_of(candidate)), candidate) for candidate in candidates]
    same = [candidate for plain, candidate in known if plain == spoken]
    if not same and spoken.isdigit():
        same = [one for plain, one in known if LEADING_LETTERS.sub("", plain) == spoken]
    return same[0] if len(same) == 1 else None
