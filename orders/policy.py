"""What a call must have shown before a tool may be used."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final


class Level(IntEnum):
    """How surely we know who is calling."""

    NOBODY = 0
    IDENTIFIED = 1
    CONFIRMED = 2


REQUIRED: Final[Mapping[str, Level]] = {
    "find_customer_by_order": Level.NOBODY,
    "get_order_status": Level.IDENTIFIED,
    "list_orders": Level.IDENTIFIED,
}
MOST_FAILED_ATTEMPTS: Final = 5
