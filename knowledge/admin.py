"""Where policy editors write, publish and withdraw what callers are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now

from contactcenter.errors import ContactCenterError, Invalid
from knowledge import indexing, services
from knowledge.models import PolicyDocument, PolicyPassage, PolicyVersion


class DocumentForm(forms.ModelForm[PolicyDocument]):
    """A document with its latest version's text; another text or time makes another version."""

    NEW_VERSION: ClassVar = frozenset({"text", "effective_from", "effective_until"})

    text = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 30, "cols": 100}),
        help_text="Markdown. Each section is found and read out by itself: short sentences.",
    )
    reason = forms.CharField(max_length=200, required=False)
    effective_from = forms.SplitDateTimeField(
        required=False,
        widget=AdminSplitDateTime,
        help_text="Empty: as soon as it is published.",
    )
    effective_until = forms.SplitDateTimeField(
        required=False,
        widget=AdminSplitDateTime,
        help_text="Empty: until another version takes over.",
    )
    publish_now = forms.BooleanField(required=False, label="Publish this text")

    class Meta:
        model = PolicyDocument
        fields = ["title", "slug", "kind"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        latest = self.instance.versions.first() if self.instance.pk else None
        self.fields["text"].initial = latest.text if latest else ""

    def clean(self) -> None:
        super().clean()
        data = self.cleaned_data
        try:
            services.cut(data.get("text", ""), document=data.get("slug", ""))
        except Invalid as error:
            self.add_error("text", str(error))
        starts, ends = data.get("effective_from") or now(), data.get("effective_until")
        if ends is not None and ends <= starts:
            self.add_error("effective_until", "A version must end after it starts.")


class VersionLines(admin.TabularInline[PolicyVersion, PolicyDocument]):
    model = PolicyVersion
    fields = readonly_fields = (
        *("number", "current_state", "effective_from", "effective_until", "author", "reason"),
    )
    ordering = ["-number"]
    extra = 0
    can_delete = False
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[PolicyVersion]:
        return super().get_queryset(request).select_related("author")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description="state")
    def current_state(self, version: PolicyVersion) -> str:
        return version.state(now())


@admin.register(PolicyDocument)
class PolicyDocumentAdmin(admin.ModelAdmin[PolicyDocument]):
    form = DocumentForm
    list_display = ["title", "kind", "slug"]
    list_filter = ["kind"]
    search_fields = ["title", "slug", "versions__text"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [VersionLines]

    def get_fields(self, request: HttpRequest, obj: PolicyDocument | None = None) -> Any:
        if self.has_change_permission(request, obj):
            return super().get_fields(request, obj)
        # The others belong to the form alone; what the document says is in its versions.
        return ["title", "kind", "slug"]

    def get_readonly_fields(
        self, request: HttpRequest, obj: PolicyDocument | None = None
    ) -> list[str]:
        # Passages are recognised by the slug of their document.
        return ["slug"] if obj else []

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: PolicyDocument | None = None
    ) -> dict[str, Any]:
        return {} if obj else {"slug": ["title"]}

    def save_model(
        self, request: HttpRequest, obj: PolicyDocument, form: DocumentForm, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        # The title is part of every passage's source.
        transaction.on_commit(indexing.refresh_snapshot, robust=True)
        data = form.cleaned_data
        latest = obj.versions.first()
        if latest is None or form.NEW_VERSION & set(form.changed_data):
            assert isinstance(request.user, AbstractBaseUser)
            latest = services.revise(
                obj,
                text=data["text"],
                author=request.user,
                reason=data["reason"],
                effective_from=data["effective_from"],
                effective_until=data["effective_until"],
            )
        if data["publish_now"]:
            for_each(self, request, [latest], services.publish, "published")


class PassageLines(admin.TabularInline[PolicyPassage, PolicyVersion]):
    model = PolicyPassage
    fields = readonly_fields = ("source", "text", "passage_id")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(PolicyVersion)
class PolicyVersionAdmin(admin.ModelAdmin[PolicyVersion]):
    list_display = [
        *("document", "number", "current_state", "effective_from", "effective_until"),
        *("author", "reason"),
    ]
    list_filter = ["document"]
    list_select_related = ["document", "author"]
    fields = readonly_fields = (
        *("document", "number", "current_state", "effective_from", "effective_until"),
        *("author", "reason", "created_at", "published_at", "withdrawn_at", "text"),
    )
    inlines = [PassageLines]
    actions = ["publish", "withdraw"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        nothing_to_save = {"show_save": False, "show_save_and_continue": False}
        return super().change_view(
            request, object_id, form_url, nothing_to_save | (extra_context or {})
        )

    @admin.display(description="state")
    def current_state(self, version: PolicyVersion) -> str:
        return version.state(now())

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[PolicyVersion]) -> None:
        for_each(self, request, queryset, services.publish, "published")

    @admin.action(description="Withdraw at once", permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[PolicyVersion]) -> None:
        for_each(self, request, queryset, services.withdraw, "withdrawn")


def for_each(
    shown_by: admin.ModelAdmin[Any],
    request: HttpRequest,
    versions: QuerySet[PolicyVersion] | list[PolicyVersion],
    change: Callable[[int], object],
    done: str,
) -> None:
    for version in versions:
        try:
            change(version.pk)
        except ContactCenterError as error:
            shown_by.message_user(request, f"{version}: {error}", messages.ERROR)
        else:
            shown_by.message_user(request, f"{version} is {done}.", messages.SUCCESS)
