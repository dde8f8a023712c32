"""What is known in a call, derived anew from its whole history at every turn.

Nothing is remembered between turns: preemptive generation may ask for the same answer several
times, and another language model may have led the call until now.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from agents.voice.dialogue.intents import intent_of
from agents.voice.dialogue.number_runs import Kind
from agents.voice.dialogue.phrases.rule import Intent
from agents.voice.dialogue.replies import Asked, asked_in
from agents.voice.dialogue.spoken_numbers import Heard, hear
from agents.voice.dialogue.tool_answers import LIST, STATUS, Failure, ToolAnswered
from knowledge.passages import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerSaid:
    """Words or keypad digits of the caller."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeSaid:
    """What the caller heard from us."""

    text: str


HistoryItem = CallerSaid | WeSaid | ToolAnswered


NOTHING_HEARD: Final = Heard()


class Wish(StrEnum):
    """What the caller is waiting for."""

    STATUS = "status"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The state of the call before our next words.

    Attributes:
        turn: The caller's last words; several messages in a row are one turn.
        answers: Tool results since the last turn.
        said: Everything we said before the last turn, oldest first.
        wanted: Order numbers the open wish is about, or the last one was about.
        refused: Order numbers with ZIP codes that were searched for and not found.
        known: The order whose status was told last.
        listed: Order numbers that were read out, as the tool listed them.
        change: The caller's words when asking for a change we cannot make.
        answered: We have said something since the last turn.
    """

    turn: str = ""
    intent: Intent | None = None
    heard: Heard = NOTHING_HEARD
    asked: Asked | None = None
    passages: tuple[Shown, ...] = ()
    answers: tuple[ToolAnswered, ...] = ()
    said: tuple[str, ...] = ()
    wish: Wish | None = None
    wanted: tuple[str, ...] = ()
    zip_code: str | None = None
    customer: str | None = None
    refused: tuple[tuple[str, str], ...] = ()
    locked: bool = False
    known: ToolAnswered | None = None
    listed: tuple[str, ...] = ()
    change: str | None = None
    answered: bool = False

    @property
    def last_said(self) -> str:
        return self.said[-1] if self.said else ""

    def times_asked(self, asked: Asked) -> int:
        """Return how often in a row we have asked the same."""
        count = 0
        for text in reversed(self.said):
            if asked_in(text) is not asked:
                break
            count += 1
        return count


OTHER: Final = re.compile(r"\b(?:other|another|different|second)\b", re.IGNORECASE)
# "Which one?" "The second one."
PLACES: Final = (
    re.compile(r"\b(?:first|latest|newest|most recent)\b", re.IGNORECASE),
    re.compile(r"\bsecond\b", re.IGNORECASE),
    re.compile(r"\bthird\b", re.IGNORECASE),
)
EXPECTING: Final = {Asked.ORDER_NUMBER: Kind.ORDER, Asked.ZIP_CODE: Kind.ZIP}
DETAILS: Final = frozenset({Intent.ITEMS, Intent.TRACKING, Intent.TOTAL})
CLOSING: Final = frozenset({Intent.CHANGE, Intent.GOODBYE, Intent.NEVER_MIND, Intent.PERSON})
NUMBERS_ASKED: Final = frozenset({Asked.ORDER_NUMBER, Asked.ZIP_CODE, Asked.WHICH_IS_WRONG})


def read(history: Sequence[HistoryItem], passages: Sequence[Shown] = ()) -> Conversation:
    """Walk the history once."""
    state = Conversation()
    for item in history:
        match item:
            case CallerSaid():
                state = after_caller(state, item)
            case WeSaid():
                state = after_us(state, item)
            case ToolAnswered():
                state = after_tool(state, item)
    return replace(state, passages=tuple(passages))


def after_caller(state: Conversation, item: CallerSaid) -> Conversation:
    goes_on = bool(state.turn) and not state.answered and not state.answers
    turn = f"{state.turn}, {item.text}" if goes_on else item.text
    asked = asked_in(state.last_said)
    state = replace(
        state,
        turn=turn,
        intent=intent_of(item.text) or (intent_of(turn) if goes_on else None),
        heard=heard_in(state, turn, asked),
        asked=asked,
        answers=(),
        answered=False,
    )
    return with_wish(with_numbers(state))


def heard_in(state: Conversation, turn: str, asked: Asked | None) -> Heard:
    heard = hear(turn, expecting=EXPECTING.get(asked) if asked else None)
    if heard.orders or asked is not Asked.ORDER_NUMBER:
        return heard
    for place, words in enumerate(PLACES):
        if words.search(turn) and place < len(state.listed):
            return Heard(orders=(state.listed[place],))
    return heard


def with_numbers(state: Conversation) -> Conversation:
    heard = state.heard
    return replace(
        state,
        wanted=heard.orders or state.wanted,
        zip_code=heard.zip_code or state.zip_code,
    )


def with_wish(state: Conversation) -> Conversation:
    if state.intent in CLOSING:
        change = state.turn if state.intent is Intent.CHANGE else state.change
        return replace(state, wish=None, change=change)
    if state.intent in DETAILS and (state.known is None or state.heard.orders):
        return replace(state, wish=Wish.STATUS)
    if state.intent is Intent.ORDER_STATUS:
        other = not state.heard.orders and OTHER.search(state.turn)
        return replace(state, wish=Wish.STATUS, wanted=() if other else state.wanted)
    if state.intent is Intent.LIST_ORDERS:
        return replace(state, wish=Wish.LIST)
    answered = state.asked in NUMBERS_ASKED and state.heard.zip_code
    identifies = state.customer is None and state.intent is None and state.heard.zip_code
    if state.wish is None and (state.heard.orders or answered or identifies):
        return replace(state, wish=Wish.STATUS)
    return state


def after_us(state: Conversation, item: WeSaid) -> Conversation:
    told = any(answer.name in {STATUS, LIST} and not answer.failed for answer in state.answers)
    closed = told or asked_in(item.text) is Asked.ANYTHING_ELSE
    goes_on = state.answered and not state.answers and bool(state.said)
    said = (
        (*state.said[:-1], f"{state.last_said} {item.text}")
        if goes_on
        else (*state.said, item.text)
    )
    return replace(state, said=said, wish=None if closed else state.wish, answers=(), answered=True)


def after_tool(state: Conversation, item: ToolAnswered) -> Conversation:
    state = replace(state, answers=(*state.answers, item))
    match item.name, item.failure:
        case _, Failure.NOT_FOUND:
            state = replace(state, refused=(*state.refused, item.searched))
        case _, Failure.LOCKED:
            state = replace(state, locked=True)
        case _, Failure.NOT_IDENTIFIED:
            state = replace(state, customer=None)
        case _, Failure.NOT_YOURS:
            number = item.argument("order_number")
            state = replace(state, wanted=tuple(o for o in state.wanted if o != number))
        case ("get_order_status", None):
            state = replace(state, known=item)
        case ("find_customer_by_order", None):
            state = replace(state, customer=str(item.result().get("first_name", "")))
        case ("list_orders", None):
            numbers = item.order_numbers()
            wanted = numbers if len(numbers) == 1 else ()
            state = replace(state, listed=numbers, wanted=wanted)
    return state
