"""A telephone network in memory, with LiveKit's rules about trunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest
from pytest_django import Settings

from contactcenter.config import Config
from contactcenter.errors import Conflict, ContactCenterError, NotFound
from sip.plan import Change, Found, InboundTrunk, Rule
from sip.telephony import Dial, Room, Telephony


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """An agent that was sent into a room."""

    room_name: str
    agent_name: str
    metadata: str


@dataclass
class FakeTelephony:
    """Remembers what it was asked; ``down`` makes every question fail with that error."""

    down: ContactCenterError | None = None
    live: list[Room] = field(default_factory=list)
    dispatched: list[Dispatched] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    removed: list[tuple[str, str]] = field(default_factory=list)
    dialled: list[Dial] = field(default_factory=list)
    has: list[Found] = field(default_factory=list)
    applied: list[Change] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    def answer(self) -> None:
        if self.down is not None:
            raise self.down

    def rooms(self) -> list[Room]:
        self.answer()
        return list(self.live)

    def dispatch(self, *, room_name: str, agent_name: str, metadata: str = "") -> None:
        self.answer()
        self.dispatched.append(
            Dispatched(room_name=room_name, agent_name=agent_name, metadata=metadata)
        )

    def close_room(self, room_name: str) -> None:
        self.answer()
        self.closed.append(room_name)

    def remove(self, room_name: str, identity: str) -> None:
        self.answer()
        self.removed.append((room_name, identity))

    def dial(self, dial: Dial) -> None:
        self.answer()
        self.dialled.append(dial)

    def trunks_and_rules(self) -> list[Found]:
        self.answer()
        return list(self.has)

    def apply(self, change: Change) -> str:
        self.answer()
        others = [item for item in self.has if item.livekit_id != change.livekit_id]
        if change.action != "create" and len(others) == len(self.has):
            raise NotFound("there is no such thing")
        if change.action != "delete":
            self.refuse_what_livekit_refuses(change, others)
        self.applied.append(change)
        livekit_id = change.livekit_id or f"ID_{next(self.ids):04}"
        self.has = others
        if change.action != "delete":
            self.has = [*others, Found(livekit_id=livekit_id, thing=change.thing)]
        return livekit_id

    def refuse_what_livekit_refuses(self, change: Change, others: list[Found]) -> None:
        trunks = [item.thing for item in others if isinstance(item.thing, InboundTrunk)]
        thing = change.thing
        if isinstance(thing, InboundTrunk) and thing.number in {trunk.number for trunk in trunks}:
            raise Conflict("Conflicting inbound SIP Trunks")
        if isinstance(thing, Rule) and thing.trunk not in {trunk.name for trunk in trunks}:
            raise NotFound("the rule's trunk is not there")


installed: list[FakeTelephony] = []


def current(config: Config) -> Telephony:
    """What ``settings.TELEPHONY`` names while a test uses the fixture."""
    return installed[-1]


@pytest.fixture
def telephony(settings: Settings) -> Iterator[FakeTelephony]:
    installed.append(FakeTelephony())
    settings.TELEPHONY = "tests.fakes.telephony.current"
    yield installed[-1]
    installed.pop()
