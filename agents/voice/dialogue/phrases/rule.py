"""What an intent is, and what its table says about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Intent(StrEnum):
    """One thing a caller may want."""

    GOODBYE = "goodbye"
    PERSON = "person"
    SOURCE = "source"
    SURE = "sure"
    REPEAT = "repeat"
    SLOWER = "slower"
    WAIT = "wait"
    WHY = "why"
    CHANGE = "change"
    LIST_ORDERS = "list_orders"
    NUMBER_UNKNOWN = "number_unknown"
    ITEMS = "items"
    TRACKING = "tracking"
    TOTAL = "total"
    ORDER_STATUS = "order_status"
    ABILITIES = "abilities"
    ROBOT = "robot"
    POLICY = "policy"
    UPSET = "upset"
    NEVER_MIND = "never_mind"
    THANKS = "thanks"
    GREETING = "greeting"
    NO = "no"
    YES = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one intent is recognised.

    Attributes:
        patterns: Regular expressions over lower-case words without punctuation; apostrophes
            do not matter. ``{order}`` stands for the words in ``intents.ORDER``.
        examples: What callers say; each is a test.
    """

    intent: Intent
    patterns: tuple[str, ...]
    examples: tuple[str, ...]
