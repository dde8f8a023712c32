"""A call in text: the caller's lines, the dialogue's answers, and a shop that answers tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from agents.voice.dialogue.conversation import CallerSaid, HistoryItem, WeSaid, read
from agents.voice.dialogue.decisions import decide
from agents.voice.dialogue.steps import Say
from agents.voice.dialogue.tool_answers import ToolAnswered
from knowledge.passages import Shown

GREETING = "Hello, this is the automated assistant of Willow and Wren. How can I help you?"
ALL_TOOLS = frozenset(
    {"find_customer_by_order", "get_order_status", "list_orders", "request_person", "end_call"}
)
NOT_FOUND = (
    "No order has this number and ZIP code. Read both back to the caller digit by digit"
    " and ask which one is wrong."
)
LOCKED = (
    "Identification is locked for the rest of this call after five failures. Do not try"
    " again. Say that you cannot open the orders in this call, and offer a person."
)
NOT_IDENTIFIED = (
    "The caller is not identified yet. Ask for an order number and the ZIP code that"
    " order goes to, then call find_customer_by_order."
)
NOT_YOURS = (
    "This caller has no order with that number. Read the number back digit by digit and"
    " ask for it again; list_orders shows which orders the caller has."
)
AWAY = "The order system cannot be reached. Tell the caller that you cannot look this up right now."
CONNECTING = "I'll get a colleague for you. Please stay on the line."


class Refused(Exception):
    """What a tool raises as ``ToolError``."""


@dataclass(slots=True)
class Shop:
    """Two orders of Ana's, going to 94110."""

    away: bool = False
    locked: bool = False
    identified: bool = False
    orders: dict[str, str] = field(
        default_factory=lambda: {
            "W1001": "has shipped and should arrive on Friday",
            "W1002": "was delivered yesterday",
        }
    )

    def find_customer_by_order(self, order_number: str, zip_code: str) -> Mapping[str, object]:
        if self.locked:
            raise Refused(LOCKED)
        if order_number not in self.orders or zip_code != "94110":
            raise Refused(NOT_FOUND)
        self.identified = True
        return {"first_name": "Ana", "last_name": "Silva", "level": 2}

    def get_order_status(self, order_number: str) -> Mapping[str, object]:
        if not self.identified:
            raise Refused(NOT_IDENTIFIED)
        if order_number not in self.orders:
            raise Refused(NOT_YOURS)
        return {
            "order_number": order_number,
            "status_text": self.orders[order_number],
            "items": [
                {"name": "Linen throw", "quantity": 2},
                {"name": "Clay mug", "quantity": 1},
            ],
            "carrier": "UPS",
            "tracking_number": "1Z999",
            "total": "84.50",
            "currency": "USD",
        }

    def list_orders(self) -> Mapping[str, object]:
        if not self.identified:
            raise Refused(NOT_IDENTIFIED)
        return {"orders": [{"order_number": number} for number in self.orders]}

    def request_person(self, reason: str) -> str:
        return CONNECTING

    def end_call(self, reason: str) -> str:
        return ""

    def no_answer(self, **arguments: str) -> str:
        raise Refused(AWAY)

    def answer(self, name: str, arguments: Mapping[str, str]) -> ToolAnswered:
        away = self.away and name not in {"request_person", "end_call"}
        tool: Callable[..., object] = self.no_answer if away else getattr(self, name)
        try:
            result = tool(**arguments)
        except Refused as refusal:
            return ToolAnswered(
                name=name, arguments=json.dumps(arguments), output=str(refusal), failed=True
            )
        output = result if isinstance(result, str) else json.dumps(result)
        return ToolAnswered(name=name, arguments=json.dumps(arguments), output=output, failed=False)


@dataclass(slots=True)
class Call:
    """One call; ``used`` are the tools called, with their arguments."""

    shop: Shop = field(default_factory=Shop)
    tools: frozenset[str] = ALL_TOOLS
    history: list[HistoryItem] = field(default_factory=lambda: [WeSaid(text=GREETING)])
    used: list[str] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        return bool(self.used) and self.used[-1].startswith("end_call")

    def says(self, line: str, *passages: Shown) -> str:
        """Let the caller speak; return what is said back, nothing if the call was ended."""
        self.history.append(CallerSaid(text=line))
        for _ in range(4):
            step = decide(read(self.history, passages), self.tools)
            if isinstance(step, Say):
                self.history.append(WeSaid(text=step.text))
                return step.text
            for use in step.uses:
                self.used.append(f"{use.name}({', '.join(use.arguments.values())})")
                self.history.append(self.shop.answer(use.name, use.arguments))
                if use.name == "end_call":
                    return ""
        raise AssertionError("more than four tool calls for one turn")


def passage(
    text: str, *, source: str = "Returns policy, Time limit", relevant: bool = True
) -> Shown:
    return Shown(passage_id="returns/time-limit#1", source=source, relevant=relevant, text=text)
