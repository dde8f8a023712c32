"""Customers and orders for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from orders.models import Customer, Order, OrderItem, OrderStatus, Product, Variant


def make_customer(reference: str = "ana", **fields: str) -> Customer:
    given = {"first_name": "Ana", "last_name": "Silva", "email": f"{reference}@example.com"}
    return Customer.objects.create(
        reference=reference,
        address1="12 Mission Street",
        city="San Francisco",
        country="USA",
        **{"zip": "94110", **given, **fields},
    )


def make_variant(name: str = "Linen throw", price: str = "49.00") -> Variant:
    product = Product.objects.create(reference=name, name=name)
    return Variant.objects.create(
        product=product, reference=f"{name} sage", options={"colour": "sage"}, price=price
    )


def make_order(
    number: str = "W1001",
    *,
    customer: Customer | None = None,
    zip_code: str = "94110",
    status: str = OrderStatus.SHIPPED,
    items: tuple[Variant, ...] = (),
    expected_on: date | None = None,
) -> Order:
    order = Order.objects.create(
        number=number,
        customer=customer or make_customer(),
        status=status,
        address1="12 Mission Street",
        city="San Francisco",
        country="USA",
        zip=zip_code,
        placed_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
        expected_on=expected_on,
    )
    OrderItem.objects.bulk_create(
        OrderItem(order=order, variant=variant, price=Decimal(variant.price)) for variant in items
    )
    return order
