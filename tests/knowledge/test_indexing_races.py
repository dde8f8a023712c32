from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from contactcenter.db import with_fresh_connection
from contactcenter.settings import CONFIG
from knowledge import services
from knowledge.models import PolicyDocument, PolicyVersion
from knowledge.snapshot import Snapshot, snapshot_path
from tests.knowledge.documents import SIXTY, THIRTY, make_document

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_snapshot")]
EDITORS = 6


def test_policies_published_at_the_same_moment_are_all_in_the_snapshot() -> None:
    versions = [
        services.revise(make_document(f"returns-{number}"), text=THIRTY)
        for number in range(EDITORS)
    ]
    start = Barrier(EDITORS)

    @with_fresh_connection
    def publish(version: PolicyVersion) -> None:
        start.wait(timeout=20)
        services.publish(version.pk)

    with ThreadPoolExecutor(EDITORS) as pool:
        list(pool.map(publish, versions))

    found = Snapshot(snapshot_path(CONFIG))
    assert [version.document for version in found.versions] == [
        f"returns-{number}" for number in range(EDITORS)
    ]
    assert found.size == 2 * EDITORS


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
