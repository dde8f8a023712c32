"""Replaces a voice agent whose job died, by its lease: LiveKit itself needs some 20 seconds."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from calls.models import Call
from calls.reconcile import (
    GRACE,
    MOST_REDISPATCHES,
    callers_leg,
    has_company,
    send_receptionist,
)
from calls.states import CallState
from contactcenter import rooms
from contactcenter.errors import Unavailable
from contactcenter.leases import Holders
from sip.telephony import Room, Telephony

# What stops the clock for this long (a machine that sleeps) stops the jobs' leases, too.
AWAY_AFTER: Final = timedelta(seconds=3)

logger = logging.getLogger(__name__)


@dataclass
class LeaseWatch:
    """Which calls had a lease when last seen; ``grace_until``: nobody is replaced before it."""

    looked_at: datetime | None = None
    grace_until: datetime | None = None
    held: set[str] = field(default_factory=set)

    def begin(self, now: datetime) -> None:
        if self.looked_at is None or now - self.looked_at > AWAY_AFTER:
            self.be_careful(now)
        self.looked_at = now

    def be_careful(self, now: datetime) -> None:
        self.grace_until = now + GRACE

    def look(self, holders: Holders) -> set[str]:
        """Return the answered calls that had a lease and have none now.

        Raises:
            Unavailable: Redis does not answer.
        """
        calls = Call.objects.filter(state=CallState.ACTIVE)
        answered = set(calls.values_list("room_name", flat=True))
        held = holders.held(answered)
        self.held = self.held & answered | held
        return self.held - held

    def in_grace(self, now: datetime) -> bool:
        return self.grace_until is not None and now < self.grace_until


def replace_dead(network: Telephony, holders: Holders, watch: LeaseWatch, now: datetime) -> None:
    """Look once. Safe to repeat.

    Raises:
        Unavailable: Redis or LiveKit does not answer; nobody is replaced for a while.
    """
    watch.begin(now)
    try:
        gone = watch.look(holders)
        if gone and not watch.in_grace(now):
            for room in abandoned(network, holders, gone):
                revive(network, room)
            watch.held -= gone
    except Unavailable:
        watch.be_careful(now)
        raise


def abandoned(network: Telephony, holders: Holders, gone: set[str]) -> list[Room]:
    """Return the rooms in which a caller waits beside the shell of a voice agent."""
    shells = {room.name: room for room in network.rooms() if room.name in gone and has_shell(room)}
    # A new job takes its lease before it joins: without one by now, it is the dead one we saw.
    return [shells[name] for name in shells.keys() - holders.held(shells)]


def has_shell(room: Room) -> bool:
    return callers_leg(room) is not None and any(
        one.identity == rooms.VOICE_AGENT for one in room.participants
    )


def revive(network: Telephony, room: Room) -> None:
    """Clear the shell away and send a new voice agent, unless the caller talks to a person."""
    call = Call.objects.get(room_name=room.name)
    logger.warning("voice agent died", extra={"call_id": str(call.id)})
    network.remove(room.name, rooms.VOICE_AGENT)
    others = tuple(one for one in room.participants if one.identity != rooms.VOICE_AGENT)
    talks = has_company(replace(room, participants=others))
    if not talks and call.redispatches < MOST_REDISPATCHES:
        send_receptionist(network, call)
