from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client

from orders import services
from orders.models import CallIdentity, Customer, Order, Product
from tests.orders.shop import make_order, make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("administrator"))
    return client


def test_customers_products_orders_and_identities_can_be_looked_at(administrator: Client) -> None:
    make_order("W1001", items=(make_variant("Linen throw"),))
    services.identify_by_order(room_name="call-one", number="W1001", zip_code="94110")

    def shown(model: type[Model]) -> str:
        address = f"/admin/orders/{model.__name__.lower()}/"
        one = model._default_manager.get()
        pages = [administrator.get(address), administrator.get(f"{address}{one.pk}/change/")]
        return "".join(page.content.decode() for page in pages)

    assert "ana@example.com" in shown(Customer)
    assert "Linen throw" in shown(Product)
    assert "Linen throw (sage)" in shown(Order)
    assert "call-one" in shown(CallIdentity)
    assert "identified" in shown(CallIdentity)


@pytest.mark.parametrize("page", ["add/", "1/delete/"])
def test_nobody_adds_or_deletes_orders_in_the_admin(administrator: Client, page: str) -> None:
    order = make_order("W1001")

    answer = administrator.post(f"/admin/orders/order/{page.replace('1', str(order.pk))}")

    assert answer.status_code == 403
    assert Order.objects.get() == order


def test_a_changed_order_is_not_saved_in_the_admin(administrator: Client) -> None:
    order = make_order("W1001")

    answer = administrator.post(
        f"/admin/orders/order/{order.pk}/change/", {"status": "cancelled", "number": "W1"}
    )

    assert answer.status_code == 403
    order.refresh_from_db()
    assert (order.number, order.status) == ("W1001", "shipped")
