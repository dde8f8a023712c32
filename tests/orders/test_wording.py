from __future__ import annotations

from datetime import date

import pytest

from orders.models import Fulfilment, OrderStatus
from orders.wording import SENTENCES, day_text, status_text
from tests.orders.shop import make_order

WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 11, 16), "on Monday, November 16"),
        (date(2026, 11, 24), "yesterday"),
        (date(2026, 11, 25), "today"),
        (date(2026, 11, 26), "tomorrow"),
        (date(2026, 11, 27), "on Friday"),
        (date(2026, 12, 1), "on Tuesday"),
        (date(2026, 12, 2), "on Wednesday, December 2"),
    ],
)
def test_a_day_is_named_as_people_name_it(day: date, text: str) -> None:
    assert day_text(day, today=WEDNESDAY) == text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "expected_on", "text"),
    [
        ("pending", None, "has been received and is not packed yet"),
        (
            "pending (item modified)",
            date(2026, 11, 30),
            "has been changed as asked and is not packed yet and should arrive on Monday",
        ),
        ("processed", None, "is packed and waits for the carrier"),
        ("shipped", date(2026, 11, 27), "has shipped and should arrive on Friday"),
        ("shipped", date(2026, 11, 24), "has shipped and was expected yesterday, so it is late"),
        ("delivered", None, "was delivered on Monday, November 16"),
        (
            "return requested",
            None,
            "was delivered on Monday, November 16, and its return is under way",
        ),
        (
            "exchange requested",
            None,
            "was delivered on Monday, November 16, and an exchange is under way",
        ),
        ("cancelled", date(2026, 11, 27), "was cancelled"),
    ],
)
def test_the_state_of_an_order_is_a_part_of_a_sentence(
    status: str, expected_on: date | None, text: str
) -> None:
    order = make_order(status=status, expected_on=expected_on)
    Fulfilment.objects.create(
        order=order,
        carrier="UPS",
        tracking_number="1Z1",
        shipped_on=date(2026, 11, 12),
        delivered_on=date(2026, 11, 16),
    )

    assert status_text(order, today=WEDNESDAY) == text


def test_every_state_can_be_said() -> None:
    assert set(SENTENCES) == set(OrderStatus)
