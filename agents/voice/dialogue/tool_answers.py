"""The tools the dialogue knows by name, and what their results and refusals mean."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

FIND: Final = "find_customer_by_order"
STATUS: Final = "get_order_status"
LIST: Final = "list_orders"
PERSON: Final = "request_person"
END: Final = "end_call"


class Failure(StrEnum):
    """Why a tool refused."""

    NOT_FOUND = "not_found"
    NOT_YOURS = "not_yours"
    NOT_IDENTIFIED = "not_identified"
    LOCKED = "locked"
    AWAY = "away"


# The refusals are sentences for a language model (orders/mcp_server.py); these words mark them.
REFUSALS: Final[tuple[tuple[re.Pattern[str], Failure], ...]] = (
    (re.compile(r"\blocked\b", re.IGNORECASE), Failure.LOCKED),
    (re.compile(r"\bnot identified\b", re.IGNORECASE), Failure.NOT_IDENTIFIED),
    (re.compile(r"\bthis caller has no order\b", re.IGNORECASE), Failure.NOT_YOURS),
    (re.compile(r"\bno order has this number\b", re.IGNORECASE), Failure.NOT_FOUND),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolAnswered:
    """One tool call and its result; ``arguments`` and a successful ``output`` are JSON."""

    name: str
    arguments: str
    output: str
    failed: bool

    @property
    def failure(self) -> Failure | None:
        if not self.failed:
            return None
        for words, failure in REFUSALS:
            if words.search(self.output):
                return failure
        return Failure.AWAY

    @property
    def searched(self) -> tuple[str, str]:
        """Return the order number and the ZIP code of a search."""
        return self.argument("order_number"), self.argument("zip_code")

    def argument(self, name: str) -> str:
        return str(as_object(self.arguments).get(name, ""))

    def result(self) -> Mapping[str, Any]:
        return {} if self.failed else as_object(self.output)

    def order_numbers(self) -> tuple[str, ...]:
        orders = self.result().get("orders", [])
        return tuple(str(order.get("order_number", "")) for order in orders)


def as_object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
