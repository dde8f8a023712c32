"""A segment on disk: what one job heard of one call, readable after ``kill -9``.

``<folder>/<room>/<job>.json`` says whose it is and is locked while its job lives;
``<job>.ogg`` beside it is the audio.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Final
from urllib.parse import quote

import av
import numpy as np

from calls.recorder.mixing import RATE, Samples
from contactcenter import rooms
from contactcenter.errors import Invalid

BIT_RATE: Final = 32_000
# A page of half a second, flushed at once, is what a killed job loses. 7 of 10 is what libopus
# offers for half the work of the best; on a telephone call nobody hears the difference.
CONTAINER: Final = {"page_duration": "500000", "flush_packets": "1"}
CODEC: Final = {"application": "voip", "compression_level": "7"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Whose audio it is.

    Attributes:
        started_at: When its first sample was heard, ISO 8601 with offset.
        failed: Why there is no audio, or no more of it; empty when all went well.
    """

    room: str
    job: str
    started_at: str
    failed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The two files of one job; use only while holding the lock."""

    path: Path
    manifest: Manifest

    @property
    def audio(self) -> Path:
        return self.path.with_suffix(".ogg")

    def write(self) -> None:
        # In place: the lock is on this file, not on its name.
        self.path.write_text(json.dumps(asdict(self.manifest)))

    def fail(self, reason: str) -> None:
        replace(self, manifest=replace(self.manifest, failed=reason)).write()

    def delete(self) -> None:
        self.audio.unlink(missing_ok=True)
        self.path.unlink()
        with suppress(OSError):
            self.path.parent.rmdir()

    def sha256(self) -> str:
        with self.audio.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def duration_s(self) -> float:
        """Return how much can be heard; 0 for a file that holds nothing yet."""
        try:
            with av.open(str(self.audio)) as container:
                stream = container.streams.audio[0]
                ends = [
                    (packet.pts + packet.duration) * packet.time_base
                    for packet in container.demux(stream)
                    if packet.pts is not None and packet.duration
                ]
        except (av.FFmpegError, OSError, IndexError):
            return 0.0
        return float(max(ends, default=0))


@contextmanager
def locked(path: Path, *, flags: int, wait: bool) -> Iterator[bool]:
    """Hold the lock of a manifest; says no when somebody else does and ``wait`` is false."""
    descriptor = os.open(path, flags, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


@contextmanager
def begin(folder: Path, *, room: str, job: str) -> Iterator[Segment]:
    """Start a segment and hold it: to others it looks unfinished for as long as this lasts.

    Raises:
        Invalid: The room is not a call's.
        OSError: The disk does not take it.
    """
    if not rooms.is_call(room):
        raise Invalid("this room is not a call")
    home = folder / quote(room, safe="+")
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = home / f"{quote(job, safe='')}.json"
    with locked(path, flags=os.O_WRONLY | os.O_CREAT | os.O_EXCL, wait=True):
        started_at = datetime.now(UTC).isoformat()  # noqa: TID251 - this process has no Django
        segment = Segment(path=path, manifest=Manifest(room=room, job=job, started_at=started_at))
        segment.write()
        yield segment


@contextmanager
def finished(path: Path) -> Iterator[Segment | None]:
    """Hold a segment whose job is gone; nothing while the job lives or has only just begun."""
    try:
        with locked(path, flags=os.O_RDONLY, wait=False) as free:
            yield read(path) if free else None
    except FileNotFoundError:
        # Another recorder on this machine delivered it.
        yield None


def read(path: Path) -> Segment | None:
    try:
        return Segment(path=path, manifest=Manifest(**json.loads(path.read_text())))
    except (ValueError, TypeError):
        return None


class OggFile:
    """Stereo Opus, written as it is heard."""

    def __init__(self, path: Path) -> None:
        self.container = av.open(str(path), "w", format="ogg", options=dict(CONTAINER))
        self.stream = self.container.add_stream("libopus", rate=RATE, layout="stereo")
        self.stream.bit_rate = BIT_RATE
        self.stream.options = dict(CODEC)
        self.samples = 0

    def write(self, block: Samples) -> None:
        """Append two channels."""
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(block.T).reshape(1, -1), format="s16", layout="stereo"
        )
        frame.sample_rate = RATE
        frame.pts = self.samples
        frame.time_base = Fraction(1, RATE)
        self.samples += block.shape[1]
        self.container.mux(self.stream.encode(frame))

    def close(self) -> None:
        self.container.mux(self.stream.encode(None))
        self.container.close()
