"""What tests with real servers need of this machine: without it they are skipped, but not in CI."""

from __future__ import annotations

import os
import shutil
from typing import Final

import pytest

from contactcenter.config import ROOT

LIVEKIT: Final = ROOT / ".local/bin/livekit-server"


def baresip() -> str:
    """Say what is missing, as the others below: empty for nothing."""
    if shutil.which("baresip"):
        return ""
    return "baresip is not installed (Debian: apt-get install baresip-core)"


def livekit() -> str:
    return "" if LIVEKIT.exists() else "livekit-server is not built (run: make setup)"


def models() -> str:
    prepared = (ROOT / ".local/models/tokenizer.bin").exists()
    return "" if prepared else "the speech models are not prepared (run: make setup)"


def insist(*missing: str) -> None:
    """Skip the test for the first thing that is missing; fail where all has been installed."""
    for reason in filter(None, missing):
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
