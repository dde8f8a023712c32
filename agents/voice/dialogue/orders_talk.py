"""From "where is my order" to its status: what to ask, which tool to call, what to say then."""

from __future__ import annotations

import re
from typing import Final

from agents.voice.dialogue import replies
from agents.voice.dialogue.conversation import Conversation, Wish
from agents.voice.dialogue.number_runs import Kind
from agents.voice.dialogue.replies import Asked, asked_in
from agents.voice.dialogue.steps import CallTools, Say, Step, Tools, ToolUse, call_tool
from agents.voice.dialogue.tool_answers import (
    FIND,
    LIST,
    PERSON,
    STATUS,
    Failure,
    ToolAnswered,
)

MOST_AT_ONCE: Final = 3
PATIENCE: Final = 3
ZIP: Final = re.compile(r"\b(?:zip|post(?:al)? ?code|second)\b", re.IGNORECASE)
SURE: Final = re.compile(r"\b(?:both|neither|none|correct|right)\b", re.IGNORECASE)


def go_on(call: Conversation, tools: Tools) -> Step:
    """Take the next step towards what the caller wants to know about orders."""
    if FIND not in tools or STATUS not in tools:
        return Say(text=away(tools))
    if call.heard.doubt:
        return ask_again(call, tools)
    if call.customer is None:
        return identify(call, tools)
    if call.wish is Wish.LIST or not call.wanted:
        if LIST in tools:
            return call_tool(LIST)
        return Say(text=replies.ASK_ORDER)
    return CallTools(
        uses=tuple(
            ToolUse(name=STATUS, arguments={"order_number": number})
            for number in call.wanted[:MOST_AT_ONCE]
        )
    )


def identify(call: Conversation, tools: Tools) -> Step:
    if call.locked:
        return Say(text=offer(replies.LOCKED, replies.LOCKED_ALONE, tools))
    if not call.wanted:
        return Say(text=ask_order(call))
    if call.zip_code is None:
        return Say(text=ask_zip(call))
    if (call.wanted[0], call.zip_code) in call.refused:
        return Say(text=ask_for_the_wrong_one(call, tools))
    return call_tool(FIND, order_number=call.wanted[0], zip_code=call.zip_code)


def ask_for_the_wrong_one(call: Conversation, tools: Tools) -> str:
    """Ask for the number the caller names; never search for the same pair again."""
    if call.heard.orders or call.heard.zip_code or SURE.search(call.turn):
        return offer(replies.SAME_AS_BEFORE, replies.ASK_ORDER_AGAIN, tools)
    return replies.ASK_ZIP_AGAIN if ZIP.search(call.turn) else replies.ASK_ORDER_AGAIN


def ask_order(call: Conversation) -> str:
    if call.heard.zip_code:
        return replies.ASK_ORDER_TOO
    if call.asked is Asked.ORDER_NUMBER:
        return replies.ASK_ORDER_AGAIN
    if call.wish is Wish.LIST:
        return replies.ASK_IDENTITY_FOR_LIST
    return replies.ASK_ORDER_FIRST


def ask_zip(call: Conversation) -> str:
    if call.asked is Asked.ZIP_CODE:
        if call.heard.orders:
            return replies.ASK_ZIP_CORRECTED.format(order=call.wanted[0])
        return replies.ASK_ZIP_AGAIN
    return replies.ASK_ZIP if call.asked is Asked.ORDER_NUMBER else replies.ASK_ZIP_FIRST


def ask_again(call: Conversation, tools: Tools) -> Step:
    """Read back digits that cannot be a number and ask for it once more."""
    doubt = call.heard.doubt
    assert doubt is not None
    asked = Asked.ORDER_NUMBER if doubt.kind is Kind.ORDER else Asked.ZIP_CODE
    if PERSON in tools and call.times_asked(asked) >= PATIENCE:
        return Say(text=replies.NUMBER_NOT_HEARD)
    text = replies.DOUBTFUL_ORDER if doubt.kind is Kind.ORDER else replies.DOUBTFUL_ZIP
    return Say(text=text.format(digits=replies.spelled(doubt.digits)))


def missing_number(call: Conversation) -> str | None:
    """Return the question that is still open, to come back to it after an answer."""
    if call.wish is None or call.customer is not None or call.locked:
        return None
    if not call.wanted:
        return replies.BACK_TO_ORDER
    return replies.BACK_TO_ZIP if call.zip_code is None else None


def after_search(call: Conversation, tools: Tools) -> Step:
    """Go on after ``find_customer_by_order``."""
    found = call.answers[-1]
    match found.failure:
        case None:
            if call.wish is None:
                return Say(text=thanks(call) + replies.GO_ON)
            return go_on(call, tools)
        case Failure.NOT_FOUND:
            order, zip_code = found.searched
            text = replies.NOT_FOUND if len(call.refused) == 1 else replies.STILL_NOT_FOUND
            if len(call.refused) > 1 and PERSON not in tools:
                text = replies.NOT_FOUND
            return Say(text=text.format(order=order, zip_code=replies.spelled(zip_code)))
        case Failure.LOCKED:
            return Say(text=offer(replies.LOCKED, replies.LOCKED_ALONE, tools))
        case _:
            return Say(text=away(tools))


def after_status(call: Conversation, tools: Tools) -> Step:
    """Say what is known about the orders asked for."""
    told = []
    for answer in call.answers:
        if answer.name != STATUS:
            continue
        match answer.failure:
            case None:
                told.append(status_sentence(answer))
            case Failure.NOT_YOURS:
                told.append(replies.NOT_YOURS.format(order=answer.argument("order_number")))
            case Failure.NOT_IDENTIFIED if not told:
                return Say(text=replies.ASK_ORDER_FIRST)
            case _:
                return Say(text=away(tools))
    if all(answer.failed for answer in call.answers if answer.name == STATUS):
        return Say(text=f"{told[0]} {replies.ASK_ORDER_AGAIN}")
    return Say(text=f"{thanks(call)}{' '.join(told)} {closing(call)}")


def status_sentence(answer: ToolAnswered) -> str:
    order = answer.result()
    return replies.ORDER_IS.format(
        order=order.get("order_number", ""), status_text=order.get("status_text", "")
    )


def after_list(call: Conversation, tools: Tools) -> Step:
    """Read out at most three orders."""
    answer = call.answers[-1]
    if answer.failed:
        return Say(text=away(tools))
    numbers = answer.order_numbers()
    if not numbers:
        return Say(text=f"{thanks(call)}{replies.NO_ORDERS} {closing(call)}")
    if len(numbers) == 1:
        return Say(text=thanks(call) + replies.ONE_ORDER.format(orders=numbers[0]))
    text = replies.SOME_ORDERS if len(numbers) <= MOST_AT_ONCE else replies.MANY_ORDERS
    read_out = replies.listed(numbers[:MOST_AT_ONCE])
    return Say(text=thanks(call) + text.format(count=len(numbers), orders=read_out))


def thanks(call: Conversation) -> str:
    """Greet by name once: in the answer that follows the identification."""
    found = any(answer.name == FIND and not answer.failed for answer in call.answers)
    return replies.THANKS_NAME.format(name=call.customer) if found and call.customer else ""


def closing(call: Conversation) -> str:
    before = sum(asked_in(text) is Asked.ANYTHING_ELSE for text in call.said)
    return replies.varied(replies.ANYTHING_ELSE, before)


def away(tools: Tools) -> str:
    return offer(replies.ORDERS_AWAY, replies.ORDERS_AWAY_ALONE, tools)


def offer(text: str, without_person: str, tools: Tools) -> str:
    """Offer a person only where one can be asked for."""
    return text if PERSON in tools else without_person
