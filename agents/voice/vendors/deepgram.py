"""Deepgram as speech recogniser."""

from __future__ import annotations

from livekit.plugins import deepgram

from contactcenter.config import Config


def build(config: Config) -> deepgram.STT:
    vendor = config.vendors
    base = vendor.deepgram_url or "https://api.deepgram.com"
    return deepgram.STT(
        model=vendor.deepgram_model,
        language="en-US",
        api_key=vendor.deepgram_api_key,
        base_url=f"{base}/v1/listen",
        sample_rate=16_000,
    )
