"""Stands in for Deepgram's streaming recogniser on the wire, as captured from the real plugin."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import numpy as np
from aiohttp import web

from tests.vendors.faults import KEY, LATE_S, Fault

RATE: Final = 16_000
LOUD_RMS: Final = 300
# Kept before a turn: words that are cut off are misheard.
LEAD_BYTES: Final = RATE

Hear = Callable[[bytes], str]


@dataclass
class DeepgramServer:
    """Cuts turns by loudness and has ``hear`` say what they are.

    Attributes:
        asked: The query of every connection.
        silence_s: How long a turn's end takes to be noticed.
    """

    hear: Hear
    fault: Fault = ""
    url: str = ""
    silence_s: float = 0.3
    asked: list[dict[str, str]] = field(default_factory=list)
    received: list[str] = field(default_factory=list)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/v1/listen", self.listen)]

    async def listen(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(dict(request.query))
        if isinstance(self.fault, int):
            return web.Response(status=self.fault)
        if request.headers["Authorization"] != f"Token {KEY}":
            return web.Response(status=401)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        ear = Ear(self, socket)
        async for message in socket:
            if message.type == aiohttp.WSMsgType.BINARY:
                await ear.take(message.data)
            else:
                self.received.append(json.loads(message.data)["type"])
                if self.received[-1] == "CloseStream":
                    break
        return socket


class Ear:
    """One connection."""

    def __init__(self, server: DeepgramServer, socket: web.WebSocketResponse) -> None:
        self.server = server
        self.socket = socket
        self.heard = bytearray()
        self.speaking = False
        self.quiet_s = 0.0
        self.past_s = 0.0

    async def take(self, pcm: bytes) -> None:
        seconds = len(pcm) / 2 / RATE
        self.past_s += seconds
        self.heard += pcm
        samples = np.frombuffer(pcm, "<i2").astype(np.float64)
        loud = bool(np.sqrt((samples**2).mean()) > LOUD_RMS)
        self.quiet_s = 0.0 if loud else self.quiet_s + seconds
        if self.server.fault == "silent":
            return
        if loud and not self.speaking:
            self.speaking = True
            await self.send({"type": "SpeechStarted", "timestamp": self.past_s})
        elif self.speaking and self.quiet_s >= self.server.silence_s:
            await self.finish()
        elif not self.speaking:
            del self.heard[:-LEAD_BYTES]
        elif self.server.fault == "closing":
            await self.socket.close(code=aiohttp.WSCloseCode.INTERNAL_ERROR)

    async def finish(self) -> None:
        turn, self.heard, self.speaking = bytes(self.heard), bytearray(), False
        text = await asyncio.to_thread(self.server.hear, turn)
        if self.server.fault == "late":
            await asyncio.sleep(LATE_S)
        start_s = self.past_s - len(turn) / 2 / RATE
        words = [
            {"word": word, "punctuated_word": word, "confidence": 0.9}
            | {"start": start_s, "end": self.past_s}
            for word in text.split()
        ]
        await self.send(
            {
                "type": "Results",
                "metadata": {"request_id": "the-request"},
                "start": start_s,
                "duration": self.past_s - start_s,
                "is_final": True,
                "speech_final": True,
                "channel": {
                    "alternatives": [{"transcript": text, "confidence": 0.9, "words": words}]
                },
            }
        )

    async def send(self, message: dict[str, Any]) -> None:
        text = json.dumps(message)
        if not self.socket.closed:
            await self.socket.send_str(text[:-9] if self.server.fault == "garbled" else text)
