"""What we ask LiveKit to do, and the only place where Django waits for something asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol, TypeVar

import aiohttp
from asgiref.sync import async_to_sync
from django.conf import settings
from django.utils.module_loading import import_string
from livekit import api
from livekit.protocol import models as proto

from contactcenter.config import Config
from contactcenter.errors import Conflict, ContactCenterError, NotFound, Unavailable
from sip import wire
from sip.plan import Change, Found
from sip.webhooks import kind_of

TIMEOUT_S: Final = 5.0
# Rooms are asked for their participants this many at a time.
PARALLEL: Final = 8
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """Somebody in a room; hidden ones (recorder, supervisor) are listed too.

    Attributes:
        kind: ``standard``, ``sip``, ``agent``, …
    """

    identity: str
    sid: str
    kind: str
    attributes: Mapping[str, str]
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A call as LiveKit sees it now."""

    name: str
    sid: str
    created_at: datetime
    participants: tuple[Participant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """One leg to be added to a room.

    Attributes:
        trunk_id: LiveKit's id of an outbound trunk (``Trunk.livekit_id``).
        caller_number: What the person called is shown; empty for the trunk's own.
        ring_for_s: Give up after this many seconds of ringing.
    """

    room_name: str
    number: str
    identity: str
    name: str
    trunk_id: str
    attributes: Mapping[str, str]
    caller_number: str
    ring_for_s: float
    max_call_s: float


class Telephony(Protocol):
    """The telephone network; whether livekit-sip or our SIP gateway carries it shows nowhere.

    Every method may raise ``Unavailable``: no answer in time, the same request may succeed later.
    """

    def rooms(self) -> list[Room]:
        """Return all rooms; one that ends while being asked is left out."""
        ...

    def dispatch(self, *, room_name: str, agent_name: str, metadata: str = "") -> None:
        """Send another agent into a room. Not safe to repeat: each call sends one.

        Raises:
            NotFound: The room is gone.
        """
        ...

    def close_room(self, room_name: str) -> None:
        """End the call for everybody. A room that is gone is fine."""
        ...

    def remove(self, room_name: str, identity: str) -> None:
        """Make one participant leave; a telephone is hung up. One who is gone is fine."""
        ...

    def dial(self, dial: Dial) -> None:
        """Start ringing; the answer shows as the leg's ``sip.callStatus``.

        Raises:
            NotFound: There is no such trunk.
            Conflict: LiveKit refuses the request.
        """
        ...

    def trunks_and_rules(self) -> list[Found]: ...

    def apply(self, change: Change) -> str:
        """Make one change and return LiveKit's id of the thing changed.

        Raises:
            NotFound: What should be changed, or a rule's trunk, is not there.
            Conflict: LiveKit refuses it; the message says why.
        """
        ...


def translate(error: Exception) -> ContactCenterError:
    """Turn the client's exceptions into ours; LiveKit's own message is kept, no URL or token."""
    if not isinstance(error, api.ServerError):
        return Unavailable(f"LiveKit: {type(error).__name__}")
    message = f"LiveKit: {error.message or error.code}"
    if error.code == api.ServerErrorCode.NOT_FOUND:
        return NotFound(message)
    if error.code in {
        api.ServerErrorCode.INVALID_ARGUMENT,
        api.ServerErrorCode.ALREADY_EXISTS,
        api.ServerErrorCode.FAILED_PRECONDITION,
        api.ServerErrorCode.MALFORMED,
    }:
        return Conflict(message)
    return Unavailable(message)


class LiveKitTelephony:
    """Asks livekit-server over its HTTP API."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def ask(self, question: Callable[[api.LiveKitAPI], Awaitable[T]]) -> T:
        """Run one question to its end, with a client of its own.

        Raises:
            ContactCenterError: See ``translate``.
        """

        async def whole() -> T:
            # A LiveKitAPI belongs to the event loop it was made in, and every async_to_sync call
            # makes a loop of its own.
            async with api.LiveKitAPI(
                self.config.livekit_url,
                self.config.livekit_api_key,
                self.config.livekit_api_secret,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            ) as client:
                return await question(client)

        try:
            return async_to_sync(whole)()
        except (api.ServerError, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise translate(error) from None

    def rooms(self) -> list[Room]:
        return self.ask(list_rooms)

    def dispatch(self, *, room_name: str, agent_name: str, metadata: str = "") -> None:
        request = api.CreateAgentDispatchRequest(
            room=room_name, agent_name=agent_name, metadata=metadata
        )
        self.ask(lambda client: client.agent_dispatch.create_dispatch(request))

    def close_room(self, room_name: str) -> None:
        with suppress(NotFound):
            self.ask(lambda client: client.room.delete_room(api.DeleteRoomRequest(room=room_name)))

    def remove(self, room_name: str, identity: str) -> None:
        request = api.RoomParticipantIdentity(room=room_name, identity=identity)
        with suppress(NotFound):
            self.ask(lambda client: client.room.remove_participant(request))

    def dial(self, dial: Dial) -> None:
        request = api.CreateSIPParticipantRequest(
            room_name=dial.room_name,
            sip_call_to=dial.number,
            participant_identity=dial.identity,
            participant_name=dial.name,
            participant_attributes=dict(dial.attributes),
            sip_trunk_id=dial.trunk_id,
            sip_number=dial.caller_number,
            ringing_timeout=wire.duration(dial.ring_for_s),
            max_call_duration=wire.duration(dial.max_call_s),
            wait_until_answered=False,
        )
        self.ask(lambda client: client.sip.create_sip_participant(request, timeout=TIMEOUT_S))

    def trunks_and_rules(self) -> list[Found]:
        return self.ask(wire.list_all)

    def apply(self, change: Change) -> str:
        return self.ask(lambda client: wire.apply(client, change))


async def list_rooms(client: api.LiveKitAPI) -> list[Room]:
    listed = await client.room.list_rooms(api.ListRoomsRequest())
    turns = asyncio.Semaphore(PARALLEL)

    async def fill(room: proto.Room) -> Room | None:
        async with turns:
            try:
                answer = await client.room.list_participants(
                    api.ListParticipantsRequest(room=room.name)
                )
            except api.ServerError as error:
                if error.code == api.ServerErrorCode.NOT_FOUND:
                    return None
                raise
        return Room(
            name=room.name,
            sid=room.sid,
            created_at=datetime.fromtimestamp(room.creation_time, tz=UTC),
            participants=tuple(map(read_participant, answer.participants)),
        )

    rooms = await asyncio.gather(*map(fill, listed.rooms))
    return [room for room in rooms if room is not None]


def read_participant(found: proto.ParticipantInfo) -> Participant:
    return Participant(
        identity=found.identity,
        sid=found.sid,
        kind=kind_of(found),
        attributes=dict(found.attributes),
        joined_at=datetime.fromtimestamp(found.joined_at, tz=UTC),
    )


def telephony() -> Telephony:
    """Return the network that the settings name."""
    build: Callable[[Config], Telephony] = import_string(settings.TELEPHONY)
    return build(settings.CONFIG)
