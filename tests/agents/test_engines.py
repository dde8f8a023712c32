"""The embedded engines: Moonshine hears what Hibari says; the private API is the pinned one."""

from __future__ import annotations

import asyncio
import inspect
from importlib.metadata import version
from types import SimpleNamespace

import numpy as np
import pytest
from livekit.agents import AgentServer
from livekit.agents.inference_runner import _InferenceRunner

from agents.voice.local import inference
from agents.voice.local.hibari_voice import AUDIBLE, LEAD, RATE, TAIL, HibariVoice, as_pcm
from agents.voice.local.moonshine import Moonshine, Samples, without_echo
from contactcenter.config import ROOT
from tests import needs

MODELS = ROOT / ".local" / "models"


@pytest.fixture
def prepared() -> None:
    needs.insist(needs.models())


def at_16_khz(samples: Samples) -> Samples:
    positions = np.arange(int(len(samples) * 16_000 / RATE)) * RATE / 16_000
    return np.interp(positions, np.arange(len(samples)), samples).astype(np.float32)


@pytest.mark.usefixtures("prepared")
def test_moonshine_hears_what_hibari_says() -> None:
    spoken = HibariVoice().say("How many days do I have to return a lamp?")

    heard = Moonshine(MODELS).hear(at_16_khz(spoken))

    assert heard.lower().rstrip("?.") == "how many days do i have to return a lamp"


@pytest.mark.usefixtures("prepared")
def test_nothing_is_heard_in_next_to_nothing() -> None:
    assert Moonshine(MODELS).hear(np.zeros(1000, np.float32)) == ""


def test_a_sentence_is_spoken_without_the_silence_around_it() -> None:
    spoken = HibariVoice().say("Hello.")

    loud = np.flatnonzero(np.abs(spoken) > AUDIBLE)

    assert loud[0] <= LEAD
    assert len(spoken) - loud[-1] <= TAIL + 1
    assert len(as_pcm(spoken)) == 2 * len(spoken)


def test_slower_speech_is_longer() -> None:
    voice = HibariVoice()

    assert len(voice.say("Your order has shipped.", speed=0.8)) > 1.1 * len(
        voice.say("Your order has shipped.")
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Goodbye. Goodbye.", "Goodbye."),
        ("Yes, please. Yes, please. Yes, please.", "Yes, please."),
        ("Goodbye.", "Goodbye."),
        ("No. No, I mean W1002.", "No. No, I mean W1002."),
    ],
)
def test_what_the_model_writes_twice_is_said_once(written: str, said: str) -> None:
    assert without_echo(written) == said


def test_the_private_inference_api_is_the_version_it_was_written_for() -> None:
    assert version("livekit-agents") == "1.8.9"
    assert _InferenceRunner.__abstractmethods__ == {"initialize", "run"}
    assert f"self.{inference.EXECUTOR} =" in inspect.getsource(AgentServer.run)


async def test_the_death_of_the_process_with_the_models_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inference, "LOOK_EVERY_S", 0.0)
    died = asyncio.Event()
    server = AgentServer(ws_url="ws://127.0.0.1:9", api_key="k", api_secret="s")
    watching = asyncio.create_task(inference.until_gone(server))
    await asyncio.sleep(0)
    executor = SimpleNamespace(started=True, join=died.wait)
    monkeypatch.setattr(server, inference.EXECUTOR, executor, raising=False)

    finished, _ = await asyncio.wait({watching}, timeout=0.05)
    assert not finished
    died.set()

    await asyncio.wait_for(watching, 5)


def test_registering_the_runners_twice_is_harmless() -> None:
    inference.register()
    inference.register()

    registered = _InferenceRunner.registered_runners
    assert {runner.INFERENCE_METHOD for runner in inference.RUNNERS} <= set(registered)
