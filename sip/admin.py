"""Numbers and trunks in the admin, with what LiveKit has of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from sip import services
from sip.models import DispatchRule, PhoneNumber, SyncedRow, Trunk


class Synced(admin.ModelAdmin[Any]):
    """Tells LiveKit of every change once it is saved, and shows whether LiveKit has it."""

    @admin.display(description="state")
    def state(self, row: SyncedRow) -> str:
        if row.drift:
            return f"Not in step: {row.drift}"
        return "In step" if row.livekit_id else "Not at LiveKit"

    def save_model(
        self, request: HttpRequest, obj: Model, form: ModelForm[Any], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        services.sync_after_commit()

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        services.sync_after_commit()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        services.sync_after_commit()


class TrunkForm(ModelForm[Trunk]):
    """The password goes in and never comes out."""

    new_password = forms.CharField(
        required=False,
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Leave empty to keep the one that is set.",
    )
    forget_password = forms.BooleanField(
        required=False, label="Dial without user name and password"
    )

    class Meta:
        model = Trunk
        fields = ["name", "direction", "address", "allowed_addresses", "username"]

    def _post_clean(self) -> None:
        # The model's rules about user name and password are checked next.
        if self.cleaned_data.get("forget_password"):
            self.cleaned_data["username"] = self.instance.password = ""
        elif new := self.cleaned_data.get("new_password"):
            self.instance.password = new
        super()._post_clean()  # type: ignore[misc]


@admin.register(Trunk)
class TrunkAdmin(Synced):
    form = TrunkForm
    list_display = ["name", "direction", "address", "state"]
    list_filter = ["direction"]
    search_fields = ["name"]
    readonly_fields = ["state"]

    @admin.display(description="state")
    def state(self, row: SyncedRow) -> str:
        """An inbound trunk reaches LiveKit with each of its numbers."""
        assert isinstance(row, Trunk)
        if row.address:
            return super().state(row)
        numbers = row.phone_numbers.filter(enabled=True) if row.pk else []
        drifts = [f"{number.number}: {number.drift}" for number in numbers if number.drift]
        if drifts:
            return "Not in step: " + "; ".join(drifts)
        return "In step" if numbers else "No number uses it"


@admin.register(PhoneNumber)
class PhoneNumberAdmin(Synced):
    list_display = ["number", "label", "voice_profile", "records", "enabled", "state"]
    list_filter = ["enabled", "records", "trunk"]
    list_select_related = ["voice_profile"]
    search_fields = ["number", "label"]
    readonly_fields = ["state"]


@admin.register(DispatchRule)
class DispatchRuleAdmin(Synced):
    """Made and removed by the sync; here to be looked at."""

    list_display = ["number", "livekit_id", "state"]
    list_select_related = ["number"]
    fields = ["number", "livekit_id", "state"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
