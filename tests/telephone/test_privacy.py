"""No log of any process holds what a caller said, who she is or from where she calls."""

from __future__ import annotations

import re

import pytest

from tests.telephone.line import Line
from tests.telephone.story import Story

pytestmark = [pytest.mark.telephone, pytest.mark.timeout(300)]

SECRETS = re.compile(
    r"15550142|silva|\bana\b|94110|nine,? four|how many days|w ?1001|has shipped|thirty days", re.I
)
# It prints orders of the demo shop to try, before anybody has called.
NOT_OF_CALLS = {"prepare.log"}


def test_the_logs_of_a_call_are_free_of_words_numbers_and_names(line: Line, story: Story) -> None:
    logs = [path for path in (line.var / "log").glob("*.log") if path.name not in NOT_OF_CALLS]
    found = {
        path.name: SECRETS.findall(text)
        for path in logs
        if SECRETS.search(text := path.read_text(errors="replace"))
    }

    assert story.call["state"] == "ended"
    assert len(logs) == 9
    assert found == {}
