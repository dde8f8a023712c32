from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import IntegrityError

from contactcenter.errors import Conflict, Invalid
from knowledge import services
from knowledge.models import PolicyPassage, PolicyVersion
from tests.knowledge.documents import (
    LATER,
    MUCH_LATER,
    NOON,
    SIXTY,
    THIRTY,
    make_document,
    published,
    told,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_snapshot", "at_noon")]


def test_a_draft_is_told_to_nobody() -> None:
    services.revise(make_document(), text=THIRTY)

    assert told(NOON) == []


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


def test_the_database_refuses_a_withdrawal_of_what_was_never_published() -> None:
    version = services.revise(make_document(), text=THIRTY)

    with pytest.raises(IntegrityError, match="policy_version_is_published_before_withdrawn"):
        PolicyVersion.objects.filter(pk=version.pk).update(withdrawn_at=NOON)


def test_the_database_refuses_a_version_that_ends_before_it_starts() -> None:
    version = services.revise(make_document(), text=THIRTY)

    with pytest.raises(IntegrityError, match="policy_version_ends_after_it_starts"):
        PolicyVersion.objects.filter(pk=version.pk).update(effective_until=NOON)
