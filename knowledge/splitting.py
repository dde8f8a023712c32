"""Cuts a Markdown document into passages that can be found, read out and recognised again."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

# An embedding sees 256 word pieces; twice as many letters as this would be cut off.
MOST_WORDS: Final = 120
HEADING: Final = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
BULLET: Final = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
LINK: Final = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
EMPHASIS: Final = re.compile(r"(\*\*|__|\*|`|~~)(?=\S)(.+?)(?<=\S)\1")
BETWEEN_SENTENCES: Final = re.compile(r"(?<=[.!?])\s+")
SENTENCE_END: Final = (".", "!", "?", ":", ";")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A passage that belongs to no version yet.

    Attributes:
        passage_id: The same for the same text under the same headings of the same document.
        heading_path: The headings above the text, outermost first, without the title.
    """

    passage_id: str
    heading_path: tuple[str, ...]
    text: str


def title_of(markdown: str) -> str:
    """Return the first heading, or an empty text."""
    for line in markdown.splitlines():
        if found := HEADING.match(line):
            return plain(found.group(2))
    return ""


def searched(title: str, heading_path: Sequence[str], text: str) -> str:
    """Return what is indexed for a passage: its headings say what a sentence leaves out."""
    return ". ".join([*(heading_path or [title]), text])


def split(markdown: str, *, document: str) -> list[Piece]:
    """Return the document's passages in order; ``document`` is its slug.

    A section is one passage unless it is long; then it is cut between paragraphs, and a long
    paragraph between sentences.
    """
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    pieces = []
    for heading_path, blocks in sections(markdown):
        for text in packed(blocks):
            # The same text twice under one heading is two passages.
            seen[heading_path, text] += 1
            place = "\n".join(
                [document, *heading_path, str(seen[heading_path, text]), text]
            ).encode()
            pieces.append(
                Piece(
                    passage_id=hashlib.sha256(place).hexdigest()[:16],
                    heading_path=heading_path,
                    text=text,
                )
            )
    return pieces


def sections(markdown: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Yield each heading path, without the title, with the blocks of text directly below it."""
    title = title_of(markdown)
    path: list[tuple[int, str]] = []
    for heading, lines in runs(markdown):
        if heading:
            level, text = heading
            path = [*(above for above in path if above[0] < level), (level, text)]
        if blocks := spoken_blocks(lines):
            names = [text for _, text in path]
            yield tuple(names[1:] if names[:1] == [title] else names), blocks


def runs(markdown: str) -> Iterator[tuple[tuple[int, str] | None, list[str]]]:
    """Yield each heading (level, text) with the lines up to the next; none before the first."""
    heading: tuple[int, str] | None = None
    lines: list[str] = []
    for line in markdown.splitlines():
        if found := HEADING.match(line):
            yield heading, lines
            heading, lines = (len(found.group(1)), plain(found.group(2))), []
        else:
            lines.append(line)
    yield heading, lines


def spoken_blocks(lines: list[str]) -> list[str]:
    """Return paragraphs, lists and tables, each as one text without Markdown's marks."""
    blocks = "\n".join(lines).split("\n\n")
    texts = (" ".join(spoken_lines(block.strip().splitlines())) for block in blocks)
    return [text for text in texts if text]


def spoken_lines(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if set(line) <= set("|-: "):
            continue
        if line.lstrip().startswith("|"):
            cells = [plain(cell) for cell in line.strip().strip("|").split("|")]
            yield finished(", ".join(cell for cell in cells if cell))
        elif BULLET.match(line):
            yield finished(plain(BULLET.sub("", line)))
        elif text := plain(line.lstrip("> ")):
            yield text


def finished(text: str) -> str:
    """End a list item like a sentence, so that a voice pauses after it."""
    return text if text.endswith(SENTENCE_END) else f"{text}."


def plain(text: str) -> str:
    """Remove marks for links, emphasis and code, and surplus spaces."""
    return " ".join(EMPHASIS.sub(r"\2", LINK.sub(r"\1", text)).split())


def packed(blocks: list[str]) -> Iterator[str]:
    """Join blocks as long as the result stays short; cut a long block between sentences."""
    joined: list[str] = []
    for part in (part for block in blocks for part in parts(block)):
        if joined and word_count([*joined, part]) > MOST_WORDS:
            yield " ".join(joined)
            joined = []
        joined.append(part)
    if joined:
        yield " ".join(joined)


def parts(block: str) -> list[str]:
    return [block] if word_count([block]) <= MOST_WORDS else BETWEEN_SENTENCES.split(block)


def word_count(texts: list[str]) -> int:
    return sum(len(text.split()) for text in texts)
