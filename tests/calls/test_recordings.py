"""Segments of a recording: taken in safely, joined with their gaps, deleted in time."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from calls import recordings
from calls.models import Call, Recording, RecordingSegment
from calls.states import CallState
from tests.calls.audio import loudness, make_picture, make_tone
from tests.calls.rows import NOW, RECORDER, WORKER, make_call

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def media(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def call() -> Call:
    """Sixty seconds long, answered one second after NOW."""
    return make_call(state=CallState.ENDED, records=True)


def hand_in(
    client: Client,
    audio: bytes,
    *,
    job: str = "AJ_r1",
    after_s: float = 1,
    seconds: float = 60,
    sha256: str = "",
    headers: dict[str, str] = RECORDER,
) -> Any:
    return client.put(
        f"/internal/calls/call-one/recording/{job}/",
        audio,
        content_type="audio/ogg",
        headers={
            "X-Started-At": (NOW + timedelta(seconds=after_s)).isoformat(),
            "X-Duration": str(seconds),
            "X-Sha256": sha256 or hashlib.sha256(audio).hexdigest(),
            **headers,
        },
    )


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def join_what_is_due(at: datetime = LATER) -> None:
    for recording in recordings.due(at):
        recordings.join(recording)


def test_one_whole_segment_is_a_complete_recording(
    client: Client, call: Call, media: Path, tmp_path: Path
) -> None:
    audio = make_tone(tmp_path / "one.ogg", seconds=1)

    first, second = hand_in(client, audio), hand_in(client, audio)
    join_what_is_due()

    assert (first.status_code, second.status_code) == (204, 204)
    recording = Recording.objects.get()
    assert (recording.state, recording.integrity, recording.reason) == ("ready", "complete", "")
    assert (recording.seconds, recording.channels) == (60, 2)
    assert recording.path.read_bytes() == audio
    assert files(media) == ["AJ_r1.ogg"]


def test_segments_are_joined_at_their_times_with_silence_for_the_gap(
    client: Client, call: Call, tmp_path: Path
) -> None:
    hand_in(client, make_tone(tmp_path / "1.ogg", seconds=2), after_s=1, seconds=2)
    hand_in(client, make_tone(tmp_path / "2.ogg", seconds=2), job="AJ_r2", after_s=6, seconds=2)

    join_what_is_due()

    recording = Recording.objects.get()
    assert recording.integrity == "gap"
    assert recording.gaps == [{"at_s": 2.0, "seconds": 3.0}, {"at_s": 7.0, "seconds": 53.0}]
    assert recording.reason == "3 s missing at 0:02; 53 s missing at 0:07"
    assert recording.seconds == pytest.approx(7, abs=0.1)
    assert loudness(recording.path, from_s=0.5, to_s=1.5) > 0.1
    assert loudness(recording.path, from_s=2.5, to_s=4.5) < 0.001
    assert loudness(recording.path, from_s=5.5, to_s=6.5) > 0.1


def test_two_recorders_at_once_are_not_heard_twice(
    client: Client, call: Call, tmp_path: Path
) -> None:
    hand_in(client, make_tone(tmp_path / "1.ogg", seconds=3), after_s=1, seconds=3)
    hand_in(client, make_tone(tmp_path / "2.ogg", seconds=3), job="AJ_r2", after_s=2, seconds=3)

    join_what_is_due()

    assert Recording.objects.get().seconds == pytest.approx(4, abs=0.1)


def test_a_segment_that_comes_late_is_joined_too(
    client: Client, call: Call, tmp_path: Path
) -> None:
    audio = make_tone(tmp_path / "1.ogg", seconds=1)
    hand_in(client, audio, after_s=40, seconds=21)
    join_what_is_due()
    assert Recording.objects.get().reason == "39 s missing before the start"

    hand_in(client, audio, job="AJ_r2", after_s=1, seconds=39)
    join_what_is_due()

    assert Recording.objects.get().integrity == "complete"


def test_a_job_that_failed_and_then_handed_in_audio_has_audio(
    client: Client, call: Call, tmp_path: Path
) -> None:
    def fail() -> None:
        client.post(
            "/internal/calls/call-one/recording/AJ_r1/failed/",
            {"reason": "disk full"},
            content_type="application/json",
            headers=RECORDER,
        )

    fail()
    hand_in(client, make_tone(tmp_path / "1.ogg", seconds=1))
    fail()
    join_what_is_due()

    segment = RecordingSegment.objects.get()
    assert (segment.failure, segment.file) == ("", f"{call.id}/AJ_r1.ogg")
    assert Recording.objects.get().integrity == "complete"


@pytest.mark.parametrize("handed_in", ["nothing", "a reason"])
def test_a_recording_without_audio_says_why(client: Client, call: Call, handed_in: str) -> None:
    if handed_in == "a reason":
        client.post(
            "/internal/calls/call-one/recording/AJ_r1/failed/",
            {"reason": "disk full"},
            content_type="application/json",
            headers=RECORDER,
        )

    join_what_is_due()

    recording = Recording.objects.get()
    expected = {
        "nothing": ("missing", "the recorder handed in nothing"),
        "a reason": ("failed", "disk full"),
    }
    assert (recording.integrity, recording.reason) == expected[handed_in]


def test_audio_that_cannot_be_read_is_a_failure_and_not_an_endless_loop(
    client: Client, call: Call
) -> None:
    for job in ("AJ_r1", "AJ_r2"):
        hand_in(client, b"OggS and then nonsense", job=job)

    join_what_is_due()

    recording = Recording.objects.get()
    assert (recording.state, recording.integrity) == ("ready", "failed")
    assert list(recordings.due(LATER)) == []


def test_a_segment_without_audio_is_a_failure_and_stops_nothing(
    client: Client, call: Call, tmp_path: Path
) -> None:
    for job in ("AJ_r1", "AJ_r2"):
        hand_in(client, make_picture(tmp_path / "picture.ogg"), job=job)

    join_what_is_due()

    assert Recording.objects.get().integrity == "failed"


def test_a_recorder_whose_clock_jumped_does_not_fill_the_disk_with_silence(
    client: Client, call: Call, tmp_path: Path
) -> None:
    tone = make_tone(tmp_path / "tone.ogg", seconds=1)
    hand_in(client, tone, seconds=1)
    hand_in(client, tone, job="AJ_r2", seconds=1, after_s=400 * 86_400)

    join_what_is_due()

    recording = Recording.objects.get()
    assert recording.seconds == 1
    assert recording.reason == (
        "59 s missing at 0:01; the recorder's clock jumped, a piece is left out"
    )


@pytest.mark.parametrize(
    ("audio", "sha256", "headers", "status"),
    [
        (b"OggS audio", "0" * 64, RECORDER, 400),
        (b"OggS audio", "short", RECORDER, 400),
        (b"RIFF audio", "", RECORDER, 400),
        (b"", "", RECORDER, 400),
        (b"OggS audio", "", RECORDER | {"X-Duration": "long"}, 400),
        (b"OggS audio", "", RECORDER | {"X-Started-At": "yesterday"}, 400),
        (b"OggS audio", "", {}, 401),
        (b"OggS audio", "", {"authorization": "Bearer wrong"}, 401),
        (b"OggS audio", "", WORKER, 403),
    ],
)
def test_a_segment_that_is_not_right_is_refused_and_leaves_nothing(
    client: Client,
    call: Call,
    media: Path,
    audio: bytes,
    sha256: str,
    headers: dict[str, str],
    status: int,
) -> None:
    assert hand_in(client, audio, sha256=sha256, headers=headers).status_code == status
    assert not RecordingSegment.objects.exists()
    assert files(media) == []


def test_a_call_whose_caller_was_told_of_no_recording_is_not_recorded(
    client: Client, media: Path
) -> None:
    make_call(state=CallState.ENDED, records=False, called_number="+15550100")

    answer = hand_in(client, b"OggS audio")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert files(media) == []


def test_audio_of_a_call_that_nobody_has_told_us_of_is_kept(client: Client) -> None:
    assert hand_in(client, b"OggS audio").status_code == 204

    call = Call.objects.get()
    assert (call.room_name, call.recording.segments.count()) == ("call-one", 1)


def test_recordings_are_deleted_after_the_retention_time(
    client: Client, call: Call, media: Path, settings: LazySettings
) -> None:
    hand_in(client, b"OggS audio")
    join_what_is_due()
    days = settings.CONFIG.retention_days

    kept = recordings.delete_old(NOW + timedelta(days=days))
    assert (kept, files(media)) == (0, ["AJ_r1.ogg"])

    deleted = recordings.delete_old(NOW + timedelta(days=days, seconds=1))
    recording = Recording.objects.get()
    assert (deleted, files(media)) == (1, [])
    assert (recording.state, recording.file) == ("deleted", "")
    assert hand_in(client, b"OggS audio").status_code == 409
    late = client.post(
        "/internal/calls/call-one/recording/AJ_r2/failed/",
        {"reason": "disk full"},
        content_type="application/json",
        headers=RECORDER,
    )
    assert (late.status_code, RecordingSegment.objects.count()) == (409, 1)
    assert recordings.delete_old(NOW + timedelta(days=days + 1)) == 0


def test_audio_without_a_row_is_deleted_in_time_too(
    client: Client, call: Call, media: Path, settings: LazySettings
) -> None:
    hand_in(client, b"OggS audio")
    for name, at in (("old", NOW - timedelta(seconds=1)), ("new", NOW)):
        (media / name).mkdir()
        (media / name / f"{name}.ogg.part").write_bytes(b"OggS")
        os.utime(media / name, (at.timestamp(), at.timestamp()))
    os.utime(media / str(call.id), (0, 0))

    recordings.delete_old(NOW + timedelta(days=settings.CONFIG.retention_days))

    assert files(media) == ["AJ_r1.ogg", "new.ogg.part"]
