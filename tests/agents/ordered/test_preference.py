"""Which engine is asked: the first in order that has not just failed."""

from __future__ import annotations

import pytest

from agents.voice.ordered import preference
from agents.voice.ordered.preference import EngineFailed, Preference


def test_an_engine_that_failed_is_left_out_and_told_of() -> None:
    engines = Preference("stt", [("deepgram", 1), ("moonshine", 2)])
    told: list[EngineFailed] = []
    engines.tell = told.append

    engines.failed("deepgram", TimeoutError("the caller's words"))

    assert engines.usable() == [("moonshine", 2)]
    assert told == [EngineFailed(role="stt", provider="deepgram", error="TimeoutError")]


def test_if_all_have_failed_all_are_tried() -> None:
    engines = Preference("stt", [("deepgram", 1), ("moonshine", 2)])

    engines.failed("deepgram", TimeoutError())
    engines.failed("moonshine", TimeoutError())

    assert engines.first == 1
    assert len(engines.usable()) == 2


def test_it_is_tried_again_after_its_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preference, "REST_S", 0.0)
    engines = Preference("stt", [("deepgram", 1), ("moonshine", 2)])

    engines.failed("deepgram", TimeoutError())

    assert engines.first == 1
