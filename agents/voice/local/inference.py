"""The models in LiveKit's inference process: one copy for all calls of a worker.

The only module that uses ``livekit.agents.inference_runner`` and the server's executor, which
are private to livekit-agents;
tests/agents/test_engines.py pins the version.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

import numpy as np
from livekit.agents import AgentServer, get_job_context
from livekit.agents.inference_runner import _InferenceRunner

from agents.voice.local.hibari_voice import HibariVoice, as_pcm
from agents.voice.local.moonshine import Moonshine
from contactcenter.config import load
from contactcenter.errors import Unavailable
from knowledge.backends.minilm import MiniLM

TIMEOUT_S: Final = 8.0
LOOK_EVERY_S: Final = 0.5
EXECUTOR: Final = "_inference_executor"


class HearRunner(_InferenceRunner):
    """16 kHz 16-bit PCM in, UTF-8 text out."""

    INFERENCE_METHOD = "contactcenter_hear"

    def initialize(self) -> None:
        self.engine = Moonshine(load().models)
        self.engine.hear(np.full(16_000, 1e-4, np.float32))

    def run(self, data: bytes) -> bytes:
        samples = (np.frombuffer(data, "<i2") / 32768).astype(np.float32)
        return self.engine.hear(samples).encode()


class SayRunner(_InferenceRunner):
    """JSON ``{"text", "speed"}`` in, 24 kHz 16-bit PCM out."""

    INFERENCE_METHOD = "contactcenter_say"

    def initialize(self) -> None:
        self.engine = HibariVoice()

    def run(self, data: bytes) -> bytes:
        wanted = json.loads(data)
        return as_pcm(self.engine.say(wanted["text"], speed=wanted["speed"]))


class EmbedRunner(_InferenceRunner):
    """UTF-8 text in, 384 float32 out."""

    INFERENCE_METHOD = "contactcenter_embed"

    def initialize(self) -> None:
        self.engine = MiniLM()
        self.engine.encode(["hello"])

    def run(self, data: bytes) -> bytes:
        return bytes(self.engine.encode([data.decode()])[0].astype("<f4").tobytes())


RUNNERS: Final = (HearRunner, SayRunner, EmbedRunner)


def register() -> None:
    """Have the worker start the models with it; call on the main thread before it runs."""
    for runner in RUNNERS:
        if runner.INFERENCE_METHOD not in _InferenceRunner.registered_runners:
            _InferenceRunner.register_runner(runner)


async def until_gone(server: AgentServer) -> None:
    """Return when the process with the models has died; LiveKit does not start another."""
    # ``run`` makes it and starts it, and tells nobody.
    while not ((executor := getattr(server, EXECUTOR, None)) and executor.started):  # noqa: ASYNC110
        await asyncio.sleep(LOOK_EVERY_S)
    await executor.join()


async def ask(runner: type[_InferenceRunner], data: bytes) -> bytes:
    """Have a model of the inference process do its work.

    Raises:
        Unavailable: The inference process did not answer in time, or failed.
    """
    executor = get_job_context().inference_executor
    try:
        answer = await asyncio.wait_for(
            executor.do_inference(runner.INFERENCE_METHOD, data), TIMEOUT_S
        )
    except (TimeoutError, RuntimeError, OSError) as error:
        raise Unavailable(f"{runner.INFERENCE_METHOD}: {type(error).__name__}") from None
    return answer or b""


async def embed(text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.frombuffer(await ask(EmbedRunner, text.encode()), "<f4")
