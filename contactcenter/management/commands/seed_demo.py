"""``manage.py seed_demo``: fill the database with the demo shop; safe to repeat."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand

from knowledge.demo import shop as policies
from orders.demo import shop
from orders.models import Order

TO_TRY = 5


class Command(BaseCommand):
    help = "Create the demo shop: products, customers, orders and policies."

    def handle(self, *args: Any, **options: Any) -> None:
        shop.fill()
        policies.fill()
        self.stdout.write(f"{'Order':<8}{'ZIP':<8}{'Customer':<20}State")
        for order in Order.objects.filter(number__in=shop.NUMBERS[:TO_TRY]).order_by("number"):
            self.stdout.write(
                f"{order.number:<8}{order.zip:<8}{order.customer!s:<20}{order.status}"
            )
