"""Every sentence the rule-based dialogue says, and how its questions are recognised again.

A list is a choice of wordings: which one is said depends only on how many turns came before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final


class Asked(StrEnum):
    """What the last thing said asked the caller for."""

    ORDER_NUMBER = "order_number"
    ZIP_CODE = "zip_code"
    WHICH_IS_WRONG = "which_is_wrong"
    PERSON = "person"
    CHECK = "check"
    ANYTHING_ELSE = "anything_else"


# Looked for in what was last said, whoever said it: Claude may have led the call until now.
# The first match wins.
QUESTIONS: Final[tuple[tuple[Asked, re.Pattern[str]], ...]] = (
    (
        Asked.ANYTHING_ELSE,
        re.compile(r"\b(?:anything|something|what) (?:else|more|i can do)\b[^.?!]*\?", re.I),
    ),
    (
        Asked.PERSON,
        re.compile(r"\b(?:colleague|person|representative|someone)\b[^.?!]*\?", re.I),
    ),
    (Asked.CHECK, re.compile(r"\bshall i check it\b[^.?!]*\?", re.I)),
    (Asked.WHICH_IS_WRONG, re.compile(r"\bwhich (?:one|of the two|of them) is wrong\?", re.I)),
    (Asked.ZIP_CODE, re.compile(r"\bzip\b[^.?!]*\?|\bsay the zip code\b", re.I)),
    (
        Asked.ORDER_NUMBER,
        re.compile(
            r"\b(?:order numbers?|which (?:one|order))\b[^.?!]*\?|\bsay the order number\b", re.I
        ),
    ),
)

ANYTHING_ELSE: Final = (
    "Is there anything else?",
    "Can I help you with anything else?",
    "Anything else I can do for you?",
)
ASK_ORDER_FIRST: Final = "I can check that. What's your order number?"
ASK_ORDER: Final = "What's the order number?"
ASK_ORDER_TOO: Final = "Thank you. And what's the order number?"
ASK_ORDER_AGAIN: Final = (
    "Please say the order number again, digit by digit, or type it on your keypad."
)
ASK_ZIP_FIRST: Final = (
    "I can check that. For your security, what's the zip code of the delivery address?"
)
ASK_ZIP: Final = "Thank you. And for your security, what's the zip code of the delivery address?"
ASK_ZIP_CORRECTED: Final = "All right, {order}. And what's the zip code of the delivery address?"
ASK_ZIP_AGAIN: Final = "Please say the zip code again, digit by digit, or type it on your keypad."
ASK_IDENTITY_FOR_LIST: Final = "I can do that. For your security, what's one of your order numbers?"
BACK_TO_ORDER: Final = "So, what's your order number?"
BACK_TO_ZIP: Final = "So, what's the zip code of the delivery address?"
DOUBTFUL_ORDER: Final = "I heard {digits}, but an order number has four digits. " + ASK_ORDER_AGAIN
DOUBTFUL_ZIP: Final = "I heard {digits}, but a zip code has five digits. " + ASK_ZIP_AGAIN
NUMBER_NOT_HEARD: Final = (
    "I'm sorry, I still can't hear the number right. Shall I ask a colleague to help you?"
)
NOT_FOUND: Final = (
    "I can't find an order {order} with the zip code {zip_code}. Which of the two is wrong?"
    " Please say it digit by digit, or type it on your keypad."
)
STILL_NOT_FOUND: Final = (
    "I can't find an order {order} with the zip code {zip_code} either. Shall I ask a colleague to"
    " help you?"
)
SAME_AS_BEFORE: Final = (
    "That is what I searched for, and I found nothing. Shall I ask a colleague to help you?"
)
NOT_YOURS: Final = "I don't see an order {order} on your account."
LOCKED: Final = (
    "I couldn't confirm your details, so I can't open any orders in this call. Shall I ask"
    " a colleague to help you?"
)
LOCKED_ALONE: Final = (
    "I couldn't confirm your details, so I can't open any orders in this call."
    " Is there anything else?"
)
ORDERS_AWAY: Final = (
    "I'm sorry, I can't look up orders right now. Shall I ask a colleague to help you?"
)
ORDERS_AWAY_ALONE: Final = "I'm sorry, I can't look up orders right now. Is there anything else?"
NO_NUMBER: Final = (
    "Without the order number and the zip code I can't open your order. Shall I ask a colleague to"
    " help you?"
)
NO_NUMBER_ALONE: Final = (
    "Without the order number and the zip code I can't open your order. Is there anything else?"
)
THANKS_NAME: Final = "Thanks, {name}. "
ORDER_IS: Final = "Your order {order} {status_text}."
ITEMS: Final = "In your order {order}: {items}."
CARRIER: Final = "Your order {order} is with {carrier}."
TRACKING: Final = "Your order {order} is with {carrier}. The tracking number is {number}."
NO_CARRIER: Final = "I don't see a carrier for your order {order} yet."
TOTAL: Final = "The total of your order {order} is {total}."
NOT_KNOWN: Final = "I don't see that for your order {order}."
NO_ORDERS: Final = "I don't see any orders on your account."
ONE_ORDER: Final = "You have one order, {orders}. Shall I check it for you?"
SOME_ORDERS: Final = "You have {count} orders: {orders}. Which one would you like to know about?"
MANY_ORDERS: Final = (
    "You have {count} orders. The latest are {orders}. Which one would you like to know about?"
)
WHY: Final = "It helps me make sure that I only talk about an order with the person it belongs to."
WAIT: Final = "Of course, take your time."
REPEAT: Final = ("Sure. ", "Of course. ")
SLOWER: Final = "Sure, once more, slowly. "
CANNOT_CHANGE: Final = (
    "I'm sorry, I can't change, cancel or return orders yet. Shall I pass this on to a colleague?"
)
CANNOT_CHANGE_ALONE: Final = "I'm sorry, I can't change, cancel or return orders yet."
PERSON_AWAY: Final = "I'm sorry, I can't reach a colleague right now."
NO_ANSWER: Final = (
    "I'm sorry, I found nothing about that in our policies. Shall I ask a colleague to help you?"
)
NO_ANSWER_ALONE: Final = "I'm sorry, I found nothing about that in our policies."
SOURCE: Final = "That is from our {source}."
SOURCE_ORDERS: Final = "That is what the order system says right now."
ORDER_SAID: Final = re.compile(r"\byour order [A-Z]?\d", re.IGNORECASE)
SURE: Final = "Yes. "
SOURCE_UNKNOWN: Final = "I'm sorry, I can't name the exact place right now."
ABILITIES: Final = "I can {abilities}. What would you like to know?"
CAN_ORDERS: Final = "tell you where your order is"
CAN_POLICIES: Final = "answer questions about our policies"
CAN_PERSON: Final = "ask a colleague to help you"
ROBOT: Final = "I'm an automated voice assistant, not a person. How can I help you?"
NOT_UNDERSTOOD: Final = "I'm sorry, I didn't get that."
YOU_CAN_ASK: Final = "You can ask me about an order or about our policies."
STILL_NOT_UNDERSTOOD: Final = (
    "I'm sorry, I still don't understand. Shall I ask a colleague to help you?"
)
SAY_DIFFERENTLY: Final = "I'm sorry, I still don't understand. Could you say it differently?"
UPSET: Final = "I'm sorry about that. Shall I ask a colleague to help you?"
UPSET_ALONE: Final = "I'm sorry about that. How can I help you?"
WELCOME: Final = "You're welcome."
HELLO: Final = "Hello! How can I help you?"
GO_ON: Final = "What can I do for you?"
ALL_RIGHT: Final = "All right. "
FAREWELL: Final = "Thank you for calling. Goodbye."


def varied(wordings: Sequence[str], turn: int) -> str:
    return wordings[turn % len(wordings)]


def asked_in(text: str) -> Asked | None:
    """Return what a text asks for; the last question counts."""
    sentences = re.split(r"(?<=[.?!])\s+", text)
    for sentence in reversed(sentences):
        for asked, pattern in QUESTIONS:
            if pattern.search(sentence):
                return asked
    return None


def spelled(digits: str) -> str:
    """Write digits so that they are read one by one."""
    return " ".join(digits)


def listed(items: Sequence[str]) -> str:
    """Join with commas and "and"."""
    *others, last = items
    return f"{', '.join(others)} and {last}" if others else last
