"""Text to speech without a key: Hibari in the inference process, one sentence at a time."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Final

from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    APIConnectionError,
    APIConnectOptions,
    tts,
    utils,
)

from agents.voice.local import inference as shared
from agents.voice.local.hibari_voice import RATE
from contactcenter.config import Config
from contactcenter.errors import Unavailable

NORMAL_SPEED: Final = 1.0

Say = Callable[[str, float], Awaitable[bytes]]


async def say_shared(text: str, speed: float) -> bytes:
    return await shared.ask(shared.SayRunner, json.dumps({"text": text, "speed": speed}).encode())


class HibariTTS(tts.TTS):
    """``say`` takes a text and a speed and returns 24 kHz 16-bit PCM."""

    def __init__(self, say: Say = say_shared) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False), sample_rate=RATE, num_channels=1
        )
        self.say = say
        self.speed = NORMAL_SPEED

    @property
    def model(self) -> str:
        return "hibari-heart"

    @property
    def provider(self) -> str:
        return "local"

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> SpokenText:
        return SpokenText(tts=self, input_text=text, conn_options=conn_options)


class SpokenText(tts.ChunkedStream):
    """The audio of one text."""

    def __init__(self, *, tts: HibariTTS, input_text: str, conn_options: APIConnectOptions) -> None:
        super().__init__(tts=tts, input_text=input_text, conn_options=conn_options)
        self.engine = tts

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=utils.shortuuid(),
            sample_rate=RATE,
            num_channels=1,
            mime_type="audio/pcm",
        )
        try:
            audio = await self.engine.say(self.input_text, self.engine.speed)
        except Unavailable as error:
            raise APIConnectionError(str(error)) from None
        output_emitter.push(audio)
        output_emitter.flush()


def build(config: Config) -> HibariTTS:
    shared.register()
    return HibariTTS()
