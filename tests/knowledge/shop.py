"""Snapshots of policies for tests, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from knowledge import demo, snapshot
from knowledge.backends.minilm import MiniLM
from knowledge.passages import Passage
from knowledge.snapshot import Entry, Version
from knowledge.splitting import searched, split, title_of

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@cache
def model() -> MiniLM:
    return MiniLM()


def version(
    version_id: str,
    *,
    document: str = "returns",
    since: datetime = LONG_AGO,
    until: datetime | None = None,
) -> Version:
    return Version(
        version_id=version_id, document=document, effective_from=since, effective_until=until
    )


def entries(version_id: str, markdown: str, *, document: str = "returns") -> list[Entry]:
    title = title_of(markdown)
    pieces = split(markdown, document=document)
    texts = [searched(title, piece.heading_path, piece.text) for piece in pieces]
    return [
        Entry(
            passage=Passage(
                passage_id=piece.passage_id,
                version_id=version_id,
                source=", ".join([title, *piece.heading_path]),
                text=piece.text,
            ),
            searched=text,
            vector=vector,
        )
        for piece, text, vector in zip(pieces, texts, model().encode(texts), strict=True)
    ]


def write_one(path: Path, text: str) -> None:
    """Write a snapshot that holds one passage, in force since long ago."""
    content = snapshot.pack([version("1")], entries("1", f"# Returns\n\n{text}"), model="minilm")
    snapshot.write(path, content)


def write_demo(path: Path) -> None:
    """Write the demo shop's policies; a document's slug is its version."""
    texts = dict(demo.texts())
    content = snapshot.pack(
        [version(slug, document=slug) for slug in texts],
        [one for slug, text in texts.items() for one in entries(slug, text, document=slug)],
        model="minilm",
    )
    snapshot.write(path, content)
