"""What a passage of policy text is, how it is searched, and how it is shown to a language model."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of one version of a policy document.

    Attributes:
        passage_id: Stable: the same text in the same place keeps its id.
        version_id: The document version it belongs to.
        source: What a person would call it, for example ``"Returns policy, Time limits"``.
        text: As it may be read out.
        kind: ``policy``, ``faq`` or ``product``.
    """

    passage_id: str
    version_id: str
    source: str
    text: str
    kind: str = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage found, best first; ``relevant`` is the index's own calibrated judgement."""

    passage: Passage
    score: float
    relevant: bool


class PolicyIndex(Protocol):
    """Search over the passages in force."""

    async def search(self, text: str, *, k: int = 3, at: datetime | None = None) -> list[Hit]:
        """Return at most ``k`` hits, best first; ``at`` defaults to now.

        Raises:
            Unavailable: The index did not answer in time.
        """
        ...

    async def close(self) -> None: ...


BLOCK: Final = re.compile(r"<passages>(.*?)</passages>", re.DOTALL)
ITEM: Final = re.compile(
    r'<passage id="([^"]*)" source="([^"]*)" relevant="(yes|no)">(.*?)</passage>', re.DOTALL
)


def render(hits: list[Hit]) -> str:
    """Show hits to a language model as a marked block; text inside cannot close the block."""
    items = "\n".join(
        f'<passage id="{html.escape(hit.passage.passage_id)}"'
        f' source="{html.escape(hit.passage.source)}"'
        f' relevant="{"yes" if hit.relevant else "no"}">{html.escape(hit.passage.text)}</passage>'
        for hit in hits
    )
    return f"<passages>\n{items}\n</passages>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One passage as a language model saw it."""

    passage_id: str
    source: str
    relevant: bool
    text: str


def read_back(block: str) -> list[Shown]:
    """Return the passages of a block made by ``render``; the rule-based dialogue reads them so."""
    found = BLOCK.search(block)
    if not found:
        return []
    return [
        Shown(
            passage_id=html.unescape(passage_id),
            source=html.unescape(source),
            relevant=relevant == "yes",
            text=html.unescape(text),
        )
        for passage_id, source, relevant, text in ITEM.findall(found.group(1))
    ]
