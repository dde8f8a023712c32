"""Which sentences of a policy answer a question; they are quoted, never reworded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agents.voice.dialogue.intents import plain
from knowledge.passages import Shown

SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+|\n+")
MARKUP: Final = re.compile(r"^[\s*#>-]+|[*_`]+")
# Words that say nothing about what is asked.
COMMON: Final = frozenset(
    plain(
        """a an the i me my we us our you your it its is are was be been do does did can could will
        would have has had to of in on at for from with and or but if so that this these those
        there what which who when where how why not no any some about just also get got please
        tell know want like much many long as by than then"""
    ).split()
)
# A question word, and what a sentence that answers it contains.
ANSWERED_BY: Final[tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]] = (
    (
        re.compile(r"\bhow (?:long|soon|fast|quickly)|\bwhen\b"),
        re.compile(r"\b(?:days?|weeks?|months?|years?|hours?|until|within)\b"),
    ),
    (
        re.compile(r"\bhow much|\bcost|\bprice|\bfee\b|\bfree\b|\bcharge"),
        re.compile(r"\$|\bdollars?\b|\bfree\b|\bcosts?\b|\bpay"),
    ),
    (re.compile(r"\bwhere\b"), re.compile(r"\b(?:street|avenue|road|at|to)\b")),
    (re.compile(r"\bopen|\bhours\b"), re.compile(r"\b(?:monday|sunday|saturday|[ap]\.?m)\b")),
)
KIND_BONUS: Final = 0.6
MOST_SENTENCES: Final = 2


def sentences_of(text: str) -> list[str]:
    parts = (MARKUP.sub("", part).strip() for part in SENTENCE_END.split(text))
    return [part for part in parts if part]


def stem(word: str) -> str:
    for ending in ("ing", "able", "ies", "ed", "es", "s", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def content(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in plain(text).split() if word not in COMMON)


def closeness(sentence: str, question: str) -> float:
    """Return how much a sentence has in common with a question; 0 is nothing."""
    shared = float(len(content(sentence) & content(question)))
    for asks, answers in ANSWERED_BY:
        if asks.search(plain(question)) and answers.search(sentence.lower()):
            shared += KIND_BONUS
    return shared


def quote(passages: Sequence[Shown], question: str) -> str | None:
    """Return one or two neighbouring sentences, word for word; None if nothing is relevant.

    The index's first choice is taken: choosing among its hits by words is wrong more often.
    """
    for passage in passages:
        sentences = sentences_of(passage.text)
        if passage.relevant and sentences:
            return " ".join(best_pair(sentences, question))
    return None


def best_pair(sentences: Sequence[str], question: str) -> Sequence[str]:
    """Return the neighbours that are closest to the question together, the earliest if equal."""
    pairs = [
        sentences[at : at + MOST_SENTENCES]
        for at in range(max(1, len(sentences) - MOST_SENTENCES + 1))
    ]
    return max(pairs, key=lambda pair: sum(closeness(sentence, question) for sentence in pair))


def source_of(passages: Sequence[Shown], said: str) -> str | None:
    """Return the source of the passage whose sentence we said."""
    words = plain(said)
    for passage in passages:
        if any(plain(sentence) in words for sentence in sentences_of(passage.text)):
            return passage.source
    return None
