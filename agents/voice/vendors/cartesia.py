"""Cartesia as voice."""

from __future__ import annotations

from livekit.plugins import cartesia

from contactcenter.config import Config


class CartesiaTTS(cartesia.TTS):
    """With the speed as the other voices have it."""

    @property
    def speed(self) -> float:
        return float(self._opts.speed or 1.0)

    @speed.setter
    def speed(self, speed: float) -> None:
        self.update_options(speed=speed)


def build(config: Config) -> CartesiaTTS:
    vendor = config.vendors
    return CartesiaTTS(
        model=vendor.cartesia_model,
        voice=vendor.cartesia_voice,
        api_key=vendor.cartesia_api_key,
        base_url=vendor.cartesia_url or "https://api.cartesia.ai",
    )
