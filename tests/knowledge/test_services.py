from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import IntegrityError
from django.utils.timezone import now

from contactcenter.errors import Conflict, Invalid
from contactcenter.settings import CONFIG
from knowledge import demo, services
from knowledge.models import PolicyDocument, PolicyPassage, PolicyVersion, TextVector
from knowledge.snapshot import Snapshot, snapshot_path

pytestmark = pytest.mark.django_db
Capture = Callable[..., Any]

THIRTY = (
    "# Returns policy\n\n## Time limit\n\nYou have thirty days.\n\n## Fees\n\nReturns are free."
)
SIXTY = THIRTY.replace("thirty", "sixty")
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=10)
MUCH_LATER = NOON + timedelta(days=40)


@pytest.fixture(autouse=True)
def no_snapshot_of_another_test() -> Iterator[None]:
    snapshot_path(CONFIG).unlink(missing_ok=True)
    with time_machine.travel(NOON, tick=False):
        yield
    snapshot_path(CONFIG).unlink(missing_ok=True)


def make_document(slug: str = "returns") -> PolicyDocument:
    return PolicyDocument.objects.create(title="Returns policy", slug=slug)


def published(document: PolicyDocument, text: str, **fields: Any) -> PolicyVersion:
    return services.publish(services.revise(document, text=text, **fields).pk)


def told(at: datetime) -> list[str]:
    """Return the texts that may be told to callers at that moment."""
    found = Snapshot(services.refresh_snapshot())
    return [found.passage(int(row)).text for row in np.flatnonzero(found.in_force(at))]


def test_a_draft_is_told_to_nobody() -> None:
    services.revise(make_document(), text=THIRTY)

    assert told(NOON) == []


def test_a_published_version_is_told_passage_by_passage_with_its_source() -> None:
    version = published(make_document(), THIRTY)

    found = Snapshot(services.refresh_snapshot())

    passages = [found.passage(row) for row in range(found.size)]
    assert [(one.source, one.text, one.kind) for one in passages] == [
        ("Returns policy, Time limit", "You have thirty days.", "policy"),
        ("Returns policy, Fees", "Returns are free.", "policy"),
    ]
    assert {one.version_id for one in passages} == {str(version.pk)}


def test_a_new_version_takes_over_when_it_starts() -> None:
    document = make_document()
    published(document, THIRTY)
    published(document, SIXTY, effective_from=LATER)

    assert told(NOON) == ["You have thirty days.", "Returns are free."]
    assert told(LATER - timedelta(seconds=1)) == ["You have thirty days.", "Returns are free."]
    assert told(LATER) == ["You have sixty days.", "Returns are free."]


def test_a_version_that_starts_at_the_same_moment_replaces_the_one_before_for_good() -> None:
    document = make_document()
    published(document, THIRTY, effective_from=LATER)
    corrected = published(document, SIXTY, effective_from=LATER)
    assert told(LATER)[0] == "You have sixty days."

    services.withdraw(corrected.pk)

    assert told(LATER) == []


def test_after_a_version_with_an_end_the_one_before_counts_again() -> None:
    document = make_document()
    published(document, THIRTY)
    published(document, SIXTY, effective_from=LATER, effective_until=MUCH_LATER)

    assert told(LATER)[0] == "You have sixty days."
    assert told(MUCH_LATER)[0] == "You have thirty days."


def test_a_version_does_not_count_before_it_was_published() -> None:
    version = services.revise(make_document(), text=THIRTY, effective_from=NOON)
    with time_machine.travel(LATER, tick=False):
        services.publish(version.pk)

        assert told(LATER - timedelta(seconds=1)) == []
        assert told(LATER) == ["You have thirty days.", "Returns are free."]


def test_withdrawn_text_is_told_no_longer_and_nothing_older_comes_back() -> None:
    document = make_document()
    published(document, THIRTY)
    with time_machine.travel(LATER, tick=False):
        version = published(document, SIXTY)

        services.withdraw(version.pk)

        assert told(LATER) == []
        assert told(MUCH_LATER) == []


def test_publishing_and_withdrawing_twice_changes_nothing() -> None:
    version = published(make_document(), THIRTY)
    with time_machine.travel(LATER, tick=False):
        services.publish(version.pk)
        version.refresh_from_db()
        assert (version.published_at, version.effective_from) == (NOON, NOON)
        services.withdraw(version.pk)
    with time_machine.travel(MUCH_LATER, tick=False):
        services.withdraw(version.pk)

    version.refresh_from_db()
    assert version.withdrawn_at == LATER


def test_a_withdrawn_version_cannot_be_published_again() -> None:
    version = published(make_document(), THIRTY)
    services.withdraw(version.pk)

    with pytest.raises(Conflict, match="a withdrawn version stays withdrawn"):
        services.publish(version.pk)

    assert told(NOON) == []


def test_a_draft_cannot_be_withdrawn() -> None:
    version = services.revise(make_document(), text=THIRTY)

    with pytest.raises(Conflict, match="a draft is told to nobody"):
        services.withdraw(version.pk)

    version.refresh_from_db()
    assert version.withdrawn_at is None


def test_a_version_whose_end_is_past_cannot_be_published() -> None:
    version = services.revise(make_document(), text=THIRTY, effective_until=LATER)

    with (
        time_machine.travel(MUCH_LATER, tick=False),
        pytest.raises(Conflict, match="already have ended"),
    ):
        services.publish(version.pk)

    version.refresh_from_db()
    assert version.published_at is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "there is no sentence"),
        ("# Only\n\n## Headings", "there is no sentence"),
        ("word " * 50_000, "200,000 characters"),
        ("a\x00b", "null character"),
    ],
)
def test_bad_text_is_refused_with_a_reason_and_nothing_is_stored(text: str, problem: str) -> None:
    document = make_document()

    with pytest.raises(Invalid, match=problem):
        services.revise(document, text=text)

    assert not PolicyVersion.objects.exists()
    assert not PolicyPassage.objects.exists()


def test_a_version_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(Invalid, match="must end after it starts"):
        services.revise(make_document(), text=THIRTY, effective_from=LATER, effective_until=LATER)

    assert not PolicyVersion.objects.exists()


def test_versions_are_numbered_and_know_their_author_and_reason() -> None:
    document = make_document()
    editor = User.objects.create_user("editor")
    services.revise(document, text=THIRTY)

    version = services.revise(document, text=SIXTY, author=editor, reason="Christmas")

    assert (version.number, version.author, version.reason) == (2, editor, "Christmas")


def test_a_passage_that_did_not_change_keeps_its_id_in_the_next_version() -> None:
    document = make_document()
    before = services.revise(document, text=THIRTY)

    after = services.revise(document, text=SIXTY)

    (old_limit, old_fees), (new_limit, new_fees) = (
        version.passages.values_list("passage_id", flat=True) for version in (before, after)
    )
    assert old_fees == new_fees
    assert old_limit != new_limit


def test_a_text_that_was_embedded_before_is_not_embedded_again() -> None:
    document = make_document()
    published(document, THIRTY)
    services.refresh_snapshot()
    recognisable = np.full(384, 0.5, np.float32)
    TextVector.objects.update(vector=recognisable.tobytes())

    published(document, SIXTY)

    vectors = Snapshot(services.refresh_snapshot()).arrays["vectors"]
    assert [bool((vector == recognisable).all()) for vector in vectors] == [False, True]
    assert TextVector.objects.count() == 3


def test_a_snapshot_that_is_up_to_date_is_not_written_again() -> None:
    published(make_document(), THIRTY)
    path = services.refresh_snapshot()
    before = path.stat()

    services.refresh_snapshot()

    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("content", [b"", b"not a snapshot"])
def test_a_damaged_snapshot_is_written_again(content: bytes) -> None:
    published(make_document(), THIRTY)
    services.refresh_snapshot().write_bytes(content)

    assert told(NOON) == ["You have thirty days.", "Returns are free."]


def test_another_title_is_another_source() -> None:
    document = make_document()
    published(document, THIRTY)
    services.refresh_snapshot()

    document.title = "Sending things back"
    document.save()

    assert Snapshot(services.refresh_snapshot()).passage(0).source == (
        "Sending things back, Time limit"
    )


def test_publishing_writes_the_snapshot_after_commit(
    django_capture_on_commit_callbacks: Capture,
) -> None:
    version = services.revise(make_document(), text=THIRTY)

    with django_capture_on_commit_callbacks(execute=True):
        services.publish(version.pk)
        assert not snapshot_path(CONFIG).exists()

    assert Snapshot(snapshot_path(CONFIG)).size == 2


def test_the_demo_policies_are_published_once() -> None:
    call_command("seed_demo", stdout=StringIO())
    first = services.refresh_snapshot().read_bytes()
    call_command("seed_demo", stdout=StringIO())

    assert PolicyVersion.objects.count() == len(list(demo.texts())) == 9
    assert services.refresh_snapshot().read_bytes() == first
    assert len(told(now())) == Snapshot(snapshot_path(CONFIG)).size == 39


def test_the_command_writes_the_snapshot(capsys: pytest.CaptureFixture[str]) -> None:
    published(make_document(), THIRTY)

    call_command("index_policies")

    assert capsys.readouterr().out == "2 passages of 1 versions in policies.snapshot\n"
    assert Path(snapshot_path(CONFIG)).exists()


def test_the_database_refuses_a_withdrawal_of_what_was_never_published() -> None:
    version = services.revise(make_document(), text=THIRTY)

    with pytest.raises(IntegrityError, match="policy_version_is_published_before_withdrawn"):
        PolicyVersion.objects.filter(pk=version.pk).update(withdrawn_at=NOON)


def test_the_database_refuses_a_version_that_ends_before_it_starts() -> None:
    version = services.revise(make_document(), text=THIRTY)

    with pytest.raises(IntegrityError, match="policy_version_ends_after_it_starts"):
        PolicyVersion.objects.filter(pk=version.pk).update(effective_until=NOON)
