"""Order numbers and ZIP codes in what a speech recogniser wrote: digits, words, or both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Final

from agents.voice.dialogue.number_runs import Kind, Piece, Run, RunReader
from agents.voice.dialogue.number_words import words_of

ORDER_DIGITS: Final = 4
ZIP_DIGITS: Final = 5
LENGTHS: Final = {Kind.ORDER: ORDER_DIGITS, Kind.ZIP: ZIP_DIGITS}
KINDS: Final = {length: kind for kind, length in LENGTHS.items()}
# Fewer digits are "one question" or "two lamps", not a number that was cut off.
SHORTEST_DOUBT: Final = 2
SHORTEST_DOUBT_UNASKED: Final = 3
MOST_HOMOPHONES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Digits that were meant as a number but are too few or too many."""

    kind: Kind
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The numbers in one turn; an order is ``W`` and four digits."""

    orders: tuple[str, ...] = ()
    zip_code: str | None = None
    doubt: Doubt | None = None


def hear(text: str, *, expecting: Kind | None = None) -> Heard:
    """Return the numbers that were said; ``expecting`` is what the caller was just asked for.

    >>> hear("W one thousand one, and the zip is nine four one one oh")
    Heard(orders=('W1001',), zip_code='94110', doubt=None)
    """
    orders: list[str] = []
    zip_code: str | None = None
    doubt: Doubt | None = None
    for run in RunReader(words_of(text)).runs():
        numbers = numbers_in(run, expecting)
        if not numbers:
            doubt = doubt_about(run, expecting) or doubt
        for number in numbers:
            if KINDS[len(number)] is Kind.ZIP:
                zip_code = number
            elif run.replaces:
                orders = [f"W{number}"]
            elif f"W{number}" not in orders:
                orders.append(f"W{number}")
    found = bool(orders or zip_code)
    return Heard(orders=tuple(orders), zip_code=zip_code, doubt=None if found else doubt)


def numbers_in(run: Run, expecting: Kind | None) -> list[str]:
    """Return the numbers of a run, or nothing if its digits do not make any."""
    wanted = run.hint or expecting
    if wanted is None:
        return first_fitting(run, None)
    numbers = first_fitting(run, wanted)
    if wanted is Kind.ZIP and not run.lettered:
        # What follows a ZIP code is its extension.
        numbers = [number for number in numbers if len(number) == ZIP_DIGITS]
    if not numbers and run.replaces and run.hint is None:
        # "No, 1002" to the question for the ZIP code.
        return first_fitting(run, None)
    return numbers


def first_fitting(run: Run, wanted: Kind | None) -> list[str]:
    for pieces in readings(run.pieces):
        numbers = split(pieces, zip_first=wanted is Kind.ZIP)
        if numbers and (wanted is None or LENGTHS[wanted] in map(len, numbers)):
            return numbers
    return []


def readings(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Yield the pieces without and with the words that only sound like digits."""
    unsure = [at for at, piece in enumerate(pieces) if piece.homophone]
    if len(unsure) <= MOST_HOMOPHONES:
        for kept in product((False, True), repeat=len(unsure)):
            left_out = {at for at, keep in zip(unsure, kept, strict=True) if not keep}
            yield tuple(
                replace(piece, pause_before=piece.pause_before or at - 1 in left_out)
                for at, piece in enumerate(pieces)
                if at not in left_out
            )
    yield overlaid(pieces)


def overlaid(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Read "1000 1" as a thousand and one."""
    for at, (thousand, rest) in enumerate(pairwise(pieces)):
        room = ORDER_DIGITS - len(rest.digits)
        if len(thousand.digits) == ORDER_DIGITS and thousand.digits.endswith("000") and room > 0:
            together = replace(thousand, digits=thousand.digits[:room] + rest.digits)
            return (*pieces[:at], together, *pieces[at + 2 :])
    return tuple(pieces)


def split(pieces: Sequence[Piece], *, zip_first: bool) -> list[str]:
    """Cut the pieces into numbers of a right length: at pauses, else anywhere."""
    phrases: list[str] = []
    for piece in pieces:
        if piece.pause_before or not phrases:
            phrases.append(piece.digits)
        else:
            phrases[-1] += piece.digits
    if phrases and all(len(phrase) in KINDS for phrase in phrases):
        return phrases
    whole = "".join(phrases)
    if len(whole) in KINDS:
        return [whole]
    for parts in (phrases, [piece.digits for piece in pieces], list(whole)):
        for cut in range(1, len(parts)):
            pair = ["".join(parts[:cut]), "".join(parts[cut:])]
            if is_pair(pair, zip_first=zip_first):
                return pair
    return []


def is_pair(pair: Sequence[str], *, zip_first: bool) -> bool:
    """Accept an order number with a ZIP code, or one number said twice."""
    if pair[0] == pair[1]:
        return len(pair[0]) in KINDS
    wanted = [ZIP_DIGITS, ORDER_DIGITS] if zip_first else [ORDER_DIGITS, ZIP_DIGITS]
    return [len(number) for number in pair] == wanted


def doubt_about(run: Run, expecting: Kind | None) -> Doubt | None:
    kind = run.hint or expecting
    digits = "".join(piece.digits for piece in run.pieces if not piece.homophone)
    asked = expecting is not None or run.lettered
    if kind is None or len(digits) < (SHORTEST_DOUBT if asked else SHORTEST_DOUBT_UNASKED):
        return None
    return Doubt(kind=kind, digits=digits)
