"""Numbers and trunks in the admin, with what LiveKit has of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from sip import services
from sip.models import PhoneNumber, SyncedRow, Trunk


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

    def clean(self) -> dict[str, Any]:
        """Put the password on the row before the row checks itself."""
        given = super().clean() or self.cleaned_data
        if given.get("forget_password"):
            given["username"] = self.instance.password = ""
        elif new := given.get("new_password"):
            self.instance.password = new
        return given


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
    list_select_related = ["voice_profile", "dispatch_rule"]
    search_fields = ["number", "label"]
    readonly_fields = ["state"]

    @admin.display(description="state")
    def state(self, row: SyncedRow) -> str:
        """A number is in step when both its trunk and its rule are."""
        assert isinstance(row, PhoneNumber)
        rule = getattr(row, "dispatch_rule", None)
        return super().state(row if row.drift or rule is None else rule)
