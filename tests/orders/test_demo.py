from __future__ import annotations

from datetime import UTC, date, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from orders.demo import shop
from orders.models import Customer, Fulfilment, Order, OrderStatus, Product
from orders.wording import status_text
from tests.orders.shop import make_order

pytestmark = pytest.mark.django_db
WEDNESDAY = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def said(number: str, today: date) -> str:
    return status_text(Order.objects.get(number=number), today=today)


@time_machine.travel(WEDNESDAY, tick=False)
def test_the_demo_shop_has_orders_in_every_state_and_known_orders_to_try() -> None:
    shop.fill()

    assert (Product.objects.count(), Customer.objects.count()) == (50, 200)
    numbers = Order.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"W{number}" for number in range(1001, 1501)]
    assert set(Order.objects.values_list("status", flat=True)) == set(OrderStatus.values)
    ana = Customer.objects.get(email="ana.silva@example.com")
    assert list(ana.orders.order_by("number").values_list("number", "status", "zip")) == [
        ("W1001", "shipped", "94110"),
        ("W1002", "delivered", "94110"),
        ("W1003", "pending", "94110"),
    ]
    today = WEDNESDAY.date()
    assert said("W1001", today) == "has shipped and should arrive on Friday"
    assert said("W1002", today) == "was delivered on Monday, November 16"
    assert said("W1003", today) == (
        "has been received and is not packed yet and should arrive on Monday"
    )


def test_filling_again_changes_nothing_but_the_dates() -> None:
    with time_machine.travel(WEDNESDAY, tick=False):
        shop.fill()
        Order.objects.filter(number="W1003").update(status=OrderStatus.CANCELLED)
        Order.objects.filter(number="W1500").delete()
    before = list(Order.objects.order_by("id").values_list("number", "placed_at"))

    with time_machine.travel(datetime(2026, 11, 28, 9, 0, tzinfo=UTC), tick=False):
        shop.fill()

    after = list(Order.objects.order_by("id").values_list("number", "placed_at"))
    assert [number for number, _ in after] == [number for number, _ in before] + ["W1500"]
    assert {(late - early).days for (_, early), (_, late) in zip(before, after, strict=False)} == {
        3
    }
    assert said("W1001", date(2026, 11, 28)) == "has shipped and should arrive on Monday"
    assert said("W1003", date(2026, 11, 28)) == "was cancelled"


def test_an_order_of_the_shop_itself_keeps_its_dates() -> None:
    with time_machine.travel(WEDNESDAY, tick=False):
        own = make_order("W1002")
        shop.fill()

    with time_machine.travel(datetime(2026, 11, 28, 9, 0, tzinfo=UTC), tick=False):
        shop.fill()

    assert Order.objects.get(number="W1002").placed_at == own.placed_at


def test_no_parcel_arrives_before_it_was_sent_or_order_is_sent_before_it_was_placed() -> None:
    shop.fill()

    for parcel in Fulfilment.objects.select_related("order"):
        assert parcel.shipped_on >= parcel.order.placed_at.date()
        assert (parcel.delivered_on is not None) == (parcel.order.status in shop.DELIVERED)


def test_the_command_prints_numbers_and_zip_codes_to_try() -> None:
    printed = StringIO()

    call_command("seed_demo", stdout=printed)

    lines = printed.getvalue().splitlines()
    assert lines[1] == "W1001   94110   Ana Silva           shipped"
    assert len(lines) == 6
