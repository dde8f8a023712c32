"""Speech recognisers in order of preference, as one that notices when it has gone deaf."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterable
from contextlib import suppress
from typing import Any, Final
from weakref import WeakSet

from livekit import rtc
from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    AgentSession,
    APIConnectionError,
    APIConnectOptions,
    APIError,
    APITimeoutError,
    NotGivenOr,
    UserStateChangedEvent,
    stt,
    utils,
)

from agents.voice.ordered.preference import Preference

RATE: Final = 16_000
# Heard before the voice detector is sure that somebody speaks.
BEFORE_SPEECH_S: Final = 0.8
MOST_KEPT_S: Final = 20.0
# A shorter sound may well be no word.
LEAST_SPEECH_S: Final = 0.3

Engine = stt.STT[Any]


class OrderedSTT(stt.STT[Any]):
    """Has the next recogniser hear what the one before missed.

    Args:
        connect_within_s: What a recogniser may take to connect.
        words_within_s: How long after the caller's last word its text may come. One that is
            late has to go if the next one hears words where it heard none.
    """

    def __init__(
        self, engines: Preference[Engine], *, connect_within_s: float, words_within_s: float
    ) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True,
                interim_results=all(e.capabilities.interim_results for _, e in engines.engines),
            )
        )
        self.engines = engines
        self.options = APIConnectOptions(max_retry=0, timeout=connect_within_s)
        self.words_within_s = words_within_s
        self.streams: WeakSet[OrderedStream] = WeakSet()
        for _, engine in engines.engines:
            engine.on("metrics_collected", self._pass_on)

    def _pass_on(self, metrics: Any) -> None:
        self.emit("metrics_collected", metrics)

    @property
    def model(self) -> str:
        return self.engines.first.model

    @property
    def provider(self) -> str:
        return self.engines.first.provider

    def follow(self, session: AgentSession[Any]) -> None:
        """Learn from the session's voice detector when the caller speaks."""

        def changed(event: UserStateChangedEvent) -> None:
            for stream in self.streams:
                stream.caller_speaks(event.new_state == "speaking")

        session.on("user_state_changed", changed)

    async def _recognize_impl(
        self,
        buffer: utils.AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.SpeechEvent:
        for name, engine in self.engines.usable():
            try:
                return await engine.recognize(buffer, conn_options=self.options)
            except APIError as error:
                self.engines.failed(name, error)
        raise APIConnectionError("no recogniser answered")

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> OrderedStream:
        stream = OrderedStream(self, conn_options)
        self.streams.add(stream)
        return stream

    def prewarm(self) -> None:
        self.engines.first.prewarm()

    async def aclose(self) -> None:
        for _, engine in self.engines.engines:
            engine.off("metrics_collected", self._pass_on)
            await engine.aclose()


class OrderedStream(stt.RecognizeStream):
    """One caller's audio; stays with the recogniser that took over until the call ends."""

    def __init__(self, ordered: OrderedSTT, conn_options: APIConnectOptions) -> None:
        self.ordered = ordered
        self.listening: stt.RecognizeStream | None = None
        # What was said and not yet written down, with a little before it.
        self.unheard: deque[rtc.AudioFrame] = deque()
        self.speaking_since: float | None = None
        self.has_words = True
        self.said: list[rtc.AudioFrame] = []
        self.overdue = asyncio.Event()
        self.timer: asyncio.TimerHandle | None = None
        super().__init__(stt=ordered, conn_options=conn_options, sample_rate=RATE)

    def caller_speaks(self, speaks: bool) -> None:
        """Start or end the time that the recogniser has for its words."""
        self._stop_timer()
        if speaks:
            self.speaking_since = time.monotonic()
            self.has_words = False
        elif self.speaking_since is not None:
            spoke_s = time.monotonic() - self.speaking_since
            self.speaking_since = None
            # A cough is nothing that a recogniser could miss.
            self.has_words |= spoke_s < LEAST_SPEECH_S
            if not self.has_words:
                self.said = list(self.unheard)
                self.timer = asyncio.get_running_loop().call_later(
                    self.ordered.words_within_s, self.overdue.set
                )

    def _stop_timer(self) -> None:
        self.overdue.clear()
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    async def _run(self) -> None:
        forwarding = asyncio.create_task(self._forward())
        engines = self.ordered.engines.usable()
        try:
            for at, (name, engine) in enumerate(engines):
                then = engines[at + 1][1] if at + 1 < len(engines) else None
                try:
                    await self._listen(engine, then)
                except Exception as error:  # noqa: BLE001 - whatever it was, the next one listens
                    self.ordered.engines.failed(name, error)
                else:
                    return
            raise APIConnectionError("no recogniser is left")
        finally:
            self._stop_timer()
            await utils.aio.cancel_and_wait(forwarding)

    async def _forward(self) -> None:
        async for data in self._input_ch:
            if isinstance(data, rtc.AudioFrame):
                self._keep(data)
                # One that is closing is replaced, and its successor gets what is kept.
                with suppress(RuntimeError):
                    if self.listening is not None:
                        self.listening.push_frame(data)
            elif self.listening is not None:
                with suppress(RuntimeError):
                    self.listening.flush()
        if self.listening is not None:
            with suppress(RuntimeError):
                self.listening.end_input()

    def _keep(self, frame: rtc.AudioFrame) -> None:
        self.unheard.append(frame)
        most_s = BEFORE_SPEECH_S if self.has_words else MOST_KEPT_S
        while len(self.unheard) * frame.duration > most_s:
            self.unheard.popleft()

    async def _listen(self, engine: Engine, then: Engine | None) -> None:
        """Pass on what an engine hears.

        Raises:
            APIError: It failed, or has gone deaf.
        """
        async with engine.stream(conn_options=self.ordered.options) as stream:
            for frame in [] if self.has_words else list(self.unheard):
                stream.push_frame(frame)
            self.listening = stream
            tasks = {asyncio.create_task(self._read(stream))}
            if then is not None:
                tasks.add(asyncio.create_task(self._doubt(then)))
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
                if not self._input_ch.closed:
                    raise APIConnectionError("stopped listening")
            finally:
                self.listening = None
                await utils.aio.cancel_and_wait(*tasks)

    async def _read(self, stream: stt.RecognizeStream) -> None:
        async for event in stream:
            self._event_ch.send_nowait(event)
            if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT and event.alternatives:
                self._words_came()

    def _words_came(self) -> None:
        self._stop_timer()
        self.has_words = True

    async def _doubt(self, then: Engine) -> None:
        """Return never; raise once another engine hears words in what gave none."""
        while True:
            await self.overdue.wait()
            self.overdue.clear()
            try:
                event = await then.recognize(self.said, conn_options=self.ordered.options)
            except APIError:
                continue
            if self.has_words:
                continue
            if event.alternatives and event.alternatives[0].text.strip():
                self._event_ch.send_nowait(event)
                self._words_came()
                raise APITimeoutError("no words came")
            # A door, a television: nobody has missed a word.
            self.has_words = True

    async def _metrics_monitor_task(self, event_aiter: AsyncIterable[stt.SpeechEvent]) -> None:
        # The recogniser that listened has counted.
        async for _ in event_aiter:
            pass
