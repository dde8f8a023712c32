"""Speech to text without a key: VAD cuts the turns, Moonshine hears them in the inference process.

Decoding starts 0.1 s into a silence, before the VAD calls the turn over; if speech goes on, the
result is dropped. That hides most of the decoding time from the caller.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from livekit import rtc
from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    APIConnectionError,
    APIConnectOptions,
    NotGivenOr,
    inference,
    stt,
    utils,
    vad,
)
from livekit.agents.language import LanguageCode

from agents.voice.local import inference as shared
from contactcenter.config import Config
from contactcenter.errors import Unavailable

RATE: Final = 16_000
# Silence after which the VAD ends a turn, and after which decoding starts on suspicion.
TURN_SILENCE_S: Final = 0.25
SUSPECTED_SILENCE_S: Final = 0.10
ENGLISH: Final = LanguageCode("en")
# Moonshine does not say how sure it is.
CONFIDENCE: Final = 0.9

Hear = Callable[[bytes], Coroutine[Any, Any, str]]


async def hear_shared(pcm: bytes) -> str:
    return (await shared.ask(shared.HearRunner, pcm)).decode()


class MoonshineSTT(stt.STT):
    """``hear`` takes 16 kHz 16-bit PCM of a turn and returns its words."""

    def __init__(self, hear: Hear = hear_shared) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True, interim_results=True, offline_recognize=True
            )
        )
        self.hear = hear
        self.vad = inference.VAD(model="silero", min_silence_duration=TURN_SILENCE_S)

    @property
    def model(self) -> str:
        return "moonshine-base-en"

    @property
    def provider(self) -> str:
        return "local"

    async def _recognize_impl(
        self,
        buffer: utils.AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.SpeechEvent:
        frame = utils.merge_frames(buffer) if isinstance(buffer, list) else buffer
        if frame.sample_rate != RATE:
            resampler = rtc.AudioResampler(frame.sample_rate, RATE)
            frame = utils.merge_frames(resampler.push(frame) + resampler.flush())
        text = await self.hear(bytes(frame.data))
        return event(stt.SpeechEventType.FINAL_TRANSCRIPT, text)

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> MoonshineStream:
        return MoonshineStream(self, conn_options)


def event(
    kind: stt.SpeechEventType, text: str | None = None, *, ended_at: float | None = None
) -> stt.SpeechEvent:
    words = [] if text is None else [stt.SpeechData(ENGLISH, text, confidence=CONFIDENCE)]
    return stt.SpeechEvent(kind, alternatives=words, speech_end_time=ended_at)


class MoonshineStream(stt.RecognizeStream):
    """One caller's audio; sends PREFLIGHT as soon as a suspected turn is decoded, then FINAL."""

    def __init__(self, engine: MoonshineSTT, conn_options: APIConnectOptions) -> None:
        super().__init__(stt=engine, conn_options=conn_options, sample_rate=RATE)
        self.engine = engine
        self.heard = bytearray()
        self.speaking = False
        self.suspected: asyncio.Task[str] | None = None

    async def _run(self) -> None:
        voice = self.engine.vad.stream()
        forward = asyncio.create_task(self._forward(voice))
        try:
            async for found in voice:
                await self._follow(found)
        finally:
            await utils.aio.cancel_and_wait(forward)
            self._forget_suspicion()
            await voice.aclose()

    async def _forward(self, voice: vad.VADStream) -> None:
        async for frame in self._input_ch:
            if isinstance(frame, rtc.AudioFrame):
                voice.push_frame(frame)
        voice.end_input()

    async def _follow(self, found: vad.VADEvent) -> None:
        match found.type:
            case vad.VADEventType.START_OF_SPEECH:
                self.heard = bytearray(found.frames[0].data)
                self.speaking = True
                self._event_ch.send_nowait(event(stt.SpeechEventType.START_OF_SPEECH))
            case vad.VADEventType.INFERENCE_DONE if self.speaking:
                self.heard += bytes(found.frames[0].data)
                self._suspect(found.raw_accumulated_silence)
            case vad.VADEventType.END_OF_SPEECH:
                await self._finish(found)
            case _:
                pass

    def _suspect(self, silence_s: float) -> None:
        if silence_s == 0:
            self._forget_suspicion()
        elif silence_s >= SUSPECTED_SILENCE_S and self.suspected is None:
            self.suspected = asyncio.create_task(self.engine.hear(bytes(self.heard)))
            self.suspected.add_done_callback(self._tell_early)

    def _forget_suspicion(self) -> None:
        if self.suspected is not None:
            self.suspected.cancel()
            self.suspected = None

    def _tell_early(self, task: asyncio.Task[str]) -> None:
        valid = task is self.suspected and self.speaking and not task.cancelled()
        if valid and task.exception() is None and task.result():
            self._event_ch.send_nowait(
                event(stt.SpeechEventType.PREFLIGHT_TRANSCRIPT, task.result())
            )

    async def _finish(self, found: vad.VADEvent) -> None:
        self.speaking = False
        ended_at = time.time() - found.silence_duration - found.inference_duration
        self._event_ch.send_nowait(event(stt.SpeechEventType.END_OF_SPEECH, ended_at=ended_at))
        decoding = self.suspected or asyncio.create_task(self.engine.hear(bytes(self.heard)))
        self.suspected = None
        try:
            text = await decoding
        except Unavailable as error:
            # There is no other ear: better miss one turn than be deaf from now on.
            self._emit_error(APIConnectionError(str(error)), recoverable=True)
            return
        if text:
            self._event_ch.send_nowait(
                event(stt.SpeechEventType.FINAL_TRANSCRIPT, text, ended_at=ended_at)
            )


def build(config: Config) -> MoonshineSTT:
    shared.register()
    return MoonshineSTT()
