"""Identification of the caller, and the orders of the caller who was identified."""

from __future__ import annotations

from django.db import transaction

from contactcenter.errors import Conflict, Invalid, NotFound
from orders import matching
from orders.models import CallIdentity, Customer, Order
from orders.policy import MOST_FAILED_ATTEMPTS, Level

MOST_LISTED = 20


class IdentificationLocked(Conflict):
    """This call has failed to identify its caller too often."""

    code = "identification_locked"


class NotIdentified(Conflict):
    """This call has not shown enough about its caller."""

    code = "not_identified"


def identify_by_order(*, room_name: str, number: str, zip_code: str) -> CallIdentity:
    """Bind the call to the customer whose order has this number and goes to this ZIP code.

    Another customer's order replaces the customer bound before. A failure is counted for the
    whole call and leaves the binding as it was.

    Raises:
        Invalid: The number or the ZIP code has neither letters nor digits; not counted.
        NotFound: No order has both.
        IdentificationLocked: Too many failures in this call.
    """
    if not matching.key(number) or not matching.key(zip_code):
        raise Invalid("an order number and a ZIP code are needed")
    CallIdentity.objects.get_or_create(room_name=room_name)
    with transaction.atomic():
        # Locked, so that tries at the same time are counted one by one.
        identity = CallIdentity.objects.select_for_update().get(room_name=room_name)
        if identity.failed_attempts >= MOST_FAILED_ATTEMPTS:
            raise IdentificationLocked("too many failed identifications in this call")
        order = find_order(number=number, zip_code=zip_code)
        if order is None:
            identity.failed_attempts += 1
        else:
            identity.customer = order.customer
            identity.level = Level.IDENTIFIED
        identity.save()
    if order is None:
        raise NotFound("no order has this number and ZIP code")
    return identity


def find_order(*, number: str, zip_code: str) -> Order | None:
    nearby = Order.objects.filter(zip_key=matching.zip_key(zip_code)).select_related("customer")
    return matching.pick(number, nearby, number_of=lambda order: order.number)


def customer_of_call(room_name: str, *, at_least: Level) -> Customer:
    """Return the customer bound to the call.

    Raises:
        NotIdentified: None is bound, or at a lower level.
    """
    identity = (
        CallIdentity.objects.filter(room_name=room_name, level__gte=at_least)
        .select_related("customer")
        .first()
    )
    if identity is None or identity.customer is None:
        raise NotIdentified("the caller is not identified well enough")
    return identity.customer


def order_of(customer: Customer, number: str) -> Order:
    """Return the customer's order with this number.

    Raises:
        NotFound: The customer has no such order; an order of somebody else is no different.
    """
    own = customer.orders.prefetch_related("items__variant__product", "fulfilments")
    order = matching.pick(number, own, number_of=lambda order: order.number)
    if order is None:
        raise NotFound("this customer has no such order")
    return order


def orders_of(customer: Customer) -> list[Order]:
    """Return the customer's latest orders, newest first."""
    return list(customer.orders.all()[:MOST_LISTED])
