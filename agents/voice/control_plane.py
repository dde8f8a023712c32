"""What the worker may ask of Django, and the HTTP client that asks it.

Django may be away for minutes: nothing here is on the audio path, every request has a timeout,
and each is safe to repeat.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol
from urllib.parse import quote

import aiohttp
from yarl import URL

from contactcenter.config import Config
from contactcenter.errors import Invalid, Unavailable

TIMEOUT_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing said earlier in the call. ``speaker``: caller, voice_agent or human_agent."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBriefing:
    """What Django knows about a call when a job asks.

    Attributes:
        greeting: Spoken first, after the disclosure; from the number's voice profile.
        disclosure: Says that this is an AI and whether the call is recorded; spoken by code.
        transcript: Empty for a new call; what was said so far when a job replaces a dead one.
    """

    call_id: str
    shop_name: str
    greeting: str
    disclosure: str
    records: bool
    transcript: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened, as ``POST /internal/calls/<room>/events/`` takes it (a JSON list).

    Attributes:
        event_id: UUID; a repeat is ignored by Django.
        job_id: LiveKit's job that saw it.
        sequence: Counts from 1 within the job.
        kind: See ``docs/events.md``.
        happened_at: ISO 8601 with offset.
    """

    event_id: str
    job_id: str
    sequence: int
    kind: str
    detail: dict[str, Any]
    happened_at: str


class ControlPlane(Protocol):
    """Django as seen from the worker."""

    async def start_call(
        self, *, room_name: str, job_id: str, attributes: dict[str, str]
    ) -> CallBriefing:
        """Tell Django of the call and learn what it knows. Repeats return the same call.

        Args:
            room_name: LiveKit room.
            job_id: LiveKit job that answers.
            attributes: The caller's ``sip.*`` attributes (may be empty).

        Raises:
            Unavailable: No answer in time.
        """
        ...

    async def send_events(self, room_name: str, events: list[Event]) -> None:
        """Deliver events, at least once.

        Raises:
            Unavailable: No answer in time; send the same events again later.
            Invalid: Django refuses them for good; sending again is useless.
        """
        ...

    async def close(self) -> None: ...


class HttpControlPlane:
    """Implements ``ControlPlane`` over Django's internal API (docs/internal-api.md)."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self.headers = {"Authorization": f"Bearer {token}"}
        self._session: aiohttp.ClientSession | None = None

    async def start_call(
        self, *, room_name: str, job_id: str, attributes: dict[str, str]
    ) -> CallBriefing:
        told = await self._post(
            "/internal/calls/",
            {"room_name": room_name, "job_id": job_id, "attributes": attributes},
        )
        try:
            return CallBriefing(
                call_id=told["call_id"],
                shop_name=told["shop_name"],
                greeting=told["greeting"],
                disclosure=told["disclosure"],
                records=told["records"],
                transcript=tuple(
                    Line(speaker=line["speaker"], text=line["text"]) for line in told["transcript"]
                ),
            )
        except (KeyError, TypeError) as error:
            # Another release of Django, or something else at its address.
            raise Unavailable(f"control plane: {type(error).__name__}") from None

    async def send_events(self, room_name: str, events: list[Event]) -> None:
        await self._post(
            f"/internal/calls/{quote(room_name, safe='')}/events/",
            [asdict(event) for event in events],
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, path: str, body: Any) -> Any:
        if self._session is None:
            # A session belongs to the event loop it is used in, so it is made on first use.
            self._session = aiohttp.ClientSession(
                headers=self.headers, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)
            )
        try:
            async with self._session.post(URL(self.url + path, encoded=True), json=body) as answer:
                if answer.status in {400, 404, 409, 413}:
                    raise Invalid(f"control plane refuses: {answer.status}")
                if answer.status >= 300:
                    raise Unavailable(f"control plane: {answer.status}")
                return await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            # The error may quote the URL and headers; name only its type.
            raise Unavailable(f"control plane: {type(error).__name__}") from None


def build(config: Config) -> HttpControlPlane:
    return HttpControlPlane(config.web_url, config.worker_token)
