"""Addresses of calls: the internal API, LiveKit's webhook, the audio of a recording."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from calls import api, playback, webhooks

JOB = r"^internal/calls/(?P<room_name>[^/]+)/recording/(?P<job_id>[A-Za-z0-9_-]{1,64})"

urlpatterns: list[URLPattern] = [
    path("internal/calls/", api.CallStart.as_view()),
    path("internal/calls/<str:room_name>/events/", api.EventsAppend.as_view()),
    re_path(f"{JOB}/$", api.SegmentStore.as_view()),
    re_path(f"{JOB}/failed/$", api.SegmentFailed.as_view()),
    path("livekit/webhook/", webhooks.receive),
    path("calls/<uuid:call_id>/recording", playback.recording, name="recording"),
]
