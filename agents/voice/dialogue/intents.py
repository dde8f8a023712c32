"""What a caller may want, recognised by the tables in ``phrases``.

To teach a new way of saying something, add the sentence to ``examples``, run the tests, and add
or widen a pattern until they pass. The first intent that matches wins.
"""

from __future__ import annotations

import re
from typing import Final

from agents.voice.dialogue.phrases.call import ABOUT_THE_CALL
from agents.voice.dialogue.phrases.rule import Intent
from agents.voice.dialogue.phrases.shop import ABOUT_THE_SHOP
from agents.voice.dialogue.phrases.short import SHORT_WORDS

ORDER: Final = r"(?:orders?|packages?|parcels?|delivery|shipment|stuff|things?)"
RULES: Final = (*ABOUT_THE_CALL, *ABOUT_THE_SHOP, *SHORT_WORDS)
APOSTROPHES: Final = re.compile("['\u2019]")


def plain(text: str) -> str:
    """Lower-case words with single spaces; apostrophes and punctuation dropped."""
    return " ".join(re.findall(r"[a-z0-9]+", APOSTROPHES.sub("", text.lower())))


def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(APOSTROPHES.sub("", pattern).replace("{order}", ORDER))


COMPILED: Final = tuple(
    (rule.intent, tuple(compiled(pattern) for pattern in rule.patterns)) for rule in RULES
)


def intent_of(text: str) -> Intent | None:
    """Return the first intent that matches, or None.

    >>> intent_of("Where's my order?")
    <Intent.ORDER_STATUS: 'order_status'>
    """
    words = plain(text)
    for intent, patterns in COMPILED:
        if any(pattern.search(words) for pattern in patterns):
            return intent
    return None
