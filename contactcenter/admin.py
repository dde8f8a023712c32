"""How the admin presents itself, and users as an administrator may edit them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

admin.site.site_header = settings.CONFIG.shop_name
admin.site.site_title = "Contact centre"
admin.site.index_title = "Contact centre"
admin.site.site_url = None

# Groups are the roles; a migration makes them, and code relies on their names.
admin.site.unregister(Group)
admin.site.unregister(User)


@admin.register(User)
class PeopleAdmin(UserAdmin[User]):
    """Who makes users cannot make or change somebody who may do more than any role."""

    list_display = ["username", "full_name", "roles", "is_active", "last_login"]
    list_filter = ["groups", "is_active"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("Role", {"fields": ["is_active", "groups"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "usable_password", "password1", "password2"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description="role")
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and may_touch(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        # Nobody gives themselves another role, or locks themselves out.
        if obj is None or obj.is_superuser or obj.pk != request.user.pk:
            return []
        return ["is_active", "groups"]

    def save_model(
        self, request: HttpRequest, obj: User, form: ModelForm[Any], change: bool
    ) -> None:
        # Everybody here logs in to the admin; what they see there depends on the role.
        obj.is_staff = True
        super().save_model(request, obj, form, change)


def may_touch(request: HttpRequest, obj: User | None) -> bool:
    asked_by_superuser = isinstance(request.user, User) and request.user.is_superuser
    return asked_by_superuser or not (obj is not None and obj.is_superuser)
