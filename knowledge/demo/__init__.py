"""The demo shop's policies: one Markdown file a document, its name is the slug."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def texts() -> Iterator[tuple[str, str]]:
    """Yield slug and Markdown of every document."""
    for path in sorted(Path(__file__).parent.glob("*.md")):
        yield path.stem, path.read_text(encoding="utf-8")
