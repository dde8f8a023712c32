"""A speech recogniser that says what a test has it say."""

from __future__ import annotations

import asyncio
from typing import Any

from livekit import rtc
from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    APIConnectionError,
    APIConnectOptions,
    NotGivenOr,
    stt,
    utils,
)

from agents.voice.local.stt import event
from agents.voice.ordered.stt import RATE

FINAL = stt.SpeechEventType.FINAL_TRANSCRIPT


class Ear(stt.STT[Any]):
    """Counts frames; ``dies_at`` ends it, ``hears`` is what it recognises afterwards."""

    def __init__(self, *, hears: str = "", dies_at: int | None = None) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True, interim_results=True, offline_recognize=True
            )
        )
        self.hears = hears
        self.dies_at = dies_at
        self.frames = 0
        self.asked = asyncio.Event()
        self.open: EarStream | None = None

    async def _recognize_impl(
        self,
        buffer: utils.AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.SpeechEvent:
        self.asked.set()
        return event(FINAL, self.hears)

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> EarStream:
        self.open = EarStream(self, conn_options)
        return self.open


class EarStream(stt.RecognizeStream):
    """Listens; says what the test has it say."""

    def __init__(self, ear: Ear, conn_options: APIConnectOptions) -> None:
        self.ear = ear
        super().__init__(stt=ear, conn_options=conn_options, sample_rate=RATE)

    def write(self, text: str) -> None:
        self._event_ch.send_nowait(event(FINAL, text))

    async def _run(self) -> None:
        async for data in self._input_ch:
            if isinstance(data, rtc.AudioFrame):
                self.ear.frames += 1
                if self.ear.frames == self.ear.dies_at:
                    raise APIConnectionError("gone")
