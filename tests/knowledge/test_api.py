from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from contactcenter.settings import CONFIG
from knowledge import services
from knowledge.models import PolicyDocument
from knowledge.snapshot import Snapshot, snapshot_path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_snapshot")]
ADDRESS = "/internal/policies/"
WORKER = {"Authorization": f"Bearer {CONFIG.worker_token}"}


def publish(text: str) -> None:
    document, _ = PolicyDocument.objects.get_or_create(slug="returns", title="Returns policy")
    services.publish(services.revise(document, text=text).pk)


def test_a_worker_fetches_the_policies_as_one_file(client: Client, tmp_path: Path) -> None:
    publish("You have thirty days.")

    answer = client.get(ADDRESS, headers=WORKER)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/octet-stream")
    fetched = tmp_path / "fetched"
    fetched.write_bytes(answer.content)
    assert Snapshot(fetched).passage(0).text == "You have thirty days."
    assert answer["ETag"] == f'"{Snapshot(fetched).digest}"'


def test_a_worker_that_has_the_file_is_told_so_until_a_policy_changes(client: Client) -> None:
    publish("You have thirty days.")
    first = client.get(ADDRESS, headers=WORKER)
    known = WORKER | {"If-None-Match": first["ETag"]}

    same = client.get(ADDRESS, headers=known)
    publish("You have sixty days.")
    changed = client.get(ADDRESS, headers=known)

    assert (same.status_code, same.content, same["ETag"]) == (304, b"", first["ETag"])
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


@pytest.mark.parametrize(
    ("token", "status"), [(None, 401), ("wrong", 401), (CONFIG.recorder_token, 403)]
)
def test_only_a_worker_may_fetch_the_policies(
    client: Client, token: str | None, status: int
) -> None:
    publish("You have thirty days.")

    answer = client.get(ADDRESS, headers={"Authorization": f"Bearer {token}"} if token else {})

    assert answer.status_code == status
    assert b"thirty" not in answer.content
    assert not snapshot_path(CONFIG).exists()
