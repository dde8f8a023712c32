"""Serves the audio of a recording to those who may hear it, in ranges so that a player can seek."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import resolve_url
from django.views.decorators.http import require_safe

from calls.models import Recording, RecordingState

CHUNK_BYTES: Final = 1 << 16
RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Bytes ``first`` to ``last`` inclusive."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class Unsatisfiable(Exception):
    """The range lies outside the file."""


@require_safe
async def recording(request: HttpRequest, call_id: UUID) -> HttpResponseBase:
    user = await request.auser()
    if not user.is_authenticated:
        return redirect_to_login(request.get_full_path(), resolve_url("admin:login"))
    if not (user.is_staff and await user.ahas_perm("calls.hear_recording")):
        raise PermissionDenied
    found = await Recording.objects.filter(call_id=call_id, state=RecordingState.READY).afirst()
    if found is None or not found.file or not found.path.is_file():
        raise Http404("there is no recording of this call")
    size = found.path.stat().st_size
    try:
        span = read_range(request.headers.get("Range", ""), size)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    if span is None or span.first == 0:
        logger.info("recording heard", extra={"call_id": str(call_id), "user_id": user.pk})
    return respond(request, found.path, span, size)


def read_range(header: str, size: int) -> Span | None:
    """Return the one range asked for; None means the whole file, also for what we do not support.

    Raises:
        Unsatisfiable: There is nothing in that range.
    """
    match = RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        span = Span(first=max(0, size - int(last)), last=size - 1)
    else:
        span = Span(first=int(first), last=min(int(last or size), size - 1))
    if span.first >= size or (last and first and int(last) < int(first)):
        raise Unsatisfiable
    return span


def respond(request: HttpRequest, path: Path, span: Span | None, size: int) -> HttpResponseBase:
    whole = Span(first=0, last=size - 1)
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type="audio/ogg")
    else:
        response = StreamingHttpResponse(read(path, span or whole), content_type="audio/ogg")
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Length"] = str((span or whole).length)
    if span is not None:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {span.first}-{span.last}/{size}"
    return response


async def read(path: Path, span: Span) -> AsyncIterator[bytes]:
    left = span.length
    with await asyncio.to_thread(path.open, "rb") as file:
        file.seek(span.first)
        while left and (chunk := await asyncio.to_thread(file.read, min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk
