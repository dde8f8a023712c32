"""A newcomer who follows the documentation finds every file that it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contactcenter.config import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"var", "build"}
IN_CODE = re.compile(r"`([\w./<>-]+)`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def named(page: Path) -> list[Path]:
    """Return the paths below our folders that a page names, and where its links lead."""
    text = page.read_text()
    code = [ROOT / name for name in IN_CODE.findall(text) if name.split("/")[0] in FOLDERS]
    links = [page.parent / link for link in LINK.findall(text)]
    return [path for path in [*code, *links] if "<" not in str(path)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    assert [path for path in named(page) if not path.exists()] == []


def test_the_steps_of_a_call_are_found_in_the_text() -> None:
    assert len(named(ROOT / "docs" / "architecture.md")) > 25
