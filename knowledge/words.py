"""The words of a text as the word index counts them."""

from __future__ import annotations

import re
from typing import Final

from bm25s.stopwords import STOPWORDS_EN_PLUS

WORD: Final = re.compile(r"[a-z0-9]+")
# What callers say around a question; it says nothing about the subject.
CALLERS_FILLER: Final = {
    "hi",
    "hello",
    "please",
    "thanks",
    "thank",
    "um",
    "uh",
    "okay",
    "ok",
    "want",
}
IGNORED: Final = frozenset(STOPWORDS_EN_PLUS) | CALLERS_FILLER


def words(text: str) -> list[str]:
    """Return the words that matter, singular where an ``s`` is all that differs."""
    found = WORD.findall(text.lower().replace("'", ""))
    return [singular(word) for word in found if word not in IGNORED]


def singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word
