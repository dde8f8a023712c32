"""The language model without a key: rules over the same history and tools that Claude gets."""

from __future__ import annotations

from agents.voice.dialogue.model import RulesLLM
from contactcenter.config import Config


def build(config: Config) -> RulesLLM:
    return RulesLLM()
