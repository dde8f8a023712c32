"""Stands in for Cartesia's voices on the wire, as captured from the real plugin."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
from aiohttp import web

from tests.vendors.faults import KEY, LATE_S, Fault

CHUNK_BYTES: Final = 4800

Say = Callable[[str], bytes]


@dataclass
class CartesiaServer:
    """Has ``say`` turn each transcript into 24 kHz 16-bit PCM.

    Attributes:
        asked: Every message.
    """

    say: Say
    fault: Fault = ""
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def transcripts(self) -> list[str]:
        return [text for message in self.asked if (text := message["transcript"].strip())]

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/tts/websocket", self.speak), web.post("/tts/bytes", self.speak_at_once)]

    def refusal(self, request: web.Request) -> web.Response | None:
        if isinstance(self.fault, int):
            return web.Response(status=self.fault)
        return None if request.headers["X-API-Key"] == KEY else web.Response(status=401)

    async def speak_at_once(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.json())
        if refusal := self.refusal(request):
            return refusal
        return web.Response(body=await asyncio.to_thread(self.say, self.asked[-1]["transcript"]))

    async def speak(self, request: web.Request) -> web.StreamResponse:
        if refusal := self.refusal(request):
            return refusal
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type == aiohttp.WSMsgType.TEXT:
                await self.answer(socket, json.loads(message.data))
        return socket

    async def answer(self, socket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        self.asked.append(asked)
        if self.fault == "silent":
            return
        if self.fault == "late":
            await asyncio.sleep(LATE_S)
        context = {"context_id": asked["context_id"]}
        if text := asked["transcript"].strip():
            sound = await asyncio.to_thread(self.say, text)
            for at in range(0, len(sound), CHUNK_BYTES):
                data = base64.b64encode(sound[at : at + CHUNK_BYTES]).decode()
                await self.send(socket, context | {"type": "chunk", "data": data, "done": False})
                if self.fault == "closing":
                    await socket.close(code=aiohttp.WSCloseCode.INTERNAL_ERROR)
        if not asked["continue"]:
            await self.send(socket, context | {"type": "done", "done": True})

    async def send(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        text = json.dumps(message)
        if not socket.closed:
            await socket.send_str(text[:-9] if self.fault == "garbled" else text)
