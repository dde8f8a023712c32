"""Cartesia as voice."""

from __future__ import annotations

from livekit.plugins import cartesia

from contactcenter.config import Config


def build(config: Config) -> cartesia.TTS:
    vendor = config.vendors
    return cartesia.TTS(
        model=vendor.cartesia_model,
        voice=vendor.cartesia_voice,
        api_key=vendor.cartesia_api_key,
        base_url=vendor.cartesia_url or "https://api.cartesia.ai",
    )
