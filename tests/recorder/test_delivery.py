"""Segments reach Django once it takes them, and only then are they deleted here."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from django.conf import settings

from calls.recorder.delivery import ControlPlane, HttpControlPlane, client, forget, sweep
from calls.recorder.segments import OggFile, Segment, begin
from contactcenter.errors import Conflict, ContactCenterError, Invalid, Unavailable
from tests.recorder.inbox import Inbox, open_inbox
from tests.recorder.test_segments import tone

ROOM = "call-_+15550100_abc"


@dataclass
class FakeControlPlane:
    """Takes everything, or answers each request with the next of ``errors``."""

    errors: list[ContactCenterError] = field(default_factory=list)
    uploads: list[tuple[str, float]] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)

    async def upload(self, segment: Segment, *, duration_s: float) -> None:
        self.answer()
        self.uploads.append((segment.manifest.job, duration_s))

    async def report_failure(self, *, room: str, job: str, reason: str) -> None:
        self.answer()
        self.failures.append((job, reason))

    def answer(self) -> None:
        if self.errors:
            raise self.errors.pop(0)


fake_is_held_to_the_protocol: type[ControlPlane] = FakeControlPlane


def recorded(folder: Path, job: str, *, seconds: float = 1.0, failed: str = "") -> Segment:
    with begin(folder, room=ROOM, job=job) as segment:
        if seconds:
            file = OggFile(segment.audio)
            file.write(tone(seconds, 440))
            file.close()
        if failed:
            segment.fail(failed)
    return segment


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*/*"))


async def test_finished_segments_are_handed_in_and_deleted(tmp_path: Path) -> None:
    django = FakeControlPlane()
    recorded(tmp_path, "AJ_1", seconds=1.0)
    recorded(tmp_path, "AJ_2", seconds=2.0)

    assert await sweep(tmp_path, django)

    assert [(job, round(duration_s)) for job, duration_s in django.uploads] == [
        ("AJ_1", 1),
        ("AJ_2", 2),
    ]
    assert list(tmp_path.iterdir()) == []


async def test_a_segment_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    django = FakeControlPlane()
    with begin(tmp_path, room=ROOM, job="AJ_1"):
        assert await sweep(tmp_path, django)

        assert (django.uploads, django.failures) == ([], [])
        assert left(tmp_path) == ["AJ_1.json"]


async def test_while_django_is_away_everything_is_kept(tmp_path: Path) -> None:
    django = FakeControlPlane(errors=[Unavailable("away")])
    recorded(tmp_path, "AJ_1")
    recorded(tmp_path, "AJ_2")

    assert not await sweep(tmp_path, django)
    assert left(tmp_path) == ["AJ_1.json", "AJ_1.ogg"]
    assert await sweep(tmp_path, django)

    assert [job for job, _ in django.uploads] == ["AJ_2", "AJ_1"]
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("failed", "reason"),
    [
        ("ConnectError while recording", "ConnectError while recording"),
        ("", "the recorder died before anything was heard"),
    ],
)
async def test_a_segment_without_audio_is_reported_with_its_reason(
    tmp_path: Path, failed: str, reason: str
) -> None:
    django = FakeControlPlane()
    recorded(tmp_path, "AJ_1", seconds=0, failed=failed)

    assert await sweep(tmp_path, django)

    assert django.failures == [("AJ_1", reason)]
    assert left(tmp_path) == []


async def test_what_was_heard_before_a_failure_is_handed_in(tmp_path: Path) -> None:
    django = FakeControlPlane()
    recorded(tmp_path, "AJ_1", failed="OSError while recording")

    assert await sweep(tmp_path, django)

    assert [job for job, _ in django.uploads] == ["AJ_1"]
    assert django.failures == []


async def test_audio_that_is_not_wanted_is_deleted(tmp_path: Path) -> None:
    recorded(tmp_path, "AJ_1")

    assert await sweep(tmp_path, FakeControlPlane(errors=[Conflict("deleted")]))

    assert left(tmp_path) == []


async def test_refused_audio_is_kept_for_a_person_and_not_sent_again(tmp_path: Path) -> None:
    django = FakeControlPlane(errors=[Invalid("400")])
    recorded(tmp_path, "AJ_1")

    assert await sweep(tmp_path, django)
    assert await sweep(tmp_path, django)

    assert django.uploads == []
    assert left(tmp_path) == ["AJ_1.ogg", "AJ_1.refused"]


def test_nothing_outlives_its_retention(tmp_path: Path) -> None:
    old, fresh = recorded(tmp_path, "AJ_1"), recorded(tmp_path, "AJ_2")
    for path in (old.path, old.audio):
        os.utime(path, (time.time() - 100, time.time() - 100))

    assert forget(tmp_path, older_than_s=50) == 2

    assert left(tmp_path) == [fresh.path.name, fresh.audio.name]


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with open_inbox() as inbox:
        yield inbox


@pytest.fixture
async def django(inbox: Inbox) -> AsyncIterator[HttpControlPlane]:
    async with client(replace(settings.CONFIG, web_url=inbox.url)) as django:
        yield django


async def test_the_upload_says_what_it_is_and_is_repeated_after_a_503(
    tmp_path: Path, inbox: Inbox, django: HttpControlPlane
) -> None:
    segment = recorded(tmp_path, "AJ_1")
    audio, digest = segment.audio.read_bytes(), segment.sha256()
    inbox.answers = [503]

    assert not await sweep(tmp_path, django)
    assert await sweep(tmp_path, django)

    first, second = inbox.received
    assert first.body == second.body == audio
    assert (second.method, second.path) == (
        "PUT",
        f"/internal/calls/{ROOM}/recording/AJ_1/",
    )
    assert second.headers["Authorization"] == "Bearer test-recorder-token"
    assert second.headers["Content-Type"] == "audio/ogg"
    assert second.headers["X-Started-At"] == segment.manifest.started_at
    assert second.headers["X-Sha256"] == digest
    assert float(second.headers["X-Duration"]) == pytest.approx(1.0, abs=0.05)
    assert left(tmp_path) == []


async def test_a_failure_is_posted_with_its_reason(
    tmp_path: Path, inbox: Inbox, django: HttpControlPlane
) -> None:
    recorded(tmp_path, "AJ_1", seconds=0, failed="disk full")

    assert await sweep(tmp_path, django)

    (request,) = inbox.received
    assert (request.method, request.path) == (
        "POST",
        f"/internal/calls/{ROOM}/recording/AJ_1/failed/",
    )
    assert request.body == b'{"reason": "disk full"}'


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Invalid),
        (404, Invalid),
        (302, Invalid),
        (409, Conflict),
        (401, Unavailable),
        (429, Unavailable),
        (500, Unavailable),
    ],
)
async def test_djangos_answers_become_our_errors(
    inbox: Inbox, django: HttpControlPlane, status: int, error: type[ContactCenterError]
) -> None:
    inbox.answers = [status]

    with pytest.raises(error):
        await django.report_failure(room=ROOM, job="AJ_1", reason="why")


async def test_a_django_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    recorded(tmp_path, "AJ_1")
    nowhere = replace(settings.CONFIG, web_url="http://127.0.0.1:9")

    async with client(nowhere) as django:
        assert not await sweep(tmp_path, django)

    assert left(tmp_path) == ["AJ_1.json", "AJ_1.ogg"]
