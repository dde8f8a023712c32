"""Makes LiveKit agree with the rows, and writes on the rows where it does not."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction

from contactcenter import rooms
from contactcenter.errors import ContactCenterError
from sip.models import Direction, DispatchRule, PhoneNumber, SyncedRow, Trunk
from sip.plan import (
    MARK,
    Change,
    Dispatch,
    Found,
    InboundTrunk,
    OutboundTrunk,
    Rule,
    Thing,
    changes,
)
from sip.telephony import Telephony, telephony

# A caller is not left ringing for LiveKit's own three minutes.
RING_FOR_S: Final = 25.0
# A room lives this long without anybody, and after the last person left.
EMPTY_TIMEOUT_S: Final = 60.0
DEPARTURE_TIMEOUT_S: Final = 20.0
# Any number: two processes that hold it do not sync at once.
LOCK: Final = 7_305_060

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One change and what became of it; ``error`` is empty when LiveKit did it."""

    change: Change
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a sync did, or would do.

    Attributes:
        unreachable: Why LiveKit could not be asked at all; empty when it could.
    """

    outcomes: tuple[Outcome, ...] = ()
    unreachable: str = ""

    @property
    def is_in_step(self) -> bool:
        return not self.unreachable and not any(outcome.error for outcome in self.outcomes)


def job_metadata(number: PhoneNumber) -> str:
    """What a job knows before, or without, asking Django."""
    profile = number.voice_profile
    return json.dumps(
        {
            "v": 1,
            "number": number.number,
            "greeting": profile.greeting,
            "discloses_ai": profile.discloses_ai,
            "voice": profile.voice,
            "records": number.records,
        },
        sort_keys=True,
    )


def wanted_of_number(number: PhoneNumber) -> tuple[InboundTrunk, Rule]:
    metadata = job_metadata(number)
    names = [rooms.RECEPTIONIST_AGENT_NAME]
    if number.records:
        names.append(rooms.RECORDER_AGENT_NAME)
    name = f"{MARK}{number.number}"
    trunk = InboundTrunk(
        name=name,
        number=number.number,
        allowed_addresses=tuple(number.trunk.allowed_addresses),
        username=number.trunk.username,
        password=number.trunk.password,
        ring_for_s=RING_FOR_S,
        max_call_s=rooms.MAX_CALL_S,
    )
    rule = Rule(
        name=name,
        trunk=name,
        room_prefix=rooms.ROOM_PREFIX,
        attributes=(("cc.role", "caller"),),
        agents=tuple(Dispatch(agent_name=name, metadata=metadata) for name in names),
        empty_timeout_s=EMPTY_TIMEOUT_S,
        departure_timeout_s=DEPARTURE_TIMEOUT_S,
    )
    return trunk, rule


def wanted_of_trunk(trunk: Trunk, numbers: Iterable[str]) -> OutboundTrunk:
    return OutboundTrunk(
        name=f"{MARK}out-{trunk.pk}",
        address=trunk.address,
        numbers=tuple(numbers),
        username=trunk.username,
        password=trunk.password,
    )


def wanted() -> list[tuple[Thing, SyncedRow]]:
    """Return what LiveKit should have, each with the row that shows its state."""
    result: list[tuple[Thing, SyncedRow]] = []
    numbers = list(
        PhoneNumber.objects.filter(enabled=True).select_related(
            "trunk", "voice_profile", "dispatch_rule"
        )
    )
    for number in numbers:
        trunk, rule = wanted_of_number(number)
        row = getattr(number, "dispatch_rule", None) or DispatchRule(number=number)
        result += [(trunk, number), (rule, row)]
    # LiveKit refuses an outbound trunk without a number to show; without numbers nobody calls out.
    if numbers:
        shown = [number.number for number in numbers]
        result += [
            (wanted_of_trunk(trunk, shown), trunk)
            for trunk in Trunk.objects.filter(direction=Direction.OUTBOUND)
        ]
    return result


def sync(*, dry_run: bool = False, network: Telephony | None = None) -> Report:
    """Make LiveKit agree with the rows. Safe to repeat; two at once take turns.

    It never raises for LiveKit's sake: what LiveKit refuses becomes the drift of a row, which the
    admin shows, and is tried again by the next sync.

    Args:
        dry_run: Only report what would be asked.
        network: Who is asked; the real one unless given.
    """
    network = network or telephony()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        pairs = wanted()
        try:
            current = network.trunks_and_rules()
        except ContactCenterError as error:
            if not dry_run:
                show_unreachable([row for _, row in pairs], str(error))
            return Report(unreachable=str(error))
        plan = changes(current, [thing for thing, _ in pairs])
        if dry_run:
            return Report(outcomes=tuple(Outcome(change=change) for change in plan))
        report = Report(outcomes=tuple(carry_out(network, plan)))
        show(pairs, current, report)
    if plan:
        failed = sum(bool(outcome.error) for outcome in report.outcomes)
        logger.info("telephony synced", extra={"changes": len(plan), "failed": failed})
    return report


def carry_out(network: Telephony, plan: Sequence[Change]) -> Iterable[Outcome]:
    """Ask for each change in turn; ``change.livekit_id`` of the outcome is the id afterwards."""
    for change in plan:
        try:
            livekit_id = network.apply(change)
        except ContactCenterError as error:
            yield Outcome(change=change, error=str(error))
        else:
            done = Change(action=change.action, thing=change.thing, livekit_id=livekit_id)
            yield Outcome(change=done)


def show_unreachable(rows: Iterable[SyncedRow], why: str) -> None:
    for row in rows:
        save(row, livekit_id=row.livekit_id, drift=why)


def show(
    pairs: Iterable[tuple[Thing, SyncedRow]], current: Iterable[Found], report: Report
) -> None:
    """Write on each row what LiveKit has of it now."""
    ids = {(type(item.thing), item.thing.name): item.livekit_id for item in current}
    drift: dict[tuple[type, str], str] = {}
    for outcome in report.outcomes:
        key = (type(outcome.change.thing), outcome.change.thing.name)
        if outcome.error:
            drift[key] = outcome.error
        elif outcome.change.action != "delete":
            ids[key] = outcome.change.livekit_id
    for thing, row in pairs:
        key = (type(thing), thing.name)
        save(row, livekit_id=ids.get(key, ""), drift=drift.get(key, ""))
    if not any(isinstance(thing, OutboundTrunk) for thing, _ in pairs):
        for trunk in Trunk.objects.filter(direction=Direction.OUTBOUND):
            why = drift.get((OutboundTrunk, f"{MARK}out-{trunk.pk}"), "")
            save(trunk, livekit_id=trunk.livekit_id if why else "", drift=why)
    for off in PhoneNumber.objects.filter(enabled=False):
        name = f"{MARK}{off.number}"
        why = drift.get((Rule, name), "") or drift.get((InboundTrunk, name), "")
        save(off, livekit_id=off.livekit_id if why else "", drift=why)
        DispatchRule.objects.filter(number=off).delete()


def save(row: SyncedRow, *, livekit_id: str, drift: str) -> None:
    """Write only these columns: the rest may have been edited meanwhile."""
    drift = drift[:500]
    if row.pk is None:
        row.livekit_id, row.drift = livekit_id, drift
        row.save()
    elif (row.livekit_id, row.drift) != (livekit_id, drift):
        type(row)._default_manager.filter(pk=row.pk).update(livekit_id=livekit_id, drift=drift)


def sync_after_commit() -> None:
    """Sync once the transaction is through; for everything that saves a row."""
    # Robust: what goes wrong here is logged and tried again by the clock, never an error page.
    transaction.on_commit(sync, robust=True)
