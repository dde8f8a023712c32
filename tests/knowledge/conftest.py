from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from contactcenter.settings import CONFIG
from knowledge.snapshot import snapshot_path
from tests.knowledge.documents import NOON


@pytest.fixture
def no_snapshot() -> Iterator[None]:
    """No snapshot of another test, and none for the next."""
    snapshot_path(CONFIG).unlink(missing_ok=True)
    yield
    snapshot_path(CONFIG).unlink(missing_ok=True)


@pytest.fixture
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield
