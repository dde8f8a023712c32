"""Compares LiveKit's rooms with our calls and mends what neither side noticed by itself."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F

from calls import lifecycle, services
from calls.models import Call, CallEvent
from calls.states import CallState
from contactcenter import rooms
from contactcenter.errors import NotFound
from sip.telephony import Participant, Room, Telephony

LOST_AFTER: Final = timedelta(seconds=10)
ALONE_FOR: Final = timedelta(seconds=4)
# A worker that was killed is back within 15 s, also on a small machine, and its callers wait for
# it; a telephone that only rings is refused in time for the caller to try elsewhere.
ANSWERED_WAITS: Final = timedelta(seconds=40)
RINGING_WAITS: Final = timedelta(seconds=12)
# Of a whole call: voice agents that come and die again are no company.
MOST_REDISPATCHES: Final = 12
MOST_RECORDERS: Final = 2
# Longer than for the voice agent: nobody waits, and a second recorder interrupts a slow first one.
UNRECORDED_FOR: Final = timedelta(seconds=8)
# After a pause of our own (a crash, LiveKit or the database away) the world is looked at this
# long before anybody is replaced: what seems dead may only be reconnecting.
GRACE: Final = timedelta(seconds=10)

logger = logging.getLogger(__name__)


@dataclass
class Watch:
    """What the clock remembers from one look to the next: since when something has been odd.

    Forgotten on purpose when the clock was away itself.
    """

    looked_at: datetime | None = None
    since: dict[tuple[str, str], datetime] = field(default_factory=dict)
    grace_until: datetime | None = None

    def begin(self, now: datetime) -> None:
        if self.looked_at is None or now - self.looked_at > GRACE:
            self.since.clear()
            self.grace_until = now + GRACE
        self.looked_at = now

    def in_grace(self, now: datetime) -> bool:
        return self.grace_until is not None and now < self.grace_until

    def lasts(self, what: str, room_name: str, now: datetime) -> timedelta:
        """Note that a room is odd, and say how long it has been so."""
        return now - self.since.setdefault((what, room_name), now)

    def over(self, what: str, room_name: str) -> None:
        self.since.pop((what, room_name), None)


def reconcile(network: Telephony, watch: Watch, now: datetime) -> None:
    """Look once. Safe to repeat, and to run while webhooks and workers write.

    Raises:
        Unavailable: LiveKit does not answer; nothing was changed.
    """
    live = {room.name: room for room in network.rooms() if rooms.is_call(room.name)}
    watch.begin(now)
    adopt(live.values())
    open_calls = list(Call.objects.exclude(state=CallState.ENDED))
    for call in open_calls:
        if call.room_name in live:
            watch.over("gone", call.room_name)
            keep_company(network, watch, call, live[call.room_name], now)
            keep_recording(network, watch, call, live[call.room_name], now)
        else:
            end_if_gone(watch, call, now)
    close_what_is_over(network, watch, live, {call.room_name for call in open_calls}, now)
    forget(watch, set(live) | {call.room_name for call in open_calls})


def adopt(live: Iterable[Room]) -> None:
    """Make the calls of rooms whose webhooks never came."""
    legs = {room.name: leg for room in live if (leg := callers_leg(room))}
    known = Call.objects.filter(room_name__in=legs).exclude(caller_identity="")
    for room_name in legs.keys() - set(known.values_list("room_name", flat=True)):
        leg = legs[room_name]
        services.start_call(
            room_name=room_name, caller=services.Caller.of(leg.attributes, leg.identity)
        )


def end_if_gone(watch: Watch, call: Call, now: datetime) -> None:
    if watch.lasts("gone", call.room_name, now) > LOST_AFTER and not watch.in_grace(now):
        # The call was over when the room was first missed, not when we were sure.
        gone_at = watch.since["gone", call.room_name]
        lifecycle.end(call.id, because="lost", at=gone_at)


def keep_company(network: Telephony, watch: Watch, call: Call, room: Room, now: datetime) -> None:
    """Send voice agents to a caller who is alone until one comes; at last close the room."""
    if callers_leg(room) is None or has_company(room):
        watch.over("alone", room.name)
        watch.over("awaited", room.name)
        return
    alone = watch.lasts("alone", room.name, now)
    awaited = watch.lasts("awaited", room.name, now)
    if watch.in_grace(now):
        return
    patience = RINGING_WAITS if call.answered_at is None else ANSWERED_WAITS
    worn_out = awaited >= ALONE_FOR and call.redispatches >= MOST_REDISPATCHES
    if worn_out or alone >= patience:
        # First the reason: LiveKit reports the closing at once.
        lifecycle.end(call.id, because="no_agent", at=now)
        network.close_room(room.name)
    elif awaited >= ALONE_FOR:
        watch.since["awaited", room.name] = now
        send_receptionist(network, call)


def keep_recording(network: Telephony, watch: Watch, call: Call, room: Room, now: datetime) -> None:
    """Send another recorder where one is missing; the recording will show the gap."""
    recorded = any(one.identity == rooms.RECORDER for one in room.participants)
    if recorded or not call.records or callers_leg(room) is None:
        watch.over("unrecorded", room.name)
    elif watch.lasts("unrecorded", room.name, now) >= UNRECORDED_FOR and not watch.in_grace(now):
        watch.over("unrecorded", room.name)
        sent = call.events.filter(
            kind="dispatched_again", detail__agent=rooms.RECORDER_AGENT_NAME
        ).count()
        if sent < MOST_RECORDERS:
            send(network, call, agent_name=rooms.RECORDER_AGENT_NAME, attempt=sent + 1)


def send_receptionist(network: Telephony, call: Call) -> None:
    # Compare and swap: of two clocks one sends the agent.
    counted = Call.objects.filter(id=call.id, redispatches=call.redispatches).update(
        redispatches=F("redispatches") + 1
    )
    if counted:
        agent_name = rooms.RECEPTIONIST_AGENT_NAME
        send(network, call, agent_name=agent_name, attempt=call.redispatches + 1)


def send(network: Telephony, call: Call, *, agent_name: str, attempt: int) -> None:
    """Note it first: if LiveKit's answer is lost, the agent may be on its way."""
    note = {"agent": agent_name, "attempt": attempt}
    CallEvent.objects.create(call=call, kind="dispatched_again", detail=note)
    logger.warning("agent sent again", extra={"call_id": str(call.id), **note})
    # Gone: the caller hung up this moment, and the next look ends the call.
    with suppress(NotFound):
        network.dispatch(
            room_name=call.room_name,
            agent_name=agent_name,
            metadata=json.dumps({"v": 1, "attempt": attempt}),
        )


def close_what_is_over(
    network: Telephony, watch: Watch, live: Mapping[str, Room], still_open: set[str], now: datetime
) -> None:
    """Close rooms that only machines are left in, and rooms of calls that have ended."""
    for room in live.values():
        people = any(is_person(one) for one in room.participants)
        if not room.participants or (people and room.name in still_open):
            watch.over("over", room.name)
        elif watch.lasts("over", room.name, now) >= ALONE_FOR and not watch.in_grace(now):
            network.close_room(room.name)


def forget(watch: Watch, known: set[str]) -> None:
    for key in [key for key in watch.since if key[1] not in known]:
        del watch.since[key]


def callers_leg(room: Room) -> Participant | None:
    return next(
        (one for one in room.participants if services.is_callers_leg(one.kind, one.attributes)),
        None,
    )


def has_company(room: Room) -> bool:
    """Whether somebody is there to talk to: the voice agent, or a person other than the caller."""
    leg = callers_leg(room)
    return any(
        one != leg and (one.identity == rooms.VOICE_AGENT or is_person(one))
        for one in room.participants
    )


def is_person(one: Participant) -> bool:
    return one.kind != "agent" and one.identity not in {rooms.VOICE_AGENT, rooms.RECORDER}
