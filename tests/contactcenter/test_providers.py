"""Names in the settings become modules; the embedded one is always the last."""

from __future__ import annotations

import pytest

from contactcenter import providers
from contactcenter.config import Config
from contactcenter.errors import Misconfigured
from tests.contactcenter.test_config import NEEDED


def config(**changes: str) -> Config:
    return Config.from_env(NEEDED | changes)


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ("", ("rules",)),
        ("rules", ("rules",)),
        ("our.own.model", ("our.own.model", "rules")),
        ("rules,our.own.model", ("rules", "our.own.model")),
    ],
)
def test_the_embedded_provider_is_the_last_resort(chosen: str, names: tuple[str, ...]) -> None:
    assert providers.names("llm", config(LLM=chosen)) == names


def test_a_name_that_nobody_knows_stops_the_start() -> None:
    with pytest.raises(Misconfigured, match="STT=whisper: known are moonshine, deepgram"):
        providers.build("stt", config(STT="whisper"))


def test_a_module_that_cannot_be_imported_is_named() -> None:
    with pytest.raises(Misconfigured, match=r"LLM=our\.own\.model: cannot import our\.own\.model"):
        providers.build("llm", config(LLM="our.own.model"))


def test_what_is_built_is_in_order_of_preference() -> None:
    built = providers.build("llm", config(LLM="tests.contactcenter.parrot,rules"))

    assert [type(one).__module__ for one in built] == [
        "tests.contactcenter.parrot",
        "agents.voice.dialogue.model",
    ]
