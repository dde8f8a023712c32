"""Voice profiles and the roster in the admin."""

from __future__ import annotations

from django.contrib import admin

from agents.models import HumanAgent, VoiceProfile


@admin.register(VoiceProfile)
class VoiceProfileAdmin(admin.ModelAdmin[VoiceProfile]):
    list_display = ["name", "greeting", "discloses_ai", "voice"]
    search_fields = ["name", "greeting"]


@admin.register(HumanAgent)
class HumanAgentAdmin(admin.ModelAdmin[HumanAgent]):
    list_display = ["display_name", "user"]
    list_select_related = ["user"]
    search_fields = ["display_name", "user__username"]
    autocomplete_fields = ["user"]
