"""Calls as a supervisor looks at them: nothing here can be changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from calls import page
from calls.models import Call, Recording


@admin.register(Call)
class CallAdmin(admin.ModelAdmin[Call]):
    list_display = ["caller", "status", "called_number", "began", "length", "recorded"]
    list_filter = ["state", "outcome", "started_at", "recording__integrity"]
    search_fields = ["caller_number", "called_number", "room_name", "sip_call_id"]
    search_help_text = "Number of the caller or the line, or the name of the room"
    list_per_page = 50
    list_select_related = ["recording"]
    date_hierarchy = "started_at"
    actions = None
    change_form_template = "calls/call.html"

    class Media:
        css = {"all": ["calls/calls.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description="caller", ordering="caller_number")
    def caller(self, call: Call) -> str:
        return call.caller_number or "unknown"

    @admin.display(description="state", ordering="state")
    def status(self, call: Call) -> SafeString:
        return status_badge(call)

    @admin.display(description="started", ordering="started_at")
    def began(self, call: Call) -> str:
        return f"{call.started_at:%d %b %Y, %H:%M}"

    @admin.display(description="duration")
    def length(self, call: Call) -> str:
        return minutes(call.duration)

    @admin.display(description="recording", ordering="recording__integrity")
    def recorded(self, call: Call) -> SafeString | str:
        found: Recording | None = getattr(call, "recording", None)
        return integrity_badge(found) if found else ""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"title": "Calls", **(extra_context or {})})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        call: Call = context["original"]
        shown = page.of(call, hears=request.user.has_perm("calls.hear_recording"))
        context |= {
            "title": call.caller_number or "Unknown caller",
            "subtitle": None,
            "page": shown,
            "status": status_badge(call),
            "duration": minutes(call.duration),
            "why": call.end_reason.replace("_", " "),
            "integrity": integrity_badge(shown.recording) if shown.recording else "",
        }
        return super().render_change_form(request, context, *args, **kwargs)


def status_badge(call: Call) -> SafeString:
    if call.is_live:
        return format_html('<span class="badge live">live</span> {}', call.state)
    kind = call.outcome.replace(" ", "-")
    return format_html('<span class="badge {}">{}</span>', kind, call.outcome)


def integrity_badge(recording: Recording) -> SafeString:
    word = recording.integrity if recording.state == "ready" else recording.state
    return format_html('<span class="badge recording-{}">{}</span>', word, word)


def minutes(time: timedelta) -> str:
    whole, seconds = divmod(int(time.total_seconds()), 60)
    hours, whole = divmod(whole, 60)
    return f"{hours}:{whole:02d}:{seconds:02d}" if hours else f"{whole}:{seconds:02d}"
