from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError

from contactcenter.db import with_fresh_connection
from contactcenter.errors import NotFound
from orders import services
from orders.models import CallIdentity, Order
from orders.policy import Level
from tests.orders.shop import make_customer, make_order, make_variant


@pytest.mark.django_db
def test_a_second_identification_replaces_the_first_customer() -> None:
    make_order("W1001")
    ben = make_customer("ben", first_name="Ben")
    make_order("W2001", customer=ben, zip_code="10001")
    services.identify_by_order(room_name="call-one", number="W1001", zip_code="94110")

    services.identify_by_order(room_name="call-one", number="W2001", zip_code="10001")

    assert services.customer_of_call("call-one", at_least=Level.IDENTIFIED) == ben


@pytest.mark.django_db
def test_a_failed_identification_keeps_the_customer_and_is_counted() -> None:
    order = make_order("W1001")
    services.identify_by_order(room_name="call-one", number="W1001", zip_code="94110")

    with pytest.raises(NotFound):
        services.identify_by_order(room_name="call-one", number="W1001", zip_code="10001")

    identity = CallIdentity.objects.get()
    assert (identity.customer, identity.failed_attempts) == (order.customer, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("stored", ["94110", "94110-1234", "941101234"])
def test_the_zip_code_is_found_with_and_without_its_extension(stored: str) -> None:
    order = make_order("W1001", zip_code=stored)

    identity = services.identify_by_order(
        room_name="call-one", number="W1001", zip_code="94110-1234"
    )

    assert identity.customer == order.customer


@pytest.mark.django_db
def test_being_identified_is_not_being_confirmed() -> None:
    make_order("W1001")
    services.identify_by_order(room_name="call-one", number="W1001", zip_code="94110")

    with pytest.raises(services.NotIdentified):
        services.customer_of_call("call-one", at_least=Level.CONFIRMED)


@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_time_are_counted_one_by_one() -> None:
    make_order("W1001")
    CallIdentity.objects.create(room_name="call-one")
    start = Barrier(8)

    @with_fresh_connection
    def try_wrong_zip(number: int) -> str:
        start.wait(timeout=20)
        try:
            services.identify_by_order(
                room_name="call-one", number="W1001", zip_code=f"1000{number}"
            )
        except (NotFound, services.IdentificationLocked) as error:
            return error.code
        return "identified"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(try_wrong_zip, range(8)))

    assert outcomes == ["identification_locked"] * 3 + ["not_found"] * 5
    assert CallIdentity.objects.get().failed_attempts == 5


@pytest.mark.django_db
def test_the_database_refuses_a_level_without_a_customer() -> None:
    with pytest.raises(IntegrityError, match="call_identity_level_needs_a_customer"):
        CallIdentity.objects.create(room_name="call-one", level=Level.IDENTIFIED)


@pytest.mark.django_db
def test_the_database_refuses_a_sixth_failure() -> None:
    with pytest.raises(IntegrityError, match="call_identity_locks_in_time"):
        CallIdentity.objects.create(room_name="call-one", failed_attempts=6)


@pytest.mark.django_db
def test_two_customers_cannot_share_an_e_mail_address() -> None:
    make_customer("ana", email="ana@example.com")

    with pytest.raises(IntegrityError, match="customer_one_per_email"):
        make_customer("ben", email="ANA@example.com")


@pytest.mark.django_db
def test_a_telephone_number_is_stored_as_e164_only() -> None:
    with pytest.raises(IntegrityError, match="customer_phone_is_e164"):
        make_customer(phone="555 0199")


@pytest.mark.django_db
def test_an_unknown_state_cannot_be_stored() -> None:
    with pytest.raises(IntegrityError, match="order_status_is_known"):
        make_order(status="lost")


@pytest.mark.django_db
def test_a_price_is_never_negative() -> None:
    with pytest.raises(IntegrityError, match="variant_price_not_negative"):
        make_variant(price="-1.00")


@pytest.mark.django_db
def test_the_latest_orders_come_first_and_the_list_ends() -> None:
    ana = make_customer()
    for number in range(25):
        make_order(f"W{1000 + number}", customer=ana)

    listed = services.orders_of(ana)

    assert [order.number for order in listed] == [f"W{1024 - step}" for step in range(20)]
    assert Order.objects.count() == 25
