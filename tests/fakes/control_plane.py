"""A control plane in memory, which can be down."""

from __future__ import annotations

from agents.voice.control_plane import CallBriefing, Event
from contactcenter.errors import Invalid, Unavailable


class FakeControlPlane:
    """Implements ``ControlPlane``; keeps what Django would have stored."""

    def __init__(self) -> None:
        self.down = False
        self.refuses: set[str] = set()
        self.stored: dict[str, Event] = {}
        self.deliveries: list[list[str]] = []
        self.closed = False

    async def start_call(
        self, *, room_name: str, job_id: str, attributes: dict[str, str]
    ) -> CallBriefing:
        if self.down:
            raise Unavailable("control plane: down")
        return CallBriefing(
            call_id="call-1",
            shop_name="Willow and Wren",
            greeting="Thank you for calling.",
            disclosure="I am an AI assistant.",
            records=False,
            transcript=(),
        )

    async def send_events(self, room_name: str, events: list[Event]) -> None:
        if self.down:
            raise Unavailable("control plane: down")
        if any(event.kind in self.refuses for event in events):
            raise Invalid("control plane refuses: 400")
        self.deliveries.append([event.kind for event in events])
        for event in events:
            self.stored.setdefault(event.event_id, event)

    async def close(self) -> None:
        self.closed = True

    def kinds(self) -> list[str]:
        return [event.kind for event in sorted(self.stored.values(), key=lambda e: e.sequence)]
