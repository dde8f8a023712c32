"""Events reach Django once and in order, whatever dies in between."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from agents.voice import reporter as reporting
from agents.voice.control_plane import ControlPlane
from agents.voice.reporter import Reporter, sweep
from contactcenter.errors import Unavailable
from tests.fakes.control_plane import FakeControlPlane


def make_reporter(django: ControlPlane, folder: Path) -> Reporter:
    return Reporter(django, room_name="call-1", job_id="AJ_1", folder=folder)


async def test_events_arrive_in_order_and_leave_nothing_on_disk(tmp_path: Path) -> None:
    django = FakeControlPlane()
    reporter = make_reporter(django, tmp_path)

    for kind in ("job_started", "answered", "goodbye"):
        reporter.report(kind)
    await reporter.close()

    assert django.kinds() == ["job_started", "answered", "goodbye"]
    assert [event.sequence for event in django.stored.values()] == [1, 2, 3]
    assert list(tmp_path.iterdir()) == []


async def test_what_django_missed_while_it_was_down_is_delivered_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "DELAYS_S", (0.01,))
    monkeypatch.setattr(reporting, "GATHER_S", 0.0)
    django = FakeControlPlane()
    django.down = True
    reporter = make_reporter(django, tmp_path)
    delivering = asyncio.create_task(reporter.run())
    reporter.report("job_started")
    reporter.report("answered")
    await asyncio.sleep(0.05)
    assert django.stored == {}

    django.down = False
    async with asyncio.timeout(5):
        while len(django.stored) < 2:
            await asyncio.sleep(0.01)
    delivering.cancel()
    await reporter.close()

    assert django.kinds() == ["job_started", "answered"]


async def test_a_dead_jobs_events_are_delivered_by_the_main_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "LAST_WORDS_WITHIN_S", 0.01)
    django = FakeControlPlane()
    django.down = True
    dead = make_reporter(django, tmp_path)
    dead.report("job_started")
    dead.report("answered")
    await dead.close()
    (left,) = tmp_path.iterdir()
    with left.open("a") as file:
        file.write('{"event_id": "half a li')

    with pytest.raises(Unavailable):
        await sweep(django, tmp_path)
    django.down = False
    await sweep(django, tmp_path)

    assert django.kinds() == ["job_started", "answered"]
    assert list(tmp_path.iterdir()) == []


async def test_a_living_jobs_spool_is_left_alone(tmp_path: Path) -> None:
    django = FakeControlPlane()
    living = make_reporter(django, tmp_path)
    living.report("job_started")

    await sweep(django, tmp_path)

    assert django.stored == {}
    assert len(list(tmp_path.iterdir())) == 1
    await living.close()


async def test_one_refused_event_does_not_hold_up_the_others(tmp_path: Path) -> None:
    django = FakeControlPlane()
    django.refuses = {"broken"}
    reporter = make_reporter(django, tmp_path)

    for kind in ("job_started", "broken", "goodbye"):
        reporter.report(kind)
    await reporter.close()

    assert django.kinds() == ["job_started", "goodbye"]


async def test_a_full_disk_does_not_stop_reporting(tmp_path: Path) -> None:
    django = FakeControlPlane()
    reporter = make_reporter(django, tmp_path)
    reporter.spool.close()

    reporter.report("job_started")
    await reporter.close()

    assert django.kinds() == ["job_started"]


async def test_without_a_place_for_the_spool_the_call_is_reported_all_the_same(
    tmp_path: Path,
) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be")
    django = FakeControlPlane()
    reporter = make_reporter(django, tmp_path / "spool")

    reporter.report("job_started")
    await reporter.close()

    assert django.kinds() == ["job_started"]


async def test_a_spool_that_cannot_be_read_does_not_keep_back_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "LAST_WORDS_WITHIN_S", 0.01)
    (tmp_path / "a.jsonl").mkdir()
    django = FakeControlPlane()
    django.down = True
    dead = make_reporter(django, tmp_path)
    dead.report("job_started")
    await dead.close()

    django.down = False
    await sweep(django, tmp_path)

    assert django.kinds() == ["job_started"]


async def test_the_spool_holds_what_the_internal_api_takes(tmp_path: Path) -> None:
    reporter = make_reporter(FakeControlPlane(), tmp_path)
    reporter.report("person_requested", reason="a refund")

    (line,) = reporter.path.read_text().splitlines()

    kept = json.loads(line)
    assert kept["kind"] == "person_requested"
    assert kept["detail"] == {"reason": "a refund"}
    assert kept["job_id"] == "AJ_1"
    await reporter.close()
