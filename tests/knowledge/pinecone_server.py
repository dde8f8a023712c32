"""Stands in for Pinecone on the wire, as captured from the real client 10.2.0."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from aiohttp import web

from tests.vendors.faults import Fault, open_site


@dataclass
class PineconeServer:
    """A namespace with vectors; ``fault`` makes it answer wrongly.

    Attributes:
        asked: Path, API key and body of every request.
        fault: An HTTP status to answer with, or "silent".
    """

    vectors: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str | None, dict[str, Any]]] = field(default_factory=list)
    fault: Fault = ""
    url: str = ""

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/{path:.*}", self.answer)]

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append((request.path, request.headers.get("Api-Key"), body))
        if self.fault == "silent":
            await asyncio.Event().wait()
        if isinstance(self.fault, int):
            return web.json_response({"code": 2, "message": "no", "details": []}, status=self.fault)
        if request.path == "/vectors/upsert":
            self.vectors |= {vector["id"]: vector for vector in body["vectors"]}
            return web.json_response({"upsertedCount": len(body["vectors"])})
        return web.json_response(self.nearest(body))

    def nearest(self, body: dict[str, Any]) -> dict[str, Any]:
        allowed = body["filter"]["version_id"]["$in"]
        matches = [
            {
                "id": vector["id"],
                "score": float(np.dot(vector["values"], body["vector"])),
                "values": [],
                "metadata": vector["metadata"],
            }
            for vector in self.vectors.values()
            if vector["metadata"].get("version_id") in allowed
        ]
        matches.sort(key=lambda match: -match["score"])
        return {
            "matches": matches[: body["topK"]],
            "namespace": body["namespace"],
            "usage": {"readUnits": 5},
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        runner = await open_site(self)
        try:
            yield self.url
        finally:
            await runner.cleanup()
