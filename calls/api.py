"""The internal API: what worker and recorder tell Django (docs/internal-api.md)."""

from __future__ import annotations

from io import BytesIO

from django.conf import settings
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from calls import events, segments, services
from contactcenter.api import IsProcess, IsRecorder, IsWorker


class CallStart(APIView):
    """A job answers a room: it learns what Django knows about the call. Safe to repeat."""

    permission_classes = [IsProcess]

    class Input(serializers.Serializer[None]):
        room_name = serializers.CharField(max_length=200)
        job_id = serializers.CharField(max_length=64)
        attributes = serializers.DictField(
            child=serializers.CharField(max_length=2000, allow_blank=True), default=dict
        )

    def post(self, request: Request) -> Response:
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        call = services.start_call(
            room_name=given.validated_data["room_name"],
            caller=services.Caller.of(given.validated_data["attributes"]),
        )
        words = services.greeting_of(call)
        return Response(
            {
                "call_id": str(call.id),
                "shop_name": settings.CONFIG.shop_name,
                "greeting": words.greeting,
                "disclosure": words.disclosure,
                "records": call.records,
                "transcript": services.transcript(call),
            }
        )


class EventsAppend(APIView):
    """The voice worker reports what was said and done. Safe to repeat."""

    permission_classes = [IsWorker]

    def post(self, request: Request, room_name: str) -> Response:
        stored = services.append_events(room_name=room_name, events=events.read(request.data))
        return Response({"accepted": stored}, status=status.HTTP_202_ACCEPTED)


class SegmentStore(APIView):
    """The recorder hands in the audio of one of its jobs. Safe to repeat."""

    permission_classes = [IsRecorder]

    class Headers(serializers.Serializer[None]):
        started_at = serializers.DateTimeField()
        seconds = serializers.FloatField(min_value=0, max_value=86_400)
        sha256 = serializers.RegexField(r"^[0-9a-fA-F]{64}$")

    def put(self, request: Request, room_name: str, job_id: str) -> Response:
        given = self.Headers(
            data={
                "started_at": request.headers.get("X-Started-At"),
                "seconds": request.headers.get("X-Duration"),
                "sha256": request.headers.get("X-Sha256"),
            }
        )
        given.is_valid(raise_exception=True)
        # The stream and not the body: it may be larger than the memory.
        audio = request.stream or BytesIO()
        segments.store(
            room_name=room_name,
            arrived=segments.Arrived(job_id=job_id, audio=audio, **given.validated_data),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class SegmentFailed(APIView):
    """The recorder says why a job has no audio to hand in. Safe to repeat."""

    permission_classes = [IsRecorder]

    class Input(serializers.Serializer[None]):
        reason = serializers.CharField(max_length=200)

    def post(self, request: Request, room_name: str, job_id: str) -> Response:
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        segments.note_failure(room_name=room_name, job_id=job_id, **given.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)
