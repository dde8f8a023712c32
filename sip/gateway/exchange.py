"""What all legs of this process share, and the words for how a leg ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from livekit import rtc

from contactcenter.config import Config
from sip.gateway.agent import UserAgent
from sip.gateway.bus import Bus
from sip.gateway.digest import Digest
from sip.gateway.media import Studio
from sip.gateway.rtp import Clock, Ports

if TYPE_CHECKING:
    from sip.gateway.leg import Leg

LEAST_AFFINITY: Final = 0.05


class Ending(StrEnum):
    """Why a leg is over."""

    HUNG_UP = "hung_up"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    ROOM_CLOSED = "room_closed"
    TRANSFERRED = "transferred"
    MEDIA_TIMEOUT = "media_timeout"
    TOO_LONG = "too_long"
    FAILED = "failed"
    SHUTDOWN = "shutdown"


# What the room is told; livekit-server passes on no other reasons than these.
REASONS: Final = dict.fromkeys(Ending, rtc.DisconnectReason.CLIENT_INITIATED) | {
    Ending.BUSY: rtc.DisconnectReason.USER_REJECTED,
    Ending.NO_ANSWER: rtc.DisconnectReason.USER_UNAVAILABLE,
    Ending.UNREACHABLE: rtc.DisconnectReason.SIP_TRUNK_FAILURE,
}
REJECTIONS: Final = frozenset({486, 600, 603})
ABSENCES: Final = frozenset({408, 480, 487})


def ending_of(sip_status: int) -> Ending:
    """What a refused outbound call means to the room."""
    if sip_status in REJECTIONS:
        return Ending.BUSY
    return Ending.NO_ANSWER if sip_status in ABSENCES else Ending.UNREACHABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds after which a leg is given up.

    Attributes:
        first_media_s: From the answer to the first packet of audio.
        media_s: Between packets; a call on hold is not counted.
    """

    ringing_s: float = 180.0
    call_s: float = 86_400.0
    first_media_s: float = 30.0
    media_s: float = 15.0


@dataclass(slots=True, kw_only=True)
class Exchange:
    """The process's sockets, ports, clock and living legs."""

    config: Config
    agent: UserAgent
    bus: Bus
    studio: Studio
    clock: Clock
    ports: Ports
    digest: Digest
    limits: Limits = field(default_factory=Limits)
    legs: dict[str, Leg] = field(default_factory=dict)
    draining: bool = False

    @property
    def is_full(self) -> bool:
        return self.draining or len(self.legs) >= self.config.sip_max_calls

    def affinity(self) -> float | None:
        """How gladly another leg is taken; None for not at all."""
        if self.is_full:
            return None
        return max(LEAST_AFFINITY, 1 - len(self.legs) / self.config.sip_max_calls)
