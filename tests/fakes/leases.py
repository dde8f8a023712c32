"""Leases in memory, for jobs and for the clock; they end when a test says so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from contactcenter.errors import Unavailable


@dataclass
class FakeLeases:
    """``away`` makes every question fail; ``asked`` counts them."""

    holders: dict[str, str] = field(default_factory=dict)
    away: bool = False
    asked: int = 0

    def answer(self) -> None:
        self.asked += 1
        if self.away:
            raise Unavailable("Redis: TimeoutError")

    async def take(self, room_name: str, job_id: str) -> None:
        self.answer()
        self.holders[room_name] = job_id

    async def renew(self, room_name: str, job_id: str) -> bool:
        self.answer()
        return self.holders.setdefault(room_name, job_id) == job_id

    async def release(self, room_name: str, job_id: str) -> None:
        self.answer()
        if self.holders.get(room_name) == job_id:
            del self.holders[room_name]

    async def close(self) -> None:
        pass

    def held(self, room_names: Collection[str]) -> set[str]:
        self.answer()
        return self.holders.keys() & set(room_names)
