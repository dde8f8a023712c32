"""Takes in what the recorder's jobs hand over, one segment per job."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from calls.models import Call, Recording, RecordingSegment, RecordingState
from calls.services import start_call
from contactcenter.errors import Conflict, Invalid

CHUNK_BYTES: Final = 1 << 18
# Five hours of stereo Opus.
LARGEST_BYTES: Final = 300_000_000
OGG: Final = b"OggS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One job's audio as it comes in, and what the recorder says about it."""

    job_id: str
    audio: IO[bytes]
    started_at: datetime
    seconds: float
    sha256: str


def recorded_call(room_name: str) -> Call:
    """Return a call that may be recorded.

    Raises:
        Conflict: The number that was called does not record, or the recording was deleted.
    """
    call = start_call(room_name=room_name)
    # Not told yet which number was called: the recorder is sent only where calls are recorded.
    if call.called_number and not call.records:
        raise Conflict("this call is not to be recorded")
    if Recording.objects.filter(call=call, state=RecordingState.DELETED).exists():
        raise Conflict("this recording was deleted")
    return call


def store(*, room_name: str, arrived: Arrived) -> RecordingSegment:
    """Keep a segment; the same one again changes nothing.

    Raises:
        Invalid: It is not Ogg, too large, or its hash is wrong; nothing is kept.
        Conflict: See ``recorded_call``.
    """
    call = recorded_call(room_name)
    name = f"{call.id}/{arrived.job_id}.ogg"
    path = Path(settings.MEDIA_ROOT) / name
    size = write(path, arrived)
    return note(
        call,
        job_id=arrived.job_id,
        file=name,
        sha256=arrived.sha256.lower(),
        size_bytes=size,
        started_at=arrived.started_at,
        seconds=arrived.seconds,
        failure="",
    )


def note_failure(*, room_name: str, job_id: str, reason: str) -> RecordingSegment:
    """Note that a job has no audio; audio that it handed in all the same counts more.

    Raises:
        Conflict: See ``recorded_call``.
    """
    call = recorded_call(room_name)
    known = RecordingSegment.objects.filter(recording__call=call, job_id=job_id).first()
    return known or note(call, job_id=job_id, failure=reason)


def note(call: Call, *, job_id: str, **fields: object) -> RecordingSegment:
    with transaction.atomic():
        recording, _ = Recording.objects.select_for_update().get_or_create(call=call)
        segment, new = RecordingSegment.objects.get_or_create(
            recording=recording, job_id=job_id, defaults=fields
        )
        changed = {name for name, value in fields.items() if getattr(segment, name) != value}
        if changed:
            for name in changed:
                setattr(segment, name, fields[name])
            segment.save(update_fields=changed)
        if new or changed:
            # Also a recording that was joined already is joined again.
            recording.state = RecordingState.RECEIVING
            recording.changed_at = now()
            recording.save(update_fields=["state", "changed_at"])
    return segment


def write(path: Path, arrived: Arrived) -> int:
    """Stream to disk beside the final name, check, then move into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}-{os.urandom(4).hex()}.part")
    digest, size = hashlib.sha256(), 0
    try:
        with part.open("wb") as file:
            while chunk := arrived.audio.read(CHUNK_BYTES):
                if size == 0 and not chunk.startswith(OGG):
                    raise Invalid("the body is not an Ogg file")
                size += len(chunk)
                if size > LARGEST_BYTES:
                    raise Invalid(f"more than {LARGEST_BYTES} bytes")
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if size == 0:
            raise Invalid("the body is empty")
        if digest.hexdigest() != arrived.sha256.lower():
            raise Invalid("the body does not have the hash of X-Sha256")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return size
