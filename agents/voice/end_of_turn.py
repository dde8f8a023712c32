"""Has the caller finished? Rules over the words; the silence before is measured by the VAD.

LiveKit asks for a probability and waits longer (``max_delay``) below the threshold.
"""

from __future__ import annotations

import re
from typing import Final

from livekit.agents import llm

FINISHED: Final = 0.95
UNFINISHED: Final = 0.1
THRESHOLD: Final = 0.5

# Nobody ends a sentence with these; on the telephone they are followed by a number or a thought.
DANGLING: Final = re.compile(
    r"\b(?:my|the|a|an|to|is|are|and|or|but|with|for|of|on|at|from|about|because|so|if|that|"
    r"i|i'm|it's|can you|could you|would you|i'd like|i want|tell me|number|code|um|uh|er|well"
    r")[\s,.?!-]*$",
    re.IGNORECASE,
)
DIGIT: Final = re.compile(
    r"\d|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)\b", re.IGNORECASE
)
# "W 1 0" goes on; a whole order number has four digits, a ZIP code five.
SHORTEST_NUMBER: Final = 4
NUMBER_AT_END: Final = re.compile(
    r"(?:(?:\d|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple))"
    r"[\s,.-]*)+[?!]*$",
    re.IGNORECASE,
)


def probability_finished(text: str) -> float:
    """Return how likely the caller has finished after these words.

    >>> probability_finished("my order number is")
    0.1
    """
    words = text.strip()
    if not words or DANGLING.search(words) or words.endswith(("...", "…", ",", "-")):
        return UNFINISHED
    tail = NUMBER_AT_END.search(words)
    if tail and 1 < len(DIGIT.findall(tail[0])) < SHORTEST_NUMBER:
        return UNFINISHED
    return FINISHED


class EndOfTurnRules:
    """What livekit-agents expects of a turn detector that reads text."""

    @property
    def model(self) -> str:
        return "end-of-turn-rules"

    @property
    def provider(self) -> str:
        return "local"

    async def unlikely_threshold(self, language: object) -> float:
        return THRESHOLD

    async def supports_language(self, language: object) -> bool:
        return True

    async def predict_end_of_turn(
        self, chat_ctx: llm.ChatContext, *, timeout: float | None = None
    ) -> float:
        for item in reversed(chat_ctx.items):
            if item.type == "message" and item.role == "user":
                return probability_finished(item.text_content or "")
        return FINISHED
