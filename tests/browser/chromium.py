"""A Chromium that tells what a page complained about."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from contactcenter.config import ROOT
from tests import needs

SCREENSHOTS: Final = ROOT / "var" / "screenshots"


# Not for the whole session: Playwright's event loop runs as long as it does, and no other test
# could have one of its own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    needs.insist("" if path else "Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        # As root, in a container, Chromium cannot make its sandbox.
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        yield browser
        browser.close()


@dataclass
class Visit:
    """One person's browser window."""

    page: Page
    web: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(10_000)
        self.page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type in {"error", "warning"}
                else None
            ),
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def log_in(self, name: str, password: str) -> None:
        self.page.goto(f"{self.web}/admin/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", password)
        self.page.click("[type=submit]")
        self.page.wait_for_selector("#user-tools")

    def keep(self, name: str) -> Path:
        """Keep a picture of the page for people to look at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=True)
        return path
