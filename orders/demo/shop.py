"""Fills the database with the demo shop; the same shop every time, with dates seen from today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from random import Random
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils.timezone import localdate

from orders.demo.catalogue import (
    CARRIERS,
    FIRST_NAMES,
    LAST_NAMES,
    PLACES,
    PRODUCTS,
    STREETS,
)
from orders.models import Customer, Fulfilment, Order, OrderItem, OrderStatus, Product, Variant

CUSTOMERS: Final = 200
FIRST_NUMBER: Final = 1001
ORDERS: Final = 500
NUMBERS: Final = [f"W{FIRST_NUMBER + index}" for index in range(ORDERS)]
PLACED_AT: Final = time(15, 0, tzinfo=UTC)
DELIVERED: Final = frozenset(
    {OrderStatus.DELIVERED, OrderStatus.RETURN_REQUESTED, OrderStatus.EXCHANGE_REQUESTED}
)
WEIGHTS: Final[dict[OrderStatus, int]] = {
    OrderStatus.PENDING: 14,
    OrderStatus.PENDING_ITEM_MODIFIED: 2,
    OrderStatus.PROCESSED: 10,
    OrderStatus.SHIPPED: 18,
    OrderStatus.DELIVERED: 44,
    OrderStatus.CANCELLED: 5,
    OrderStatus.RETURN_REQUESTED: 4,
    OrderStatus.EXCHANGE_REQUESTED: 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """An order's dates, counted from today; negative is past."""

    placed: int
    shipped: int | None
    delivered: int | None
    expected: int | None


DEMO_CUSTOMER: Final = "demo-customer-"
# The first three orders belong to one customer and are what the documentation tells people to try.
KNOWN: Final[tuple[tuple[OrderStatus, Days], ...]] = (
    (OrderStatus.SHIPPED, Days(placed=-4, shipped=-2, delivered=None, expected=2)),
    (OrderStatus.DELIVERED, Days(placed=-14, shipped=-12, delivered=-9, expected=-9)),
    (OrderStatus.PENDING, Days(placed=-1, shipped=None, delivered=None, expected=5)),
)


def fill() -> None:
    """Create what is missing; move the dates of what is there to today.

    Nothing else of an order that exists is changed, so a demonstration may be prepared again
    without losing what callers did.
    """
    with transaction.atomic():
        today = localdate()
        move_to(today)
        make_orders(make_customers(), make_variants(), today=today)


def make_customers() -> list[Customer]:
    random = Random("customers")  # noqa: S311
    names = [(first, last) for first, last in product(FIRST_NAMES, LAST_NAMES)]
    made = [
        Customer(
            reference=f"{DEMO_CUSTOMER}001",
            email="ana.silva@example.com",
            first_name="Ana",
            last_name="Silva",
            phone="+15550101",
            address1="12 Mission Street",
            city="San Francisco",
            state="CA",
            country="USA",
            zip="94110",
        )
    ]
    for number, (first, last) in enumerate(random.sample(names, CUSTOMERS - 1), start=2):
        city, state, zip_code = random.choice(PLACES)
        made.append(
            Customer(
                reference=f"{DEMO_CUSTOMER}{number:03}",
                email=f"{first}.{last}{number}@example.com".lower(),
                first_name=first,
                last_name=last,
                phone=f"+155501{number % 100:02}",
                address1=f"{random.randint(1, 980)} {random.choice(STREETS)}",
                city=city,
                state=state,
                country="USA",
                zip=zip_code,
            )
        )
    Customer.objects.bulk_create(made, ignore_conflicts=True)
    return list(Customer.objects.filter(reference__startswith=DEMO_CUSTOMER).order_by("reference"))


def make_variants() -> list[Variant]:
    random = Random("variants")  # noqa: S311
    references = {f"demo-product-{n:03}": line for n, line in enumerate(PRODUCTS, start=1)}
    Product.objects.bulk_create(
        (Product(reference=reference, name=line[0]) for reference, line in references.items()),
        ignore_conflicts=True,
    )
    stored = Product.objects.in_bulk(list(references), field_name="reference")
    made = []
    for reference, (_, price, options) in references.items():
        for step, chosen in enumerate(product(*options.values())):
            made.append(
                Variant(
                    product=stored[reference],
                    reference=f"{reference}-{step + 1}",
                    options=dict(zip(options, chosen, strict=True)),
                    # Larger sizes come later in the list and cost more; colours cost the same.
                    price=Decimal(price) * (1 + Decimal("0.2") * step * ("size" in options)),
                    stock=random.choice((0, 3, 8, 25, 60)),
                )
            )
    Variant.objects.bulk_create(made, ignore_conflicts=True)
    return list(Variant.objects.filter(reference__startswith="demo-product-").order_by("reference"))


def choose_days(status: OrderStatus, random: Random) -> Days:
    if status in DELIVERED:
        delivered = -random.randint(1, 60)
        shipped = delivered - random.randint(2, 5)
        placed = shipped - random.randint(1, 2)
        return Days(placed=placed, shipped=shipped, delivered=delivered, expected=delivered)
    if status == OrderStatus.SHIPPED:
        shipped = -random.randint(1, 3)
        placed = shipped - random.randint(1, 2)
        # One parcel in ten is late.
        expected = -1 if random.random() < 0.1 else random.randint(1, 5)
        return Days(placed=placed, shipped=shipped, delivered=None, expected=expected)
    return Days(
        placed=-random.randint(1, 3),
        shipped=None,
        delivered=None,
        expected=None if status == OrderStatus.CANCELLED else random.randint(4, 9),
    )


def make_orders(customers: list[Customer], variants: list[Variant], *, today: date) -> None:
    random = Random("orders")  # noqa: S311
    known = set(Order.objects.filter(number__in=NUMBERS).values_list("number", flat=True))
    orders, items, parcels = [], [], []
    for index, number in enumerate(NUMBERS):
        # Drawn for every number, kept or not: a gap is filled with what was there before.
        customer = customers[0] if index < len(KNOWN) else random.choice(customers[1:])
        status = random.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]
        days = choose_days(status, random)
        chosen = random.choices(variants, k=random.choice((1, 1, 2, 2, 3, 4)))
        carrier = random.choice(CARRIERS)
        if index < len(KNOWN):
            status, days = KNOWN[index]
        if number in known:
            continue
        order = new_order(number, customer, status, days, today=today)
        orders.append(order)
        items += [OrderItem(order=order, variant=one, price=one.price) for one in chosen]
        if days.shipped is not None:
            parcels.append(
                Fulfilment(
                    order=order,
                    carrier=carrier,
                    tracking_number=f"{carrier.upper()}{700000 + index}",
                    shipped_on=today + timedelta(days=days.shipped),
                    delivered_on=in_days(days.delivered, today=today),
                )
            )
    Order.objects.bulk_create(orders)
    OrderItem.objects.bulk_create(items)
    Fulfilment.objects.bulk_create(parcels)


def new_order(
    number: str, customer: Customer, status: OrderStatus, days: Days, *, today: date
) -> Order:
    return Order(
        number=number,
        customer=customer,
        status=status,
        placed_at=datetime.combine(today + timedelta(days=days.placed), PLACED_AT),
        expected_on=in_days(days.expected, today=today),
        address1=customer.address1,
        city=customer.city,
        state=customer.state,
        country=customer.country,
        zip=customer.zip,
    )


def in_days(days: int | None, *, today: date) -> date | None:
    return None if days is None else today + timedelta(days=days)


def move_to(today: date) -> None:
    """Shift every date of the demo's orders by the days that went by since it was filled."""
    # A shop's own orders may have the same numbers.
    orders = Order.objects.filter(number__in=NUMBERS, customer__reference__startswith=DEMO_CUSTOMER)
    first = orders.filter(number=NUMBERS[0]).first()
    by = today + timedelta(days=KNOWN[0][1].placed) - first.placed_at.date() if first else None
    if not by:
        return
    orders.update(placed_at=F("placed_at") + by, expected_on=F("expected_on") + by)
    Fulfilment.objects.filter(order__in=orders).update(
        shipped_on=F("shipped_on") + by, delivered_on=F("delivered_on") + by
    )
