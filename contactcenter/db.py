"""Database connections for processes that serve no web requests."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connections

P = ParamSpec("P")
R = TypeVar("R")


def with_fresh_connection(function: Callable[P, R]) -> Callable[P, R]:
    """Run with a connection that works, and leave none behind.

    Pool threads come and go, and a connection left open in one that went is never closed.
    """

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return wrapped
