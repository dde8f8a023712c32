from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.utils.timezone import now
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from contactcenter.settings import CONFIG
from knowledge import demo, indexing, services
from knowledge.models import PolicyVersion, TextVector
from knowledge.snapshot import Snapshot, snapshot_path
from tests.knowledge import elsewhere
from tests.knowledge.documents import (
    NOON,
    SIXTY,
    THIRTY,
    make_document,
    published,
    told,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_snapshot", "at_noon")]


def test_a_published_version_is_told_passage_by_passage_with_its_source() -> None:
    version = published(make_document(), THIRTY)

    found = Snapshot(indexing.refresh_snapshot())

    passages = [found.passage(row) for row in range(found.size)]
    assert [(one.source, one.text, one.kind) for one in passages] == [
        ("Returns policy, Time limit", "You have thirty days.", "policy"),
        ("Returns policy, Fees", "Returns are free.", "policy"),
    ]
    assert {one.version_id for one in passages} == {str(version.pk)}


def test_a_text_that_was_embedded_before_is_not_embedded_again() -> None:
    document = make_document()
    published(document, THIRTY)
    indexing.refresh_snapshot()
    recognisable = np.full(384, 0.5, np.float32)
    TextVector.objects.update(vector=recognisable.tobytes())

    published(document, SIXTY)

    vectors = Snapshot(indexing.refresh_snapshot()).arrays["vectors"]
    assert [bool((vector == recognisable).all()) for vector in vectors] == [False, True]
    assert TextVector.objects.count() == 3


def test_a_snapshot_that_is_up_to_date_is_not_written_again() -> None:
    published(make_document(), THIRTY)
    path = indexing.refresh_snapshot()
    before = path.stat()

    indexing.refresh_snapshot()

    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("content", [b"", b"not a snapshot"])
def test_a_damaged_snapshot_is_written_again(content: bytes) -> None:
    published(make_document(), THIRTY)
    indexing.refresh_snapshot().write_bytes(content)

    assert told(NOON) == ["You have thirty days.", "Returns are free."]


def test_another_title_is_another_source() -> None:
    document = make_document()
    published(document, THIRTY)
    indexing.refresh_snapshot()

    document.title = "Sending things back"
    document.save()

    assert Snapshot(indexing.refresh_snapshot()).passage(0).source == (
        "Sending things back, Time limit"
    )


def test_publishing_writes_the_snapshot_after_commit(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    version = services.revise(make_document(), text=THIRTY)

    with django_capture_on_commit_callbacks(execute=True):
        services.publish(version.pk)
        assert not snapshot_path(CONFIG).exists()

    assert Snapshot(snapshot_path(CONFIG)).size == 2


def test_the_demo_policies_are_published_once() -> None:
    call_command("seed_demo", stdout=StringIO())
    first = indexing.refresh_snapshot().read_bytes()
    call_command("seed_demo", stdout=StringIO())

    assert PolicyVersion.objects.count() == len(list(demo.texts())) == 10
    assert indexing.refresh_snapshot().read_bytes() == first
    assert len(told(now())) == Snapshot(snapshot_path(CONFIG)).size == 41


def test_the_command_writes_the_snapshot(capsys: pytest.CaptureFixture[str]) -> None:
    published(make_document(), THIRTY)

    call_command("index_policies")

    assert capsys.readouterr().out == "2 passages of 1 versions in policies.snapshot\n"
    assert Path(snapshot_path(CONFIG)).exists()


@pytest.fixture
def passages_elsewhere(settings: Settings) -> list[str]:
    """What a provider that keeps passages elsewhere was given."""
    settings.CONFIG = replace(CONFIG, policies=("tests.knowledge.elsewhere",))
    elsewhere.taken.clear()
    return elsewhere.taken


def test_a_provider_that_keeps_passages_elsewhere_is_given_them_on_publishing(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    passages_elsewhere: list[str],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        published(make_document(), THIRTY)

    assert passages_elsewhere == ["You have thirty days.", "Returns are free."]


def test_a_provider_that_does_not_answer_is_reported_and_stops_nothing(
    passages_elsewhere: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(elsewhere, "answers", False)
    published(make_document(), THIRTY)

    call_command("index_policies")

    printed = capsys.readouterr()
    assert printed.out == "2 passages of 1 versions in policies.snapshot\n"
    assert printed.err == "elsewhere: TimeoutError; run this again when it answers\n"
    assert passages_elsewhere == []
