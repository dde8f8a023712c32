"""A policy index that knows one passage, and can be away."""

from __future__ import annotations

from datetime import datetime

from contactcenter.errors import Unavailable
from knowledge.passages import Hit, Passage

RETURNS = Passage(
    passage_id="returns-1",
    version_id="7",
    source="Returns, Time limits",
    text="You can return anything within 30 days of delivery. Sale items are no exception.",
)


class FakeIndex:
    """Implements ``PolicyIndex``; remembers what it was asked."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away
        self.asked: list[str] = []

    async def search(self, text: str, *, k: int = 3, at: datetime | None = None) -> list[Hit]:
        self.asked.append(text)
        if self.away:
            raise Unavailable("index: away")
        return [Hit(passage=RETURNS, score=0.8, relevant=True)]

    async def close(self) -> None:
        pass
