"""The settings table in the documentation and the code name the same variables."""

from __future__ import annotations

import re

from contactcenter.config import ROOT


def test_every_variable_that_is_read_is_documented_and_no_other() -> None:
    source = (ROOT / "contactcenter" / "config.py").read_text()
    read = set(re.findall(r'(?:env, |env\.get\(\s*|env,\s+)"([A-Z0-9_]+)"', source))
    table = (ROOT / "docs" / "settings.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z0-9_]+)`", table, re.MULTILINE))

    assert len(read) > 30
    assert documented == read
