"""`make call`: places one telephone call to the running line and prints both sides' words."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import psycopg

from agents.voice.local.moonshine import Moonshine
from contactcenter.config import ROOT
from contactcenter.errors import ContactCenterError
from sip.gateway.call import Refused
from sip.gateway.phone import Phone
from tools import caller_voice, machine

CALLER: Final = "+15550142"
SCRIPT: Final = (
    "Hello, where is my order W 1 0 0 1?",
    "nine four one one zero",
    "How many days do I have to return something?",
    "No, thank you. Goodbye.",
)
ZIP, GOODBYE = SCRIPT[1], SCRIPT[3]
AUDIBLE_RMS: Final = 150
PHONE_RATE: Final = 8000
TURN_SILENCE_S: Final = 1.0
NEWEST_CALL: Final = """
    SELECT id FROM calls_call
    WHERE caller_number = %s AND started_at > now() - %s * interval '1 second'
    ORDER BY started_at DESC LIMIT 1
"""
# A call in which nobody speaks for this long is over.
PATIENCE_S: Final = 20.0


class Transcriber:
    """Cuts what the telephone hears into turns and writes them down."""

    def __init__(self, ear: Moonshine) -> None:
        self.ear = ear
        self.turn = bytearray()
        self.began_at = 0.0
        self.loud_at = 0.0
        self.turns: asyncio.Queue[tuple[float, str]] = asyncio.Queue()

    async def follow(self, phone: Phone) -> None:
        async for frame in phone.heard():
            await self._hear(frame)
        await self._finish()

    async def _hear(self, frame: bytes) -> None:
        now = time.monotonic()
        samples = np.frombuffer(frame, "<i2").astype(np.float64)
        if np.sqrt((samples**2).mean()) > AUDIBLE_RMS:
            if not self.turn:
                self.began_at = now
            self.loud_at = now
        elif self.turn and now - self.loud_at > TURN_SILENCE_S:
            await self._finish()
            return
        if self.turn or self.loud_at == now:
            self.turn += frame

    async def _finish(self) -> None:
        if not self.turn:
            return
        samples = np.frombuffer(bytes(self.turn), "<i2") / np.float32(32768)
        self.turn.clear()
        fine = np.interp(np.arange(2 * len(samples)) / 2, np.arange(len(samples)), samples)
        text = await asyncio.to_thread(self.ear.hear, fine.astype(np.float32))
        await self.turns.put((self.began_at, text))


class Demonstration:
    """One call; ``started`` is the moment of the answer, from which the times count."""

    def __init__(
        self, sentences: Sequence[str], *, follow_up: bool, login: tuple[str, str] | None
    ) -> None:
        self.login = login
        self.sentences = list(sentences)
        self.follow_up = follow_up
        self.started = time.monotonic()

    def show(self, at: float, who: str, text: str) -> None:
        print(f"{max(0.0, at - self.started):6.1f} s  {who:<7} {text}", flush=True)

    async def hold(self, address: str, ear: Moonshine) -> None:
        async with Phone(number=CALLER, login=self.login) as phone:
            dialled = time.monotonic()
            print(f"Dialling {address} …", flush=True)
            await phone.dial(address)
            self.started = time.monotonic()
            print(f"Answered after {self.started - dialled:.1f} s.", flush=True)
            transcriber = Transcriber(ear)
            following = asyncio.create_task(transcriber.follow(phone))
            try:
                await self._talk(phone, transcriber)
            finally:
                await phone.hang_up()
                await following
                self._show_rest(transcriber)

    async def _talk(self, phone: Phone, transcriber: Transcriber) -> None:
        while not phone.over.is_set():
            listening = asyncio.create_task(transcriber.turns.get())
            over = asyncio.create_task(phone.over.wait())
            await asyncio.wait(
                {listening, over}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED
            )
            over.cancel()
            if not listening.done():
                listening.cancel()
                return
            at, text = listening.result()
            self.show(at, "agent", text)
            if sentence := self._next(text):
                self.show(time.monotonic(), "caller", sentence)
                await phone.say(caller_voice.speak(sentence).tobytes(), rate=PHONE_RATE)

    def _show_rest(self, transcriber: Transcriber) -> None:
        """Print what was heard in the moment before the other side hung up."""
        while not transcriber.turns.empty():
            at, text = transcriber.turns.get_nowait()
            self.show(at, "agent", text)

    def _next(self, heard: str) -> str:
        """Return the next sentence; one given by SAY is followed by what it needs."""
        if self.sentences:
            return self.sentences.pop(0)
        if not self.follow_up:
            return ""
        if "zip" in heard.lower():
            return ZIP
        self.follow_up = False
        return GOODBYE


def page_of_call(env: dict[str, str], since: float) -> str:
    """Return the address of the newest call's page, once Django knows the call."""
    try:
        with psycopg.connect(env["DATABASE_URL"], connect_timeout=3) as db:
            row = db.execute(NEWEST_CALL, (CALLER, time.monotonic() - since + 5)).fetchone()
    except psycopg.OperationalError:
        row = None
    return f"{env['WEB_URL']}/admin/calls/call/{row[0]}/change/" if row else ""


def main() -> int:
    var = Path(os.environ.get("VAR_DIR", ROOT / "var"))
    if not (var / "secrets.toml").exists():
        print("The line was never started here; run `make run` in another terminal first.")
        return 1
    env = machine.environment(var, os.environ)
    said = [text for text in sys.argv[1:] if text.strip()]
    began = time.monotonic()
    user, password = env.get("SIP_USERNAME", ""), env.get("SIP_PASSWORD", "")
    login = (user, password) if user and password else None
    demonstration = Demonstration(said or SCRIPT, follow_up=bool(said), login=login)
    address = machine.dial_address(env)
    try:
        asyncio.run(demonstration.hold(address, Moonshine(Path(env["MODELS_DIR"]))))
    except (Refused, ContactCenterError, OSError) as error:
        print(f"No call: {error}. Is `make run` running in another terminal?")
        return 1
    page = page_of_call(env, began)
    print(f"The call's page: {page}" if page else "Django does not know this call yet.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
