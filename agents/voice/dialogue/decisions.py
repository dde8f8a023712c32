"""What to say or which tool to call next: one function of the conversation and the tools."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from agents.voice.dialogue import order_details, orders_talk, replies
from agents.voice.dialogue.conversation import DETAILS, NUMBERS_ASKED, Conversation
from agents.voice.dialogue.intents import plain
from agents.voice.dialogue.orders_talk import closing, offer
from agents.voice.dialogue.phrases.rule import Intent
from agents.voice.dialogue.policy_answers import quote, source_of
from agents.voice.dialogue.replies import Asked
from agents.voice.dialogue.steps import Say, Step, Tools, call_tool
from agents.voice.dialogue.tool_answers import END, FIND, LIST, PERSON, STATUS

# Passes (None) where the intent means nothing at this point of the call.
Passing = Callable[[Conversation, Tools], Step | None]
Reply = Callable[[Conversation, Tools], Step]

ORDER_INTENTS: Final = frozenset({Intent.ORDER_STATUS, Intent.LIST_ORDERS, *DETAILS})
# "Hi, do you …": the courtesy before a question. Alone it is a few words.
COURTESIES: Final = frozenset({Intent.GREETING, Intent.THANKS, Intent.YES, Intent.NO})
COURTESY_WORDS: Final = 5
QUESTION: Final = re.compile(
    r"^(?:(?:and|but|so|well|okay|hi|hello|um|uh) )*"
    r"(?:do|does|did|can|could|is|are|was|will|would|should|may|what|which|how|who|when|where)"
    r" \w+ \w+"
)
# They are meant even if a number was said along with them.
STRONGER_THAN_NUMBERS: Final = frozenset(
    {Intent.GOODBYE, Intent.PERSON, Intent.CHANGE, Intent.REPEAT, Intent.SLOWER}
)


def decide(call: Conversation, tools: Tools) -> Step:
    """Return the next step; the same arguments always give the same one."""
    if call.answers:
        return after_tools(call, tools)
    if not call.turn:
        return Say(text=replies.GO_ON)
    for answer in (about_orders, yes_or_no, by_intent, about_policies):
        step = answer(call, tools)
        if step is not None:
            return step
    return not_understood(call, tools)


def after_tools(call: Conversation, tools: Tools) -> Step:
    last = call.answers[-1]
    return AFTER_TOOL[last.name](call, tools) if last.name in AFTER_TOOL else drop(call, tools)


def about_orders(call: Conversation, tools: Tools) -> Step | None:
    if call.intent in STRONGER_THAN_NUMBERS:
        return None
    if call.intent in DETAILS and call.known is not None and not call.heard.orders:
        text = order_details.told(call.intent, call.known.result())
        return Say(text=f"{text} {closing(call)}")
    if call.intent in ORDER_INTENTS or answers_a_question(call):
        return orders_talk.go_on(call, tools)
    if call.heard.orders and not (call.intent is Intent.POLICY and has_answer(call)):
        return orders_talk.go_on(call, tools)
    return None


def answers_a_question(call: Conversation) -> bool:
    """Tell whether the caller answers our question for a number."""
    if call.asked not in NUMBERS_ASKED:
        return call.heard.zip_code is not None and call.wish is not None
    if call.heard.orders or call.heard.zip_code or call.heard.doubt:
        return True
    unclear = call.intent in {None, Intent.YES, Intent.NO}
    return call.asked is Asked.WHICH_IS_WRONG and unclear


def has_answer(call: Conversation) -> bool:
    return any(passage.relevant for passage in call.passages)


def yes_or_no(call: Conversation, tools: Tools) -> Step | None:
    if call.asked is None or call.intent not in {Intent.YES, Intent.NO}:
        return None
    answer = YES_OR_NO.get((call.asked, call.intent))
    return answer(call, tools) if answer else None


def by_intent(call: Conversation, tools: Tools) -> Step | None:
    if call.intent in COURTESIES and has_answer(call) and len(call.turn.split()) > COURTESY_WORDS:
        return None
    answer = BY_INTENT.get(call.intent) if call.intent else None
    return answer(call, tools) if answer else None


def end(call: Conversation, tools: Tools) -> Step:
    """Hang up without words: the farewell is spoken by the tool."""
    if END in tools:
        return call_tool(END, reason="the caller said goodbye")
    return Say(text=replies.FAREWELL)


def request_person(call: Conversation, tools: Tools) -> Step:
    if PERSON not in tools:
        return Say(text=f"{replies.PERSON_AWAY} {closing(call)}")
    return call_tool(PERSON, reason=call.change or "the caller asks for a person")


def after_person(call: Conversation, tools: Tools) -> Step:
    """Say what the tool says: it knows whether somebody is there."""
    last = call.answers[-1]
    return Say(text=f"{replies.PERSON_AWAY} {closing(call)}" if last.failed else last.output)


def cannot_change(call: Conversation, tools: Tools) -> Step:
    return Say(
        text=offer(replies.CANNOT_CHANGE, f"{replies.CANNOT_CHANGE_ALONE} {closing(call)}", tools)
    )


def repeat(call: Conversation, tools: Tools) -> Step:
    return again(call, replies.varied(replies.REPEAT, len(call.said)))


def slower(call: Conversation, tools: Tools) -> Step:
    return again(call, replies.SLOWER)


def sure(call: Conversation, tools: Tools) -> Step:
    if replies.ORDER_SAID.search(call.last_said):
        return Say(text=f"{replies.SOURCE_ORDERS} {closing(call)}")
    return again(call, replies.SURE)


def apologise(call: Conversation, tools: Tools) -> Step:
    return Say(text=offer(replies.UPSET, replies.UPSET_ALONE, tools))


def again(call: Conversation, lead: str) -> Step:
    said = call.last_said
    for earlier in (*replies.REPEAT, replies.SLOWER, replies.SURE):
        said = said.removeprefix(earlier)
    return Say(text=lead + said if said else replies.HELLO)


def source(call: Conversation, tools: Tools) -> Step:
    """Name what was quoted; the passages of earlier turns are not kept in the history."""
    name = source_of(call.passages, call.last_said)
    text = replies.SOURCE.format(source=name) if name else replies.SOURCE_UNKNOWN
    if replies.ORDER_SAID.search(call.last_said):
        text = replies.SOURCE_ORDERS
    return Say(text=f"{text} {closing(call)}")


def reassure(call: Conversation, tools: Tools) -> Step | None:
    if call.asked not in NUMBERS_ASKED:
        return None
    return Say(text=f"{replies.WHY} {orders_talk.missing_number(call) or ''}".strip())


def abilities(call: Conversation, tools: Tools) -> Step:
    able = [replies.CAN_ORDERS] if STATUS in tools else []
    able.append(replies.CAN_POLICIES)
    if PERSON in tools:
        able.append(replies.CAN_PERSON)
    return Say(text=replies.ABILITIES.format(abilities=replies.listed(able)))


def without_number(call: Conversation, tools: Tools) -> Step | None:
    if call.customer is not None and LIST in tools:
        return call_tool(LIST)
    if call.asked not in NUMBERS_ASKED:
        return None
    return Say(text=offer(replies.NO_NUMBER, replies.NO_NUMBER_ALONE, tools))


def about_policies(call: Conversation, tools: Tools) -> Step | None:
    text = quote(call.passages, call.turn)
    if text:
        return Say(text=f"{text} {orders_talk.missing_number(call) or closing(call)}")
    if call.intent is Intent.POLICY or is_question(call):
        return Say(
            text=offer(replies.NO_ANSWER, f"{replies.NO_ANSWER_ALONE} {closing(call)}", tools)
        )
    return None


def is_question(call: Conversation) -> bool:
    """Tell a question we have no answer to from words we did not get."""
    return call.asked not in NUMBERS_ASKED and bool(QUESTION.search(plain(call.turn)))


def not_understood(call: Conversation, tools: Tools) -> Step:
    open_question = orders_talk.missing_number(call)
    if call.last_said.startswith(replies.NOT_UNDERSTOOD):
        return Say(text=offer(replies.STILL_NOT_UNDERSTOOD, replies.SAY_DIFFERENTLY, tools))
    return Say(text=f"{replies.NOT_UNDERSTOOD} {open_question or replies.YOU_CAN_ASK}")


def welcome(call: Conversation, tools: Tools) -> Step:
    return Say(text=f"{replies.WELCOME} {orders_talk.missing_number(call) or closing(call)}")


def drop(call: Conversation, tools: Tools) -> Step:
    return Say(text=replies.ALL_RIGHT + closing(call))


def back_to_the_point(call: Conversation, tools: Tools) -> Step:
    """Answer a yes or no to nothing that we asked."""
    question = orders_talk.missing_number(call)
    if question is None and call.intent is Intent.NO:
        return drop(call, tools)
    return Say(text=question or replies.GO_ON)


def says(text: str) -> Reply:
    return lambda call, tools: Say(text=text)


BY_INTENT: Final[Mapping[Intent, Reply | Passing]] = {
    Intent.GOODBYE: end,
    Intent.PERSON: request_person,
    Intent.SOURCE: source,
    Intent.REPEAT: repeat,
    Intent.SURE: sure,
    Intent.SLOWER: slower,
    Intent.UPSET: apologise,
    Intent.WAIT: says(replies.WAIT),
    Intent.WHY: reassure,
    Intent.CHANGE: cannot_change,
    Intent.NUMBER_UNKNOWN: without_number,
    Intent.ABILITIES: abilities,
    Intent.ROBOT: says(replies.ROBOT),
    Intent.NEVER_MIND: drop,
    Intent.THANKS: welcome,
    Intent.GREETING: says(replies.HELLO),
    Intent.YES: back_to_the_point,
    Intent.NO: back_to_the_point,
}

YES_OR_NO: Final[Mapping[tuple[Asked, Intent], Reply]] = {
    (Asked.PERSON, Intent.YES): request_person,
    (Asked.PERSON, Intent.NO): drop,
    (Asked.CHECK, Intent.YES): orders_talk.go_on,
    (Asked.CHECK, Intent.NO): drop,
    (Asked.ANYTHING_ELSE, Intent.YES): says(replies.GO_ON),
    (Asked.ANYTHING_ELSE, Intent.NO): end,
}

AFTER_TOOL: Final[Mapping[str, Reply]] = {
    FIND: orders_talk.after_search,
    STATUS: orders_talk.after_status,
    LIST: orders_talk.after_list,
    PERSON: after_person,
    END: says(replies.FAREWELL),
}
