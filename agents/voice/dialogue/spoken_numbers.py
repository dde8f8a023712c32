"""Order numbers and ZIP codes in what a speech recogniser wrote: digits, words, or both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise, product
from typing import Final

from agents.voice.dialogue.number_words import (
    CORRECTION,
    FILLERS,
    HOMOPHONES,
    ORDER_WORDS,
    POINTING,
    UNITS_OF_MEASURE,
    ZIP_WORDS,
    read_cardinal,
    words_of,
)


class Kind(StrEnum):
    """What a number stands for."""

    ORDER = "order"
    ZIP = "zip"


LENGTHS: Final = {Kind.ORDER: 4, Kind.ZIP: 5}
KINDS: Final = {length: kind for kind, length in LENGTHS.items()}
BOTH: Final = sum(LENGTHS.values())
# Fewer digits are "one question" or "two lamps", not a number that was cut off.
SHORTEST_DOUBT: Final = 2
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Digits spoken in one go, and what stood around them."""

    digits: str
    pause_before: bool = False
    homophone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Pieces with no other words between them."""

    pieces: tuple[Piece, ...]
    hint: Kind | None
    lettered: bool
    replaces: bool


def hear(text: str, *, expecting: Kind | None = None) -> Heard:
    """Return the numbers that were said; ``expecting`` is what the caller was just asked for.

    >>> hear("W one thousand one, and the zip is nine four one one oh")
    Heard(orders=('W1001',), zip_code='94110', doubt=None)
    """
    orders: list[str] = []
    zip_code: str | None = None
    doubt: Doubt | None = None
    for run in runs(words_of(text)):
        wanted = run.hint or (None if run.replaces else expecting)
        numbers = numbers_in(run, wanted)
        if not numbers:
            doubt = doubt_about(run, wanted) or doubt
        for number in numbers:
            if KINDS[len(number)] is Kind.ZIP:
                zip_code = number
            elif run.replaces:
                orders = [f"W{number}"]
            elif f"W{number}" not in orders:
                orders.append(f"W{number}")
    found = bool(orders or zip_code)
    return Heard(orders=tuple(orders), zip_code=zip_code, doubt=None if found else doubt)


def runs(words: Sequence[str]) -> Iterator[Run]:
    """Cut the words into runs of digits, each with the hint that stood before it."""
    hint: Kind | None = None
    lettered = replaces = pause = False
    negated = False
    pieces: list[Piece] = []
    at = 0

    def finished() -> Iterator[Run]:
        if pieces and not negated:
            yield Run(pieces=tuple(pieces), hint=hint, lettered=lettered, replaces=replaces)
        pieces.clear()

    while at < len(words):
        word = words[at]
        read = None if is_pointing(words, at) else read_cardinal(words, at)
        if read and not (
            at + read.words < len(words) and words[at + read.words] in UNITS_OF_MEASURE
        ):
            pieces.append(
                Piece(
                    digits=read.digits,
                    pause_before=pause and bool(pieces),
                    homophone=word in HOMOPHONES,
                )
            )
            pause = False
            at += read.words
            continue
        at += 1
        if word in {",", "."}:
            # "Oh, 1001": surprise, not a zero.
            if [piece.digits for piece in pieces] == ["0"] and words[at - 2] in {"oh", "o"}:
                pieces.clear()
            pause = True
            continue
        if word in FILLERS and pieces:
            continue
        yield from finished()
        lettered = word == "w"
        negated = word == "not" or (negated and word == "w")
        pause = False
        if word == "w" or word in ORDER_WORDS:
            hint = Kind.ORDER
        elif word in ZIP_WORDS:
            hint = Kind.ZIP
        replaces = replaces or word in CORRECTION
    yield from finished()


def is_pointing(words: Sequence[str], at: int) -> bool:
    """Tell "that one" from the digit one."""
    return words[at] == "one" and at > 0 and words[at - 1] in POINTING


def numbers_in(run: Run, wanted: Kind | None) -> list[str]:
    """Return the numbers of a run, or nothing if its digits do not make any."""
    for length in lengths(wanted):
        for pieces in readings(run.pieces):
            numbers = split(pieces, first=length)
            if numbers and (length is None or length in map(len, numbers)):
                if run.lettered or wanted is not Kind.ZIP or len(numbers) > 1:
                    return numbers
                return [number for number in numbers if len(number) == length]
    return []


def lengths(wanted: Kind | None) -> tuple[int | None, ...]:
    return (LENGTHS[wanted],) if wanted else (None,)


def readings(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Yield the pieces without and with the words that only sound like digits ("for", "to")."""
    unsure = [at for at, piece in enumerate(pieces) if piece.homophone]
    if len(unsure) > MOST_HOMOPHONES:
        yield tuple(pieces)
        return
    for kept in product((False, True), repeat=len(unsure)):
        left_out = {at for at, keep in zip(unsure, kept, strict=True) if not keep}
        yield tuple(
            replace(piece, pause_before=piece.pause_before or at - 1 in left_out)
            for at, piece in enumerate(pieces)
            if at not in left_out
        )
    over = overlaid(pieces)
    if over:
        yield over


def overlaid(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Read "1000 1" as a thousand and one."""
    for at, (thousand, rest) in enumerate(pairwise(pieces)):
        if thousand.digits.endswith("000") and len(thousand.digits) == 4 and len(rest.digits) < 4:
            together = thousand.digits[: 4 - len(rest.digits)] + rest.digits
            return (*pieces[:at], replace(thousand, digits=together), *pieces[at + 2 :])
    return ()


def split(pieces: Sequence[Piece], *, first: int | None) -> list[str]:
    """Cut the pieces into numbers of a right length: at pauses, else between pieces."""
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
    for parts in (phrases, [piece.digits for piece in pieces]):
        for cut in range(1, len(parts)):
            pair = ["".join(parts[:cut]), "".join(parts[cut:])]
            if fits(pair, first):
                return pair
    if len(whole) == BOTH:
        cut = LENGTHS[Kind.ZIP] if first == LENGTHS[Kind.ZIP] else LENGTHS[Kind.ORDER]
        return [whole[:cut], whole[cut:]]
    return []


def fits(pair: Sequence[str], first: int | None) -> bool:
    if pair[0] == pair[1]:
        return len(pair[0]) in KINDS
    sizes = [len(number) for number in pair]
    if first == LENGTHS[Kind.ZIP]:
        return sizes == [5, 4]
    return sizes == [4, 5] or (first is None and sizes == [5, 4])


def doubt_about(run: Run, wanted: Kind | None) -> Doubt | None:
    digits = "".join(piece.digits for piece in run.pieces if not piece.homophone)
    if wanted is None or len(digits) < SHORTEST_DOUBT:
        return None
    return Doubt(kind=wanted, digits=digits)
