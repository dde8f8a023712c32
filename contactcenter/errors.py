"""Errors every app may raise and every adapter knows how to answer.

* ContactCenterError
  * Invalid              the request itself is wrong (HTTP 400)
  * NotFound             the thing named does not exist (HTTP 404)
  * Conflict             the request is valid, but not in the current state (409)
    * TransitionRefused  a state machine does not allow the move
  * Unavailable          a vendor or LiveKit did not answer in time (503, retry)
  * Misconfigured        a setting is missing or contradictory (raised at start-up)
"""

from __future__ import annotations

from typing import ClassVar


class ContactCenterError(Exception):
    """Anything that this product raises on purpose."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500


class Invalid(ContactCenterError):
    """The request itself is wrong; the message says what to change."""

    code = "invalid"
    status = 400


class NotFound(ContactCenterError):
    """The thing named does not exist, or is not the asker's."""

    code = "not_found"
    status = 404


class Conflict(ContactCenterError):
    """The request is valid, but not in the current state."""

    code = "conflict"
    status = 409


class TransitionRefused(Conflict):
    """A state machine does not allow the move."""

    code = "transition_refused"


class Unavailable(ContactCenterError):
    """A vendor or LiveKit did not answer in time; the same request may succeed later."""

    code = "unavailable"
    status = 503


class Misconfigured(ContactCenterError):
    """A setting is missing or contradictory; raised at start-up and names the variable."""

    code = "misconfigured"
