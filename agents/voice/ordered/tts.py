"""Voices in order of preference, as one that speaks sentence by sentence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import Any, Final, Protocol, runtime_checkable

from livekit import rtc
from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    APIConnectionError,
    APIConnectOptions,
    tts,
    utils,
)

from agents.voice.ordered.preference import Preference
from agents.voice.spoken_text import for_speech

RATE: Final = 24_000
NOTHING_TO_SAY: Final = bytes(RATE // 50 * 2)


SLOW_SPEED: Final = 0.8


@runtime_checkable
class Paced(Protocol):
    """A voice that can speak slower than its normal speed of 1."""

    speed: float


class OrderedTTS(tts.TTS[Any]):
    """Has the next voice say a sentence again that the one before did not finish.

    Args:
        within_s: What a voice may take for the first sound, and later for each next one.
    """

    def __init__(self, engines: Preference[tts.TTS[Any]], *, within_s: float) -> None:
        # Not streaming: the framework then hands over whole sentences, and only those can be
        # said by somebody else. Vendors get each over their own stream all the same.
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False), sample_rate=RATE, num_channels=1
        )
        self.engines = engines
        self.within_s = within_s
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

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> OrderedSpeech:
        return OrderedSpeech(tts=self, input_text=text, conn_options=conn_options)

    def slow_down(self) -> None:
        """Speak slowly from now on, whoever speaks."""
        for _, engine in self.engines.engines:
            if isinstance(engine, Paced):
                engine.speed = SLOW_SPEED

    def prewarm(self) -> None:
        self.engines.first.prewarm()

    async def aclose(self) -> None:
        for _, engine in self.engines.engines:
            engine.off("metrics_collected", self._pass_on)
            await engine.aclose()


class OrderedSpeech(tts.ChunkedStream):
    """One sentence, by the first voice that says it."""

    def __init__(
        self, *, tts: OrderedTTS, input_text: str, conn_options: APIConnectOptions
    ) -> None:
        super().__init__(tts=tts, input_text=input_text, conn_options=conn_options)
        self.ordered = tts

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=utils.shortuuid(), sample_rate=RATE, num_channels=1, mime_type="audio/pcm"
        )
        words = for_speech(self.input_text)
        if not any(sign.isalnum() for sign in words):
            output_emitter.push(NOTHING_TO_SAY)
            return
        for name, engine in self.ordered.engines.usable():
            try:
                await self._say(engine, words, output_emitter)
            except Exception as error:  # noqa: BLE001 - whatever it was, the next one speaks
                self.ordered.engines.failed(name, error)
            else:
                return
        raise APIConnectionError("no voice spoke")

    async def _say(
        self, engine: tts.TTS[Any], words: str, output_emitter: tts.AudioEmitter
    ) -> None:
        within_s = self.ordered.within_s
        resampler = (
            rtc.AudioResampler(engine.sample_rate, RATE) if engine.sample_rate != RATE else None
        )
        heard = False
        async with speech_of(engine, words, APIConnectOptions(max_retry=0, timeout=within_s)) as it:
            while True:
                try:
                    audio = await asyncio.wait_for(anext(it), within_s)
                except StopAsyncIteration:
                    break
                heard = True
                for frame in resampler.push(audio.frame) if resampler else [audio.frame]:
                    output_emitter.push(bytes(frame.data))
        for frame in resampler.flush() if resampler else []:
            output_emitter.push(bytes(frame.data))
        if not heard:
            raise APIConnectionError("no sound")

    async def _metrics_monitor_task(self, event_aiter: AsyncIterable[tts.SynthesizedAudio]) -> None:
        # The voice that spoke has counted.
        async for _ in event_aiter:
            pass


def speech_of(
    engine: tts.TTS[Any], words: str, options: APIConnectOptions
) -> tts.ChunkedStream | tts.SynthesizeStream:
    """Ask a vendor over the connection it keeps open, others as they can."""
    if not engine.capabilities.streaming:
        return engine.synthesize(words, conn_options=options)
    stream = engine.stream(conn_options=options)
    stream.push_text(words)
    stream.end_input()
    return stream
