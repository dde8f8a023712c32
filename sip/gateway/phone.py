"""A telephone in Python: dials, speaks, hears and sends digits, without a phone or LiveKit."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final, Self

import numpy as np

from contactcenter.errors import Conflict, Unavailable
from sip.gateway import sdp
from sip.gateway.agent import UserAgent
from sip.gateway.call import Call, IncomingCall, Refused
from sip.gateway.dial import OutgoingCall
from sip.gateway.rtp import Clock, Ports, Rtp
from sip.gateway.transaction import Timers

HOST: Final = "127.0.0.1"
# Shared by all telephones of a process: a port is bound only when its call is answered.
ports: Final = Ports(HOST, 29_000, 29_900)
G711: Final = (0, 8)
RATE: Final = 8000
HEARD_FRAMES: Final = 3000


class Phone:
    """One telephone; use it as ``async with Phone() as phone``.

    Args:
        number: What it calls itself.
        login: User name and password for a line that asks for digest.
        answers: Take calls at once; otherwise they are refused.

    Example::

        async with Phone() as phone:
            await phone.dial("sip:+15550100@127.0.0.1:5060")
            await phone.say(pcm, rate=8000)
            async for frame in phone.heard():
                ...
    """

    def __init__(
        self,
        *,
        number: str = "+15550142",
        host: str = HOST,
        login: tuple[str, str] | None = None,
        answers: bool = False,
        timers: Timers | None = None,
    ) -> None:
        self.agent = UserAgent(host=host, name="contactcenter-phone", timers=timers)
        self.rang = asyncio.Event()
        self.digits = ""
        self.over = asyncio.Event()
        self._number = number
        self._login = login
        self._answers = answers
        self._clock = Clock()
        self._call: Call | None = None
        self._rtp: Rtp | None = None
        self._to_say: deque[bytes] = deque()
        self._heard: asyncio.Queue[bytes | None] = asyncio.Queue(HEARD_FRAMES)
        self._answered = asyncio.Event()
        self._idle = asyncio.Event()
        self._local = (host, 0)

    @property
    def uri(self) -> str:
        return f"sip:{self._number}@{self.agent.public_ip}:{self.agent.port}"

    async def __aenter__(self) -> Self:
        self.agent.on_call = self._take if self._answers else None
        await self.agent.open()
        self._clock.start()
        self._clock.listeners.add(self._tick)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.hang_up()
        await self.agent.close()
        await self._clock.stop()
        if self._rtp is not None:
            await self._rtp.close()
        self._give_back()

    async def dial(self, uri: str, *, ring_for_s: float = 60.0) -> None:
        """Call and wait for the answer.

        Raises:
            Refused: The call was refused, or nobody answered in time (480).
        """
        call = OutgoingCall(self.agent, uri=uri, from_uri=self.uri, login=self._login)
        call.on_ringing = self.rang.set
        self._call = call
        session = self._describe()
        call.dial(session.offer(G711))
        done, _ = await asyncio.wait({call.outcome}, timeout=ring_for_s)
        if not done:
            call.cancel()
            raise Refused(480, "no answer")
        try:
            choice = sdp.choose(sdp.read(call.outcome.result()), G711)
        except sdp.NotAcceptable as error:
            await call.hang_up()
            raise Refused(488, str(error)) from None
        await self._begin(call, session, choice)

    async def answered(self) -> None:
        """Wait for a call to arrive and be answered (with ``answers``)."""
        await self._answered.wait()

    def _take(self, call: IncomingCall) -> None:
        if self._call is not None and not self._call.is_over:
            call.reject(486)
            return
        self._call = call
        self.agent.spawn(self._answer(call))

    async def _answer(self, call: IncomingCall) -> None:
        session = self._describe()
        try:
            offer = sdp.read(call.invite.text)
            choice = sdp.choose(offer, G711)
        except sdp.NotAcceptable:
            call.reject(488)
            return
        call.ring()
        await self._begin(call, session, choice)
        call.accept(session.answer(offer, choice))
        self._answered.set()

    def _describe(self) -> sdp.Session:
        self._give_back()
        port = ports.take()
        if port is None:
            raise Unavailable("no free port for audio")
        self._local = (self.agent.host, port)
        return sdp.Session(self.agent.public_ip, port)

    def _give_back(self) -> None:
        if self._local[1]:
            ports.give_back(self._local[1])
            self._local = (self.agent.host, 0)

    async def _begin(self, call: Call, session: sdp.Session, choice: sdp.Choice) -> None:
        call.on_bye = self._ended
        call.on_offer = lambda offer: session.current
        if call.is_over:
            self._ended()
        self._rtp = await Rtp.open(
            self._local,
            choice.address,
            payload_type=choice.payload_type,
            event_type=choice.event_type,
            on_audio=self._hear,
            on_digit=self._note_digit,
        )

    def _ended(self) -> None:
        self.over.set()
        self._to_say.clear()
        self._idle.set()
        if self._heard.full():
            self._heard.get_nowait()
        self._heard.put_nowait(None)

    def _note_digit(self, digit: str) -> None:
        self.digits += digit

    def _hear(self, pcm: bytes) -> None:
        if self._heard.full():
            self._heard.get_nowait()
        self._heard.put_nowait(pcm)

    def _tick(self) -> None:
        if self._rtp is None or self.over.is_set():
            return
        self._rtp.tick(self._to_say.popleft() if self._to_say else None)
        if not self._to_say and not self._rtp.is_dialling:
            self._idle.set()

    async def say(self, pcm: bytes, *, rate: int = RATE) -> None:
        """Speak 16-bit mono PCM of 8 or 16 kHz; returns when it has been said or the call ends.

        Raises:
            Conflict: Nothing has been dialled yet.
        """
        self._need_call()
        if rate == 2 * RATE:
            pcm = halved(pcm)
        frame = RATE // 50 * 2
        for start in range(0, len(pcm), frame):
            self._to_say.append(pcm[start : start + frame].ljust(frame, b"\0"))
        await self._until_idle()

    async def dtmf(self, digits: str) -> None:
        """Press keys; returns when the last has been sent or the call ends.

        Raises:
            Conflict: Nothing has been dialled yet.
        """
        self._need_call().dial(digits)
        await self._until_idle()

    def _need_call(self) -> Rtp:
        if self._rtp is None:
            raise Conflict("the telephone is not in a call")
        return self._rtp

    async def _until_idle(self) -> None:
        if not self.over.is_set():
            self._idle.clear()
            await self._idle.wait()

    async def heard(self) -> AsyncIterator[bytes]:
        """Yield what the far end says, 8 kHz 16-bit PCM, until the call is over."""
        while (pcm := await self._heard.get()) is not None:
            yield pcm

    async def hang_up(self) -> None:
        """End the call, ringing or answered; safe to repeat."""
        call = self._call
        if call is None or self.over.is_set():
            return
        if isinstance(call, OutgoingCall):
            call.cancel()
        await call.hang_up()
        self._ended()


def halved(pcm: bytes) -> bytes:
    """16 kHz to 8 kHz: a low pass, then every second sample."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    if not len(samples):
        return b""
    taps = np.sinc(np.arange(-16, 17) / 2) * np.hamming(33)
    low = np.convolve(samples, taps / taps.sum(), mode="same")[::2]
    quiet: bytes = np.clip(low, -32768, 32767).astype("<i2").tobytes()
    return quiet
