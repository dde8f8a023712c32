"""The policy index in Pinecone: an index of 384 dimensions with the metric cosine.

Which versions are in force is decided here, by the snapshot's list, because what was deleted in
Pinecone may still be found for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pinecone import AsyncIndex, Index, PineconeError

from contactcenter.config import Config
from contactcenter.errors import Unavailable
from knowledge.backends.minilm import Embed, OwnModel
from knowledge.passages import Hit, Passage
from knowledge.snapshot import Entry, FollowedSnapshot, snapshot_path

SEARCH_WITHIN_S: Final = 1.5
UPLOAD_WITHIN_S: Final = 30.0
BATCH: Final = 100
# By meaning alone the threshold is another than in the embedded index: docs/knowledge.md.
RELEVANT_FROM: Final = 0.39


class PineconeIndex:
    """Implements ``knowledge.passages.PolicyIndex``.

    Attributes:
        embed: Turns the words searched for into a unit vector; the worker sets its own.
    """

    def __init__(
        self,
        index: AsyncIndex,
        *,
        namespace: str,
        file: FollowedSnapshot,
        embed: Embed,
        search_within_s: float = SEARCH_WITHIN_S,
    ) -> None:
        self.index = index
        self.namespace = namespace
        self.file = file
        self.embed = embed
        self.search_within_s = search_within_s

    async def search(self, text: str, *, k: int = 3, at: datetime | None = None) -> list[Hit]:
        snapshot = self.file.current()
        rows = snapshot.versions_in_force(at or datetime.now(UTC))  # noqa: TID251
        if not text.strip() or not rows or k < 1:
            return []
        in_force = [snapshot.versions[row].version_id for row in rows]
        try:
            async with asyncio.timeout(self.search_within_s):
                found = await self.index.query(
                    vector=(await self.embed(text)).tolist(),
                    top_k=k,
                    namespace=self.namespace,
                    filter={"version_id": {"$in": in_force}},
                    include_metadata=True,
                )
        except (PineconeError, TimeoutError) as error:
            # The text of the error may quote the request; its type does not.
            raise Unavailable(f"pinecone: {type(error).__name__}") from None
        return [read_hit(match.score, match.metadata or {}) for match in found.matches]

    async def close(self) -> None:
        await self.index.close()


def read_hit(score: float, metadata: dict[str, Any]) -> Hit:
    """Read what ``write_vector`` wrote.

    Raises:
        Unavailable: The index holds something else.
    """
    try:
        passage = Passage(
            passage_id=str(metadata["passage_id"]),
            version_id=str(metadata["version_id"]),
            source=str(metadata["source"]),
            text=str(metadata["text"]),
            kind=str(metadata["kind"]),
        )
    except KeyError as error:
        raise Unavailable(f"pinecone: a vector without {error}") from None
    return Hit(passage=passage, score=score, relevant=score >= RELEVANT_FROM)


def write_vector(entry: Entry) -> dict[str, Any]:
    passage = entry.passage
    return {
        # The same passage may stand in two versions that are both needed.
        "id": f"{passage.version_id}:{passage.passage_id}",
        "values": entry.vector.tolist(),
        "metadata": {
            "passage_id": passage.passage_id,
            "version_id": passage.version_id,
            "source": passage.source,
            "text": passage.text,
            "kind": passage.kind,
        },
    }


def upload(config: Config, entries: Sequence[Entry]) -> None:
    """Store the passages; those that are there already are replaced by the same.

    Raises:
        Unavailable: Pinecone did not take them all; upload again later.
    """
    vendors = config.vendors
    try:
        with Index(
            host=vendors.pinecone_host, api_key=vendors.pinecone_api_key, timeout=UPLOAD_WITHIN_S
        ) as index:
            for start in range(0, len(entries), BATCH):
                batch = [write_vector(entry) for entry in entries[start : start + BATCH]]
                index.upsert(vectors=batch, namespace=vendors.pinecone_namespace)
    except PineconeError as error:
        raise Unavailable(f"pinecone: {type(error).__name__}") from None


def build(config: Config) -> PineconeIndex:
    vendors = config.vendors
    return PineconeIndex(
        AsyncIndex(
            host=vendors.pinecone_host, api_key=vendors.pinecone_api_key, timeout=SEARCH_WITHIN_S
        ),
        namespace=vendors.pinecone_namespace,
        file=FollowedSnapshot(snapshot_path(config)),
        embed=OwnModel(),
    )
