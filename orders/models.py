"""The shop's customers, catalogue and orders, and who is bound to which call."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower, Upper
from django.utils.timezone import now

from orders.policy import MOST_FAILED_ATTEMPTS, Level

E164 = r"^\+[1-9][0-9]{6,14}$"


class OrderStatus(models.TextChoices):
    """Where an order stands; the values are what tools answer."""

    PENDING = "pending"
    PENDING_ITEM_MODIFIED = "pending (item modified)"
    PROCESSED = "processed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURN_REQUESTED = "return requested"
    EXCHANGE_REQUESTED = "exchange requested"


def zip_key(column: str) -> Func:
    """In SQL what ``orders.matching.zip_key`` is in Python."""
    neither = Value("[^0-9A-Za-z]")
    plain = Upper(Func(F(column), neither, Value(""), Value("g"), function="regexp_replace"))
    nine_digits = Value("^([0-9]{5})[0-9]{4}$")
    return Func(plain, nine_digits, Value(r"\1"), function="regexp_replace")


class Address(models.Model):
    """Postal address fields."""

    address1 = models.CharField("address", max_length=200)
    address2 = models.CharField("address, second line", max_length=200, blank=True)
    city = models.CharField(max_length=100)
    state = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=100)
    zip = models.CharField("ZIP code", max_length=20)

    class Meta:
        abstract = True


class Customer(Address):
    """A person who has an account; the address is the default for new orders."""

    reference = models.CharField(max_length=80, unique=True)
    email = models.EmailField()
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    phone = models.CharField(max_length=16, blank=True, db_index=True)

    class Meta:
        ordering = ["last_name", "first_name", "id"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="customer_one_per_email"),
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=E164), name="customer_phone_is_e164"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Product(models.Model):
    """Something the shop sells, in one or more variants."""

    reference = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Variant(models.Model):
    """What can be put into an order; ``options`` is for example ``{"colour": "sage"}``."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="variants")
    reference = models.CharField(max_length=80, unique=True)
    options = models.JSONField(default=dict, blank=True)
    price = models.DecimalField(max_digits=12, decimal_places=2, validators=[MinValueValidator(0)])
    stock = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["product", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="variant_price_not_negative"),
        ]

    def __str__(self) -> str:
        options = ", ".join(str(value) for value in self.options.values())
        return f"{self.product.name} ({options})" if options else self.product.name


class Order(Address):
    """What a customer bought; the address is where it goes."""

    number = models.CharField(max_length=80, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(
        max_length=40, choices=OrderStatus.choices, default=OrderStatus.PENDING
    )
    currency = models.CharField(max_length=3, default="USD")
    placed_at = models.DateTimeField(default=now)
    expected_on = models.DateField(null=True, blank=True)
    zip_key = models.GeneratedField(
        expression=zip_key("zip"),
        output_field=models.CharField(max_length=20),
        db_persist=True,
        db_index=True,
    )

    class Meta:
        ordering = ["-placed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=OrderStatus.values), name="order_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex="^[A-Z]{3}$"), name="order_currency_is_iso_4217"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OrderItem(models.Model):
    """One piece of one variant at the price it was sold for; two pieces are two rows."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    price = models.DecimalField(max_digits=12, decimal_places=2, validators=[MinValueValidator(0)])

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="order_item_price_not_negative"),
        ]

    def __str__(self) -> str:
        return str(self.variant)


class Fulfilment(models.Model):
    """A parcel on its way, or arrived."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="fulfilments")
    carrier = models.CharField(max_length=80)
    tracking_number = models.CharField(max_length=80)
    shipped_on = models.DateField()
    delivered_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["shipped_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "tracking_number"], name="fulfilment_one_per_tracking_number"
            ),
            models.CheckConstraint(
                condition=Q(delivered_on__isnull=True) | Q(delivered_on__gte=F("shipped_on")),
                name="fulfilment_delivered_after_shipped",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.tracking_number}"


class CallIdentity(models.Model):
    """Whom a call was shown to come from; tools act on this customer alone."""

    room_name = models.CharField(max_length=120, unique=True)
    # Without its customer an identification means nothing.
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    level = models.PositiveSmallIntegerField(default=Level.NOBODY.value)
    failed_attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name_plural = "call identities"
        constraints = [
            models.CheckConstraint(
                condition=Q(customer__isnull=True, level=Level.NOBODY.value)
                | Q(
                    customer__isnull=False,
                    level__in=[Level.IDENTIFIED.value, Level.CONFIRMED.value],
                ),
                name="call_identity_level_needs_a_customer",
            ),
            models.CheckConstraint(
                condition=Q(failed_attempts__lte=MOST_FAILED_ATTEMPTS),
                name="call_identity_locks_in_time",
            ),
        ]

    def __str__(self) -> str:
        return self.room_name
