"""Where voice workers on other machines fetch the policies that count."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.views import APIView

from knowledge import indexing, snapshot


class PolicySnapshot(APIView):
    """The snapshot file; a worker that has this one already is told so (304)."""

    def get(self, request: Request) -> HttpResponse:
        content = indexing.refresh_snapshot().read_bytes()
        # The tag is the content's own, so that it fits even if the file is replaced meanwhile.
        etag = f'"{snapshot.digest_of(content)}"'
        if etag in parse_etags(request.headers.get("If-None-Match", "")):
            return HttpResponse(status=304, headers={"ETag": etag})
        return HttpResponse(
            content, content_type="application/octet-stream", headers={"ETag": etag}
        )
