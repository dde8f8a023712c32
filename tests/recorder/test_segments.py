"""A segment can be read whatever happened to its job, and not before the job is gone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from calls.recorder.segments import OggFile, begin, finished
from contactcenter.errors import Invalid
from tests.recorder.tones import RATE, channels, tone_of

ROOM = "call-_+15550100_abc"


def tone(seconds: float, hertz: float) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    wave = 8000 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)
    return np.stack([wave, np.zeros_like(wave)]).astype(np.int16)


def test_what_was_written_can_be_heard_in_its_channel(tmp_path: Path) -> None:
    with begin(tmp_path, room=ROOM, job="AJ_1") as segment:
        file = OggFile(segment.audio)
        file.write(tone(2.0, 440))
        file.close()

    left, right = channels(segment.audio)
    assert tone_of(left) == 440
    assert tone_of(right[RATE // 10 :]) == 0
    assert segment.duration_s() == pytest.approx(2.0, abs=0.05)


def test_a_file_that_was_never_closed_keeps_all_but_its_last_page(tmp_path: Path) -> None:
    with begin(tmp_path, room=ROOM, job="AJ_1") as segment:
        file = OggFile(segment.audio)
        for _ in range(20):
            file.write(tone(0.5, 440))
        left_behind = tmp_path / "copy.ogg"
        left_behind.write_bytes(segment.audio.read_bytes())

    assert len(channels(left_behind)[0]) / RATE > 9


@pytest.mark.parametrize("rubbish", [b"", b"OggS", b"no audio at all" * 100])
def test_a_file_without_audio_lasts_no_time(tmp_path: Path, rubbish: bytes) -> None:
    with begin(tmp_path, room=ROOM, job="AJ_1") as segment:
        assert segment.duration_s() == 0
        segment.audio.write_bytes(rubbish)

        assert segment.duration_s() == 0


def test_a_segment_is_nobodys_while_its_job_writes(tmp_path: Path) -> None:
    with begin(tmp_path, room=ROOM, job="AJ_1") as segment, finished(segment.path) as seen:
        assert seen is None

    with finished(segment.path) as seen:
        assert seen == segment


def test_a_reason_for_a_failure_is_read_back(tmp_path: Path) -> None:
    with begin(tmp_path, room=ROOM, job="AJ_1") as segment:
        segment.fail("disk full")

    with finished(segment.path) as seen:
        assert seen is not None
        assert (seen.manifest.room, seen.manifest.job) == (ROOM, "AJ_1")
        assert seen.manifest.failed == "disk full"


def test_a_manifest_that_is_not_written_yet_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "AJ_1.json"
    path.touch()

    with finished(path) as seen:
        assert seen is None
    with finished(tmp_path / "gone.json") as seen:
        assert seen is None


def test_a_deleted_segment_leaves_no_trace(tmp_path: Path) -> None:
    with begin(tmp_path, room=ROOM, job="AJ_1") as segment:
        segment.audio.touch()
        segment.delete()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("room", ["desk", "../../etc", ""])
def test_only_calls_are_recorded(tmp_path: Path, room: str) -> None:
    with pytest.raises(Invalid), begin(tmp_path, room=room, job="AJ_1"):
        pass

    assert list(tmp_path.iterdir()) == []


def test_no_room_name_reaches_another_folder(tmp_path: Path) -> None:
    folder = tmp_path / "recorder"
    folder.mkdir()

    with begin(folder, room="call-/../../x", job="../AJ_1") as segment:
        assert segment.path.parent.parent == folder
        assert json.loads(segment.path.read_text())["room"] == "call-/../../x"
