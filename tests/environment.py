"""A pytest plugin (``-p tests.environment``): settings for tests and a throw-away PostgreSQL.

It is a plugin and not a conftest because pytest-django reads the settings before any conftest.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from tools import postgres

ENVIRONMENT = {
    "SECRET_KEY": "test-secret-key-of-more-than-fifty-characters-000000000",
    "LIVEKIT_API_KEY": "test",
    "LIVEKIT_API_SECRET": "test-secret-of-at-least-thirty-two-characters",
    "WORKER_TOKEN": "test-worker-token",
    "RECORDER_TOKEN": "test-recorder-token",
    "ORDERS_SECRET": "test-orders-secret-of-at-least-32-characters",
    "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
}
opened = ExitStack()


def prepare() -> None:
    # A setting of the developer's own machine must not leak into the tests.
    for name in ("STT", "TTS", "LLM", "POLICIES", "SIP_HOST", "SHOP_NAME", "WEB_URL"):
        os.environ.pop(name, None)
    os.environ.update(ENVIRONMENT)
    folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="cc-test-")))
    os.environ["VAR_DIR"] = str(folder)
    # WhiteNoise warns about a folder that is not there, and warnings are errors.
    (folder / "static").mkdir()
    os.environ["DATABASE_URL"] = opened.enter_context(postgres.throw_away(folder / "postgres"))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    opened.close()


prepare()
