"""One telephone's audio over RTP: 20 ms packets, telephone events at their true pace."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from aiortp import RTPSession
from aiortp.codecs import get_codec
from aiortp.dtmf import DTMF_EVENTS, DtmfEvent

from sip.gateway import wideband
from sip.gateway.messages import Address

logger = logging.getLogger(__name__)

FRAME_S: Final = 0.02
CLOCK: Final = 8000
STEP: Final = 160
NO_EVENTS: Final = 127
PLAYOUT_MS: Final = 160
# A digit: 9 packets of sound and three that repeat its end, then 60 ms of nothing.
EVENT_TICKS: Final = 9
GAP_TICKS: Final = 3
PAUSE_TICKS: Final = 25
PAUSE: Final = "w"
VOLUME: Final = 10
REBOUND_AFTER_S: Final = 1.0
wideband.register()


class GuardedSession(RTPSession):
    """Follows the address that audio comes from, and hears nobody else while it speaks."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.heard_at = 0.0
        self._source: Address | None = None

    def _handle_rtp(self, data: bytes, addr: Address) -> None:
        if self._source is None:
            self._source = addr
        elif addr != self._source:
            # A NAT that forgot the telephone gives it another port; a stranger talks over it.
            if time.monotonic() - self.heard_at < REBOUND_AFTER_S:
                return
            self._source = addr
        self.heard_at = time.monotonic()
        try:
            super()._handle_rtp(data, addr)
        except ValueError:
            logger.debug("telephone event is malformed")

    def update_remote(self, addr: Address) -> None:
        self._source = None
        super().update_remote(addr)


class Rtp:
    """The media of one call, from answer to hang-up.

    Attributes:
        rate: Samples a second of what is sent and heard, by the codec.
        sending: False while the far end has put us on hold.
        local: The address where audio is heard.
        heard_at: ``time.monotonic()`` of the last packet; 0 before the first.
    """

    def __init__(self, session: GuardedSession, event_type: int, local: Address) -> None:
        self.local = local
        assert session._sender is not None
        self._session = session
        self._sender = session._sender
        self._event_type = event_type
        self._digits: deque[str] = deque()
        self._digit = ""
        self._ticks = 0
        self._began = 0
        self.sending = True
        codec = session.codec
        assert codec is not None
        self.rate: int = codec.sample_rate
        self.frame_bytes = self.rate // 50 * 2
        # aiortp steps by samples; G.722's clock is half its rate (RFC 3551).
        self._sender.timestamp_increment = STEP

    @classmethod
    async def open(
        cls,
        local: Address,
        remote: Address,
        *,
        payload_type: int,
        event_type: int,
        on_audio: Callable[[bytes], None],
        on_digit: Callable[[str], None],
    ) -> Rtp:
        """Bind the ports; ``on_audio`` gets 16-bit PCM on a steady clock.

        Raises:
            OSError: The port or the one above it is taken.
        """
        session = await GuardedSession.create(
            local_addr=local,
            remote_addr=remote,
            payload_type=payload_type,
            codec=get_codec(payload_type),
            clock_rate=CLOCK,
            dtmf_payload_type=event_type or NO_EVENTS,
            playout=True,
            playout_max_delay_ms=PLAYOUT_MS,
            symmetric_rtp=True,
        )
        assert isinstance(session, GuardedSession)
        session.on_audio = lambda pcm, timestamp: on_audio(pcm)
        session.on_dtmf = lambda digit, duration: on_digit(digit)
        return cls(session, event_type, local)

    @property
    def heard_at(self) -> float:
        heard_at: float = self._session.heard_at
        return heard_at

    def redirect(self, remote: Address) -> None:
        """Send to another address from now on, and listen to whoever speaks next."""
        self._session.update_remote(remote)

    def dial(self, digits: str) -> None:
        """Queue digits; ``w`` is half a second of waiting. Without telephone events: nothing."""
        if self._event_type:
            self._digits.extend(d.upper() if d != PAUSE else d for d in digits if is_digit(d))

    @property
    def is_dialling(self) -> bool:
        return bool(self._digit or self._digits)

    def tick(self, pcm: bytes | None) -> None:
        """Send one frame (silence for None); call it every 20 ms."""
        if self._dial_tick() or not self.sending:
            self._sender.advance_timestamp()
            return
        self._session.send_audio_pcm_auto(pcm if pcm is not None else bytes(self.frame_bytes))

    def _dial_tick(self) -> bool:
        """Send the packet of the digit under way; say whether it takes the place of audio."""
        if not self._digit:
            if not self._digits:
                return False
            self._digit, self._ticks = self._digits.popleft(), 0
            self._began = self._sender.current_timestamp
        self._ticks += 1
        if self._digit == PAUSE:
            if self._ticks >= PAUSE_TICKS:
                self._digit = ""
            return False
        if self._ticks < EVENT_TICKS:
            self._send_event(self._ticks * STEP, first=self._ticks == 1)
        elif self._ticks == EVENT_TICKS:
            for _ in range(3):
                self._send_event(EVENT_TICKS * STEP, end=True)
        elif self._ticks >= EVENT_TICKS + GAP_TICKS:
            self._digit = ""
        return True

    def _send_event(self, duration: int, *, first: bool = False, end: bool = False) -> None:
        event = DtmfEvent(event=DTMF_EVENTS[self._digit], end=end, volume=VOLUME, duration=duration)
        self._sender.send_raw(
            self._event_type,
            event.serialize(),
            self._began,
            marker=int(first),
            addr=self._session._remote_addr,
        )

    async def close(self) -> None:
        await self._session.close()


def is_digit(character: str) -> bool:
    return character == PAUSE or character.upper() in DTMF_EVENTS


class Ports:
    """Even UDP ports for audio; the odd one above each is for RTCP."""

    def __init__(self, host: str, first: int, last: int) -> None:
        self._host = host
        self._free = deque(range(first + first % 2, last, 2))

    def take(self) -> int | None:
        """Return a port that nobody holds, or None; a port given back is taken again last."""
        for _ in range(len(self._free)):
            port = self._free.popleft()
            if all(is_free(self._host, p) for p in (port, port + 1)):
                return port
            self._free.append(port)
        return None

    def give_back(self, port: int) -> None:
        self._free.append(port)


def is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


class Clock:
    """Ticks every 20 ms for everyone who listens; late ticks are caught up, long gaps are not."""

    def __init__(self) -> None:
        self.listeners: set[Callable[[], None]] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - loop.time()))
            if loop.time() - due > 10 * FRAME_S:
                due = loop.time()
            for tick in tuple(self.listeners):
                try:
                    tick()
                except Exception:
                    logger.exception("tick failed")
