"""Compares what LiveKit has with what the shop wants, and lists the changes. Pure.

Every number becomes an inbound trunk and a dispatch rule of its own, both called ``cc:<number>``,
so no change of the shop's ever puts one number on two trunks, which LiveKit refuses. What is
not called ``cc:…`` belongs to somebody else and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

MARK: Final = "cc:"

Action = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundTrunk:
    """Who may dial a number."""

    name: str
    number: str
    allowed_addresses: tuple[str, ...]
    username: str
    password: str = field(repr=False)
    ring_for_s: float
    max_call_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundTrunk:
    """How to reach a telephone company; ``numbers`` may be shown to who is called."""

    name: str
    address: str
    numbers: tuple[str, ...]
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """An agent that is sent into each new room; the metadata is JSON."""

    agent_name: str
    metadata: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A new room for each call that came through the trunk called ``trunk``."""

    name: str
    trunk: str
    room_prefix: str
    attributes: tuple[tuple[str, str], ...]
    agents: tuple[Dispatch, ...]
    empty_timeout_s: float
    departure_timeout_s: float


Thing = InboundTrunk | OutboundTrunk | Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that LiveKit has, under the id that LiveKit gave it."""

    livekit_id: str
    thing: Thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing to ask of LiveKit; ``livekit_id`` is empty for something new."""

    action: Action
    thing: Thing
    livekit_id: str = ""

    def __str__(self) -> str:
        kind = type(self.thing).__name__
        return f"{self.action} {kind} {self.thing.name} {self.livekit_id}".rstrip()


def changes(current: Iterable[Found], wanted: Sequence[Thing]) -> list[Change]:
    """List what makes LiveKit agree, in an order in which each step is allowed.

    Applying the list and asking again gives an empty list.
    """
    found: dict[tuple[type, str], list[Found]] = {}
    for item in sorted(current, key=lambda item: item.livekit_id):
        if item.thing.name.startswith(MARK):
            found.setdefault((type(item.thing), item.thing.name), []).append(item)
    result = []
    for thing in wanted:
        same = found.pop((type(thing), thing.name), [])
        if not same:
            result.append(Change(action="create", thing=thing))
        elif same[0].thing != thing:
            result.append(Change(action="update", thing=thing, livekit_id=same[0].livekit_id))
        result += [delete(item) for item in same[1:]]
    result += [delete(item) for items in found.values() for item in items]
    return sorted(result, key=order)


def delete(item: Found) -> Change:
    return Change(action="delete", thing=item.thing, livekit_id=item.livekit_id)


def order(change: Change) -> tuple[int, str, str]:
    """Rules go before their trunks and come after them."""
    is_rule = isinstance(change.thing, Rule)
    step = (0 if is_rule else 1) if change.action == "delete" else (3 if is_rule else 2)
    return step, change.thing.name, change.livekit_id
