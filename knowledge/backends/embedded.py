"""The policy index that needs no cloud: a mapped snapshot, searched by meaning and by words."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from contactcenter.config import Config
from contactcenter.errors import Unavailable
from knowledge.backends.minilm import Embed, OwnModel
from knowledge.passages import Hit
from knowledge.snapshot import FollowedSnapshot, snapshot_path

EMBED_WITHIN_S: Final = 2.0
# A BM25 score grows without limit; half of the words' share is reached at this score.
HALF_AT: Final = 4.0
WORDS_SHARE: Final = 0.4
# Measured on questions of callers: docs/knowledge.md.
RELEVANT_FROM: Final = 0.46


class EmbeddedIndex:
    """Implements ``knowledge.passages.PolicyIndex``; follows the file when it is replaced.

    Attributes:
        embed: Turns the words searched for into a unit vector. The worker sets its own, which
            asks the process that holds the model.
    """

    def __init__(self, path: Path, embed: Embed, *, embed_within_s: float = EMBED_WITHIN_S) -> None:
        self.file = FollowedSnapshot(path)
        self.embed = embed
        self.embed_within_s = embed_within_s

    async def search(self, text: str, *, k: int = 3, at: datetime | None = None) -> list[Hit]:
        snapshot = self.file.current()
        if not text.strip() or not snapshot.size or k < 1:
            return []
        try:
            async with asyncio.timeout(self.embed_within_s):
                vector = await self.embed(text)
        except TimeoutError:
            raise Unavailable("no embedding in time") from None
        words = snapshot.word_scores(text)
        scores = snapshot.cosines(vector) + WORDS_SHARE * words / (words + HALF_AT)
        rows = np.flatnonzero(snapshot.in_force(at or datetime.now(UTC)))  # noqa: TID251
        # Stable, so that equal scores keep the order of the documents.
        best = rows[np.argsort(-scores[rows], kind="stable")[:k]]
        return [
            Hit(
                passage=snapshot.passage(int(row)),
                score=float(scores[row]),
                relevant=bool(scores[row] >= RELEVANT_FROM),
            )
            for row in best
        ]

    async def close(self) -> None:
        self.file = FollowedSnapshot(self.file.path)


def build(config: Config) -> EmbeddedIndex:
    return EmbeddedIndex(snapshot_path(config), OwnModel())
