"""LiveKit reports what happens in rooms: verified, counted once, harmless in any order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from calls import lifecycle, services
from calls.models import Call, CallEvent
from contactcenter import rooms
from contactcenter.errors import Invalid
from sip import webhooks
from sip.webhooks import RoomEvent

# LiveKit's ids are not UUIDs; the same id always becomes the same UUID.
NAMESPACE: Final = UUID("5c1f7d0e-6a27-4c7e-9b1c-2f6f0a1c9f10")
ROOM_GONE: Final = "room_finished"
LEFT: Final = frozenset({"participant_left", "participant_connection_aborted"})
KEPT: Final = frozenset({"room_started", ROOM_GONE, "participant_joined", *LEFT})
# Why a caller's leg left the room, in our words. Not listed: the leg was only replaced.
WHY_LEFT: Final[Mapping[str, str]] = {
    "unknown_reason": "caller_hung_up",
    "client_initiated": "caller_hung_up",
    "room_deleted": "closed",
    "room_closed": "closed",
    "participant_removed": "closed",
    "user_unavailable": "caller_hung_up",
    "user_rejected": "caller_hung_up",
    "server_shutdown": "connection_lost",
    "join_failure": "connection_lost",
    "signal_close": "connection_lost",
    "sip_trunk_failure": "connection_lost",
    "connection_timeout": "connection_lost",
    "media_failure": "connection_lost",
    "agent_error": "connection_lost",
}


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    try:
        event = webhooks.read(
            request.body.decode("utf-8", errors="replace"),
            request.headers.get("Authorization", ""),
            key=settings.CONFIG.livekit_api_key,
            secret=settings.CONFIG.livekit_api_secret,
        )
        if event.kind in KEPT and rooms.is_call(event.room_name):
            take_in(event)
    except Invalid as error:
        return JsonResponse({"code": error.code, "message": str(error)}, status=error.status)
    return HttpResponse(status=204)


def take_in(event: RoomEvent) -> None:
    """Store the event and draw its consequences, unless this was done before."""
    with transaction.atomic():
        caller = (
            services.Caller.of(event.attributes, event.participant_identity)
            if services.is_callers_leg(event.participant_kind, event.attributes)
            else None
        )
        call = services.start_call(room_name=event.room_name, caller=caller)
        _, new = CallEvent.objects.get_or_create(
            event_id=uuid5(NAMESPACE, event.event_id),
            defaults={
                "call": call,
                "kind": event.kind,
                "detail": {
                    "identity": event.participant_identity,
                    "participant": event.participant_kind,
                    "reason": event.reason,
                },
                "happened_at": event.happened_at,
            },
        )
        if new:
            draw_consequences(call, event)


def draw_consequences(call: Call, event: RoomEvent) -> None:
    if event.kind == ROOM_GONE:
        lifecycle.end(call.id, because=ROOM_GONE, at=event.happened_at)
    elif event.kind in LEFT and event.participant_identity == call.caller_identity:
        because = WHY_LEFT.get(event.reason)
        if because:
            lifecycle.end(call.id, because=because, at=event.happened_at)
