"""The examples in the table of intents are its tests."""

from __future__ import annotations

import pytest

from agents.voice.dialogue.intents import RULES, intent_of
from agents.voice.dialogue.phrases.rule import Intent

EXAMPLES = [(rule.intent, example) for rule in RULES for example in rule.examples]


@pytest.mark.parametrize(("intent", "example"), EXAMPLES, ids=[text for _, text in EXAMPLES])
def test_every_example_is_understood(intent: Intent, example: str) -> None:
    assert intent_of(example) is intent
