"""What else the order system said about an order, told only when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from agents.voice.dialogue import replies
from agents.voice.dialogue.phrases.rule import Intent

CURRENCIES: Final = {"USD": ("dollar", "dollars", "cents")}


def told(intent: Intent, order: Mapping[str, Any]) -> str:
    """Return what the result of ``get_order_status`` says about items, carrier or total."""
    number = str(order.get("order_number", ""))
    match intent:
        case Intent.ITEMS if order.get("items"):
            names = [f"{item['quantity']} {item['name']}" for item in order["items"]]
            return replies.ITEMS.format(order=number, items=replies.listed(names))
        case Intent.TRACKING:
            return tracking(number, order)
        case Intent.TOTAL if amount := money(order):
            return replies.TOTAL.format(order=number, total=amount)
    return replies.NOT_KNOWN.format(order=number)


def tracking(number: str, order: Mapping[str, Any]) -> str:
    carrier, code = order.get("carrier"), order.get("tracking_number")
    if not carrier:
        return replies.NO_CARRIER.format(order=number)
    text = replies.TRACKING if code else replies.CARRIER
    return text.format(order=number, carrier=carrier, number=code)


def money(order: Mapping[str, Any]) -> str | None:
    """Say the total in words that a voice reads well; None without one.

    >>> money({"total": "84.50", "currency": "USD"})
    '84 dollars and 50 cents'
    """
    try:
        amount = Decimal(str(order["total"]))
    except (KeyError, InvalidOperation):
        return None
    currency = str(order.get("currency", ""))
    if currency not in CURRENCIES:
        return f"{amount} {currency}".strip()
    whole, cents = divmod(int(amount * 100), 100)
    one, many, parts = CURRENCIES[currency]
    text = f"{whole} {one if whole == 1 else many}"
    return f"{text} and {cents} {parts}" if cents else text
