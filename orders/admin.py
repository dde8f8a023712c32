"""The shop's data in the admin: to be looked at; the shop's own systems change it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from orders.models import (
    CallIdentity,
    Customer,
    Fulfilment,
    Order,
    OrderItem,
    Product,
    Variant,
)
from orders.policy import Level


class ReadOnly:
    """Permissions of something that may be seen only; Django's view permission still applies."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ItemLines(ReadOnly, admin.TabularInline[OrderItem, Order]):
    model = OrderItem
    fields = ["variant", "price"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderItem]:
        return super().get_queryset(request).select_related("variant__product")


class FulfilmentLines(ReadOnly, admin.TabularInline[Fulfilment, Order]):
    model = Fulfilment
    fields = ["carrier", "tracking_number", "shipped_on", "delivered_on"]


class OrderLines(ReadOnly, admin.TabularInline[Order, Customer]):
    model = Order
    fields = ["number", "status", "placed_at", "expected_on"]
    show_change_link = True


class VariantLines(ReadOnly, admin.TabularInline[Variant, Product]):
    model = Variant
    fields = ["reference", "options", "price", "stock"]


@admin.register(Customer)
class CustomerAdmin(ReadOnly, admin.ModelAdmin[Customer]):
    list_display = ["last_name", "first_name", "email", "phone", "city", "zip"]
    search_fields = ["last_name", "first_name", "email", "phone", "zip"]
    inlines = [OrderLines]


@admin.register(Product)
class ProductAdmin(ReadOnly, admin.ModelAdmin[Product]):
    list_display = ["name", "reference"]
    search_fields = ["name", "reference"]
    inlines = [VariantLines]


@admin.register(Order)
class OrderAdmin(ReadOnly, admin.ModelAdmin[Order]):
    list_display = ["number", "customer", "status", "placed_at", "expected_on", "zip"]
    list_filter = ["status", "placed_at"]
    list_select_related = ["customer"]
    search_fields = ["number", "customer__last_name", "customer__email", "zip"]
    inlines = [ItemLines, FulfilmentLines]


@admin.register(CallIdentity)
class CallIdentityAdmin(ReadOnly, admin.ModelAdmin[CallIdentity]):
    list_display = ["room_name", "customer", "shown", "failed_attempts", "created_at"]
    list_filter = ["level"]
    list_select_related = ["customer"]
    search_fields = ["room_name", "customer__last_name"]
    fields = ["room_name", "customer", "shown", "failed_attempts", "created_at"]
    readonly_fields = ["shown"]

    @admin.display(description="caller is", ordering="level")
    def shown(self, identity: CallIdentity) -> str:
        return Level(identity.level).name.lower()
