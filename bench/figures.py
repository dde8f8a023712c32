"""Medians, 95th percentiles and their intervals from a list of measurements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000
SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measured quantity; intervals hold 95 % of the bootstrap's resamples."""

    name: str
    unit: str
    count: int
    p50: float
    p50_interval: tuple[float, float]
    p95: float
    goal: str = ""

    def row(self) -> str:
        low, high = self.p50_interval
        goal = f"   goal {self.goal}" if self.goal else ""
        return (
            f"{self.name:<46} n={self.count:<4} p50 {self.p50:7.2f} ({low:.2f}–{high:.2f})"  # noqa: RUF001
            f"  p95 {self.p95:7.2f} {self.unit}{goal}"
        )


def figure(name: str, values: Sequence[float], *, unit: str = "s", goal: str = "") -> Figure:
    measured = np.asarray(values, np.float64)
    if not len(measured):
        raise SystemExit(f"bench: nothing was measured for: {name}")
    random = np.random.default_rng(SEED)
    again = random.choice(measured, (RESAMPLES, len(measured)))
    low, high = np.percentile(np.median(again, axis=1), (2.5, 97.5))
    return Figure(
        name=name,
        unit=unit,
        count=len(measured),
        p50=float(np.median(measured)),
        p50_interval=(float(low), float(high)),
        p95=float(np.percentile(measured, 95)),
        goal=goal,
    )
