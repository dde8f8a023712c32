"""Joins a call's segments to one file, judges how complete it is, deletes what is old."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypedDict

import av
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from calls.models import (
    Call,
    Integrity,
    Recording,
    RecordingSegment,
    RecordingState,
)
from calls.states import CallState
from contactcenter.rooms import MAX_CALL_S

# Less than this at a seam or at the ends is measuring error and the time of joining a room.
TOLERANCE_S: Final = 2.0
SETTLED_AFTER: Final = timedelta(seconds=5)
# A recorder that is away keeps its segments and hands them in later; meanwhile the page says so.
MISSED_AFTER: Final = timedelta(seconds=60)
# No call has pieces further apart; a clock that jumped would be filled with days of silence.
FARTHEST: Final = timedelta(seconds=2 * MAX_CALL_S)
RATE: Final = 48_000
PACKET: Final = 960
# An Opus packet of 20 ms stereo silence: full-band CELT, one frame.
SILENCE: Final = bytes([0xFC, 0xFF, 0xFE])
JOINED: Final = "joined.ogg"

logger = logging.getLogger(__name__)


class Gap(TypedDict):
    """Silence that stands for lost audio."""

    at_s: float
    seconds: float


def due(now: datetime) -> Iterator[Recording]:
    """Find what is to be joined: recordings of ended calls, also those without any segment."""
    ended = Call.objects.filter(state=CallState.ENDED, records=True, answered_at__isnull=False)
    for call in ended.filter(recording=None, ended_at__lt=now - MISSED_AFTER):
        Recording.objects.get_or_create(call=call)
    return (
        Recording.objects.filter(
            Q(segments__isnull=False) | Q(call__ended_at__lt=now - MISSED_AFTER),
            call__state=CallState.ENDED,
            call__ended_at__lt=now - SETTLED_AFTER,
            state=RecordingState.RECEIVING,
        )
        .select_related("call")
        .distinct()
        .iterator()
    )


def join(recording: Recording) -> None:
    """Make one file of what there is and say how complete it is. Safe to repeat."""
    segments = list(recording.segments.exclude(file=""))
    failures = list(recording.segments.exclude(failure="").values_list("failure", flat=True))
    name, seconds, gaps = "", 0.0, list[Gap]()
    near = [one for one in segments if one.started_at - segments[0].started_at <= FARTHEST]
    if len(near) < len(segments):
        segments = near
        failures.append("the recorder's clock jumped, a piece is left out")
    if segments:
        try:
            name, seconds, gaps = one_file(recording, segments)
        # The last two: there is no audio in it.
        except (av.error.FFmpegError, OSError, LookupError, ValueError) as error:
            failures.append(f"the audio cannot be read ({type(error).__name__})")
    if name:
        gaps += edge_gaps(recording.call, segments)
        integrity = Integrity.GAP if gaps else Integrity.COMPLETE
        reason = describe(gaps, failures)
    else:
        integrity = Integrity.FAILED if failures else Integrity.MISSING
        reason = "; ".join(failures) or "the recorder handed in nothing"
    # A segment that came while we joined has changed the row: then it is joined again.
    joined = Recording.objects.filter(
        id=recording.id, state=RecordingState.RECEIVING, changed_at=recording.changed_at
    ).update(
        state=RecordingState.READY,
        integrity=integrity,
        reason=reason[:300],
        file=name,
        seconds=seconds,
        channels=2 if name else 0,
        gaps=sorted(gaps, key=lambda gap: gap["at_s"]),
    )
    if joined:
        logger.info(
            "recording joined",
            extra={"call_id": str(recording.call_id), "integrity": str(integrity)},
        )


def one_file(
    recording: Recording, segments: Sequence[RecordingSegment]
) -> tuple[str, float, list[Gap]]:
    """Return the name, the length and the gaps between segments; a single one stays as it is."""
    if len(segments) == 1:
        return segments[0].file, segments[0].seconds, []
    name = f"{recording.call_id}/{JOINED}"
    path = Path(settings.MEDIA_ROOT) / name
    part = path.with_suffix(".part")
    seconds = concatenate(segments, part)
    part.replace(path)
    return name, seconds, gaps_between(segments)


def concatenate(segments: Sequence[RecordingSegment], path: Path) -> float:
    """Copy the packets, each segment at its time, silence between; return the seconds."""
    first = segments[0].started_at
    written = 0
    with av.open(str(path), "w", format="ogg") as out:
        with av.open(str(segments[0].path)) as source:
            stream = out.add_stream_from_template(source.streams.audio[0])
        stream.time_base = Fraction(1, RATE)

        def mux(packet: av.Packet[Any]) -> None:
            nonlocal written
            packet.stream, packet.time_base = stream, Fraction(1, RATE)
            packet.pts = packet.dts = written
            packet.duration = PACKET
            out.mux(packet)
            written += PACKET

        for segment in segments:
            begins = int((segment.started_at - first).total_seconds() * RATE)
            while written + PACKET <= begins:
                mux(av.Packet(SILENCE))
            # Two recorders at once: what the earlier one has already is left out.
            skip = max(0, written - begins) // PACKET
            for index, packet in enumerate(packets(segment.path)):
                if index >= skip:
                    mux(packet)
    return written / RATE


def packets(path: Path) -> Iterator[av.Packet[Any]]:
    with av.open(str(path)) as source:
        for packet in source.demux(audio=0):
            if packet.size:
                yield packet


def gaps_between(segments: Sequence[RecordingSegment]) -> list[Gap]:
    first = segments[0].started_at
    gaps: list[Gap] = []
    until = segments[0].ended_at
    for _, later in pairwise(segments):
        gaps += gap(first, until, later.started_at, least_s=PACKET / RATE)
        until = max(until, later.ended_at)
    return gaps


def edge_gaps(call: Call, segments: Sequence[RecordingSegment]) -> list[Gap]:
    """What the call had before the first segment and after the last; no silence stands for it."""
    if call.answered_at is None or call.ended_at is None:
        return []
    first = segments[0].started_at
    until = max(segment.ended_at for segment in segments)
    return [
        *gap(first, call.answered_at, first, least_s=TOLERANCE_S),
        *gap(first, until, call.ended_at, least_s=TOLERANCE_S),
    ]


def gap(zero: datetime, start: datetime, end: datetime, *, least_s: float) -> list[Gap]:
    seconds = (end - start).total_seconds()
    if seconds < least_s:
        return []
    return [Gap(at_s=round((start - zero).total_seconds(), 1), seconds=round(seconds, 1))]


def describe(gaps: Sequence[Gap], failures: Sequence[str]) -> str:
    missing = [f"{one['seconds']:g} s missing {place(one['at_s'])}" for one in gaps]
    return "; ".join([*missing, *failures])


def place(at_s: float) -> str:
    if at_s < 0:
        return "before the start"
    minutes, seconds = divmod(int(at_s), 60)
    return f"at {minutes}:{seconds:02d}"


def delete_old(now: datetime) -> int:
    """Delete the audio of calls older than the retention allows; return how many."""
    oldest = now - timedelta(days=settings.CONFIG.retention_days)
    old = Recording.objects.filter(call__started_at__lt=oldest).exclude(
        state=RecordingState.DELETED
    )
    deleted = 0
    for recording in old.iterator():
        erase(recording)
        deleted += 1
    sweep(oldest)
    return deleted


def sweep(oldest: datetime) -> None:
    """Remove audio that no row knows: the process died between the file and its row."""
    kept = Recording.objects.exclude(state=RecordingState.DELETED)
    known = {str(call_id) for call_id in kept.values_list("call_id", flat=True)}
    for folder in Path(settings.MEDIA_ROOT).glob("*/"):
        if folder.name not in known and folder.stat().st_mtime < oldest.timestamp():
            empty(folder)


def erase(recording: Recording) -> None:
    """Remove every file of a recording; what is known about it stays."""
    # Before the rows: a run that dies in between is repeated, because the row says so.
    empty(Path(settings.MEDIA_ROOT) / str(recording.call_id))
    with transaction.atomic():
        Recording.objects.filter(id=recording.id).update(state=RecordingState.DELETED, file="")
        recording.segments.update(file="")


def empty(folder: Path) -> None:
    for path in folder.glob("*"):
        path.unlink(missing_ok=True)
    if folder.is_dir():
        folder.rmdir()
