"""Fixtures used by three or more folders: the running line and one whole call on it."""

from __future__ import annotations

from tests.telephone.line import line
from tests.telephone.story import story

__all__ = ["line", "story"]
