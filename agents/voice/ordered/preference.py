"""Which of a role's engines to use: in the order of the settings, but not one that just failed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from contactcenter.providers import Role

logger = logging.getLogger(__name__)

# Trying an engine that hangs costs the caller seconds; once a minute is often enough.
REST_S: Final = 60.0

Engine = TypeVar("Engine")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFailed:
    """An engine let us down and the next one takes over.

    Attributes:
        error: The type of the error; its text may quote the caller.
    """

    role: Role
    provider: str
    error: str


class Preference(Generic[Engine]):
    """A role's engines by name.

    Attributes:
        tell: Called with every failure.
    """

    def __init__(self, role: Role, engines: Sequence[tuple[str, Engine]]) -> None:
        self.role = role
        self.engines = tuple(engines)
        self.tell: Callable[[EngineFailed], None] = lambda failed: None
        self._resting_until: dict[str, float] = {}

    @property
    def first(self) -> Engine:
        """The engine that the next request goes to."""
        return self.usable()[0][1]

    def usable(self) -> list[tuple[str, Engine]]:
        """Return those that may be asked now; all of them if all have failed."""
        now = time.monotonic()
        rested = [pair for pair in self.engines if self._resting_until.get(pair[0], 0.0) <= now]
        return rested or list(self.engines)

    def failed(self, name: str, error: Exception) -> None:
        """Leave an engine out for a while."""
        self._resting_until[name] = time.monotonic() + REST_S
        kind = type(error).__name__
        logger.warning("engine failed", extra={"role": self.role, "provider": name, "reason": kind})
        self.tell(EngineFailed(role=self.role, provider=name, error=kind))
