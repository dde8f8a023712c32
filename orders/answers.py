"""What the tools answer: JSON objects, small enough to be read out."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

from pydantic import BaseModel

from orders.models import CallIdentity, Order
from orders.wording import last_parcel, status_text


class IdentifiedCustomer(BaseModel):
    """Whom the call comes from."""

    first_name: str
    last_name: str
    level: int

    @classmethod
    def of(cls, identity: CallIdentity) -> IdentifiedCustomer:
        customer = identity.customer
        assert customer is not None
        return cls(
            first_name=customer.first_name, last_name=customer.last_name, level=identity.level
        )


class Item(BaseModel):
    """A variant and how many pieces of it."""

    name: str
    quantity: int


class OrderState(BaseModel):
    """Where an order is. ``status_text`` completes the sentence "Your order …"."""

    order_number: str
    status: str
    status_text: str
    items: list[Item]
    carrier: str | None
    tracking_number: str | None
    expected_on: date | None
    total: Decimal
    currency: str

    @classmethod
    def of(cls, order: Order, *, today: date) -> OrderState:
        pieces = list(order.items.all())
        counted = Counter(str(piece.variant) for piece in pieces)
        parcel = last_parcel(order)
        return cls(
            order_number=order.number,
            status=order.status,
            status_text=status_text(order, today=today),
            items=[Item(name=name, quantity=quantity) for name, quantity in counted.items()],
            carrier=parcel.carrier if parcel else None,
            tracking_number=parcel.tracking_number if parcel else None,
            expected_on=order.expected_on,
            total=sum((piece.price for piece in pieces), Decimal("0.00")),
            currency=order.currency,
        )


class OrderSummary(BaseModel):
    """One order in a list."""

    order_number: str
    status: str
    placed_on: date


class OrderList(BaseModel):
    """The customer's orders, newest first."""

    orders: list[OrderSummary]

    @classmethod
    def of(cls, orders: list[Order]) -> OrderList:
        return cls(
            orders=[
                OrderSummary(
                    order_number=order.number,
                    status=order.status,
                    placed_on=order.placed_at.date(),
                )
                for order in orders
            ]
        )
