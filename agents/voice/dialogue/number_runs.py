"""Runs of digits in a sentence, and what the words around them say they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from agents.voice.dialogue.number_words import (
    CORRECTION,
    FILLERS,
    HOMOPHONES,
    NEGATION,
    ORDER_WORDS,
    PAUSES,
    POINTING,
    UNITS_OF_MEASURE,
    ZIP_WORDS,
    read_cardinal,
    word_at,
)


class Kind(StrEnum):
    """What a number stands for."""

    ORDER = "order"
    ZIP = "zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Digits spoken in one go; a homophone ("for", "to") may not be meant as a digit."""

    digits: str
    pause_before: bool = False
    homophone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Pieces with no other words between them.

    Attributes:
        hint: What the words before say it is.
        lettered: A "W" stands right before it.
        replaces: A word of correction was said before.
    """

    pieces: tuple[Piece, ...]
    hint: Kind | None
    lettered: bool
    replaces: bool


@dataclass(slots=True)
class RunReader:
    """Goes through the words once and collects runs."""

    words: Sequence[str]
    at: int = 0
    pieces: list[Piece] = field(default_factory=list)
    hint: Kind | None = None
    lettered: bool = False
    replaces: bool = False
    negated: bool = False
    paused: bool = False

    def runs(self) -> Iterator[Run]:
        while self.at < len(self.words):
            if self.took_digits():
                continue
            word = self.words[self.at]
            self.at += 1
            if word in PAUSES:
                self.paused = True
            elif word not in FILLERS or not self.pieces:
                yield from self.finished()
                self.note(word)
        yield from self.finished()

    def took_digits(self) -> bool:
        word = self.words[self.at]
        if word == "one" and self.at and self.words[self.at - 1] in POINTING:
            return False
        read = read_cardinal(self.words, self.at)
        if read is None:
            return False
        after = self.at + read.words
        if after < len(self.words) and self.words[after] in UNITS_OF_MEASURE:
            return False
        self.pieces.append(
            Piece(
                digits=read.digits,
                pause_before=self.paused and bool(self.pieces),
                homophone=self.may_be_a_word(after),
            )
        )
        self.paused = False
        self.at = after
        return True

    def may_be_a_word(self, after: int) -> bool:
        """Tell "for" and "to", and the surprise of "Oh, 1001", from plain digits."""
        word = self.words[self.at]
        surprise = word == "oh" and not self.pieces and not self.lettered
        return word in HOMOPHONES or (surprise and word_at(self.words, after) in PAUSES)

    def finished(self) -> Iterator[Run]:
        pieces = self.pieces
        if pieces and self.negated:
            # "not 1001, 1002"
            rest = [at for at, piece in enumerate(pieces) if piece.pause_before]
            pieces = pieces[rest[0] :] if rest else []
            self.negated = False
        if pieces:
            yield Run(
                pieces=tuple(pieces),
                hint=self.hint,
                lettered=self.lettered,
                replaces=self.replaces,
            )
            self.hint = None
        self.pieces = []

    def note(self, word: str) -> None:
        """Remember what a word says about the digits after it."""
        self.lettered = word == "w"
        self.paused = False
        if word == "w" or word in ORDER_WORDS:
            self.hint = Kind.ORDER
        elif word in ZIP_WORDS:
            self.hint = Kind.ZIP
        if word in NEGATION:
            self.negated = True
        self.replaces = self.replaces or word in CORRECTION
