"""How the state of an order is said on the telephone; no claim without a date from the data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from orders.models import Fulfilment, Order, OrderStatus

SENTENCES: Final[Mapping[str, str]] = {
    OrderStatus.PENDING: "has been received and is not packed yet{arrival}",
    OrderStatus.PENDING_ITEM_MODIFIED: "has been changed as asked and is not packed yet{arrival}",
    OrderStatus.PROCESSED: "is packed and waits for the carrier{arrival}",
    OrderStatus.SHIPPED: "has shipped{arrival}",
    OrderStatus.DELIVERED: "was delivered{delivery}",
    OrderStatus.CANCELLED: "was cancelled",
    OrderStatus.RETURN_REQUESTED: "was delivered{delivery}, and its return is under way",
    OrderStatus.EXCHANGE_REQUESTED: "was delivered{delivery}, and an exchange is under way",
}


def status_text(order: Order, *, today: date) -> str:
    """Return what follows "Your order …", for example "has shipped and should arrive on Friday"."""
    return SENTENCES[order.status].format(
        arrival=arrival_text(order.expected_on, today=today),
        delivery=delivery_text(last_parcel(order), today=today),
    )


def last_parcel(order: Order) -> Fulfilment | None:
    """Return the parcel sent last; ``fulfilments`` are in order of shipping."""
    parcels = list(order.fulfilments.all())
    return parcels[-1] if parcels else None


def arrival_text(expected_on: date | None, *, today: date) -> str:
    if expected_on is None:
        return ""
    if expected_on < today:
        return f" and was expected {day_text(expected_on, today=today)}, so it is late"
    return f" and should arrive {day_text(expected_on, today=today)}"


def delivery_text(parcel: Fulfilment | None, *, today: date) -> str:
    if parcel is None or parcel.delivered_on is None:
        return ""
    return f" {day_text(parcel.delivered_on, today=today)}"


def day_text(day: date, *, today: date) -> str:
    """Name a day as people do: "today", "on Friday" within a week ahead, else with its date."""
    away = (day - today).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    if away in near:
        return near[away]
    if 1 < away < 7:
        return f"on {day:%A}"
    return f"on {day:%A}, {day:%B} {day.day}"
