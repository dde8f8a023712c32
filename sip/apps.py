"""Registers the app with Django."""

from __future__ import annotations

from django.apps import AppConfig


class SipConfig(AppConfig):
    name = "sip"
    verbose_name = "Telephone"
