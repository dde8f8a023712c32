"""Takes card numbers out of what a caller says, before any of it is kept or sent anywhere."""

from __future__ import annotations

import re
from typing import Final

from livekit.agents import stt

MASK: Final = "[card number]"
# Card numbers have 13 to 19 digits (ISO/IEC 7812); order, ZIP and telephone numbers have fewer.
SHORTEST: Final = 13
DIGIT_WORD: Final = (
    "zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
    "fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|"
    "ninety|hundred|thousand|double|triple"
)
# What people say between groups of digits is part of the run.
BETWEEN: Final = r"(?:[\s,.;:/-]|\band\b|\bthen\b|\buh\b|\bum\b)*"
RUN: Final = re.compile(
    rf"(?:\d|\b(?:{DIGIT_WORD})\b)(?:{BETWEEN}(?:\d|\b(?:{DIGIT_WORD})\b))+", re.IGNORECASE
)
PART: Final = re.compile(rf"\d|\b(?:{DIGIT_WORD})\b", re.IGNORECASE)
# How many digits a word stands for where it is not one.
WIDTH: Final = {
    "ten": 2, "eleven": 2, "twelve": 2, "thirteen": 2, "fourteen": 2, "fifteen": 2, "sixteen": 2,
    "seventeen": 2, "eighteen": 2, "nineteen": 2, "hundred": 2, "thousand": 3, "triple": 2,
}  # fmt: skip


def digits_in(run: str) -> int:
    """Count the digits of a run; "double" is one more of what follows, "triple" two."""
    return sum(WIDTH.get(part.lower(), 1) for part in PART.findall(run))


def masked(text: str) -> str:
    """Return the text with each card-like run of digits, spoken ones too, replaced.

    >>> masked("it is 4111 1111 1111 1111, thanks")
    'it is [card number], thanks'
    """
    return RUN.sub(
        lambda run: MASK if digits_in(run[0]) >= SHORTEST else run[0],
        text,
    )


def without_cards(heard: stt.SpeechData) -> None:
    """Mask what was recognised, in place: nothing behind the recogniser sees the number."""
    text = masked(heard.text)
    if text != heard.text:
        heard.text = text
        heard.words = None
