from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from contactcenter.db import with_fresh_connection
from contactcenter.settings import CONFIG
from knowledge import services
from knowledge.indexing import SNAPSHOT_LOCK, refresh_snapshot
from knowledge.models import PolicyDocument
from knowledge.snapshot import Snapshot, snapshot_path
from tests.knowledge.documents import SIXTY, THIRTY, make_document

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_snapshot")]


def wait_until_somebody_waits_for_the_lock() -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone():
                return
        time.sleep(0.01)
    pytest.fail("nobody waits for the lock")


def test_a_refresh_waits_for_another_and_does_not_bring_back_what_was_before() -> None:
    services.publish(services.revise(make_document("returns"), text=THIRTY).pk)
    later = services.revise(make_document("refunds"), text=SIXTY)
    snapshot_path(CONFIG).unlink()
    with ThreadPoolExecutor(1) as pool, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [SNAPSHOT_LOCK])
        refresh = pool.submit(with_fresh_connection(refresh_snapshot))
        wait_until_somebody_waits_for_the_lock()

        # Who holds the lock is not kept waiting by it.
        services.publish(later.pk)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [SNAPSHOT_LOCK])
        refresh.result(timeout=20)

    versions = Snapshot(snapshot_path(CONFIG)).versions
    assert [version.document for version in versions] == ["refunds", "returns"]


def test_two_editors_of_one_document_get_two_versions() -> None:
    document = make_document()
    start = Barrier(2)

    @with_fresh_connection
    def revise(text: str) -> None:
        start.wait(timeout=20)
        services.revise(PolicyDocument.objects.get(), text=text)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(revise, (THIRTY, SIXTY)))

    stored = document.versions.order_by("number").values_list("number", "text")
    assert [number for number, _ in stored] == [1, 2]
    assert {text for _, text in stored} == {THIRTY, SIXTY}


def test_a_version_published_twice_at_the_same_moment_is_published_once() -> None:
    version = services.revise(make_document(), text=THIRTY)
    start = Barrier(2)

    @with_fresh_connection
    def publish(version_id: int) -> str:
        start.wait(timeout=20)
        return str(services.publish(version_id).published_at)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(publish, [version.pk, version.pk])

    assert first == second


def test_of_two_versions_published_at_the_same_moment_one_supersedes_the_other() -> None:
    document = make_document()
    ids = [services.revise(document, text=text).pk for text in (THIRTY, SIXTY)]
    start = Barrier(2)

    @with_fresh_connection
    def publish(version_id: int) -> None:
        start.wait(timeout=20)
        services.publish(version_id)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(publish, ids))

    open_ended = document.versions.filter(effective_until=None, withdrawn_at=None)
    assert open_ended.count() == 1
