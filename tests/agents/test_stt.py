"""The embedded recogniser's stream: turns are cut by the VAD and heard; faults cost one turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import stt

from agents.voice.local.hibari_voice import HibariVoice
from agents.voice.local.moonshine import RATE, Samples
from agents.voice.local.stt import MoonshineSTT
from contactcenter.errors import Unavailable

FRAME = RATE // 50
SENTENCE = "Where is my order?"


@pytest.fixture(scope="module")
def sentence() -> Samples:
    """A sentence and the silence after it, at 16 kHz."""
    spoken = HibariVoice().say(SENTENCE)
    positions = np.arange(int(len(spoken) * 2 / 3)) * 1.5
    return np.concatenate(
        [
            np.zeros(RATE // 2, np.float32),
            np.interp(positions, np.arange(len(spoken)), spoken).astype(np.float32),
            np.zeros(RATE, np.float32),
        ]
    )


async def events_of(engine: MoonshineSTT, *audio: Samples) -> list[stt.SpeechEvent]:
    stream = engine.stream()
    for samples in audio:
        pcm = (samples * 32767).astype("<i2")
        for at in range(0, len(pcm) - FRAME, FRAME):
            stream.push_frame(rtc.AudioFrame(pcm[at : at + FRAME].tobytes(), RATE, 1, FRAME))
    stream.end_input()
    async with asyncio.timeout(20):
        return [event async for event in stream]


def of_kind(events: list[stt.SpeechEvent], kind: stt.SpeechEventType) -> list[str]:
    return [e.alternatives[0].text if e.alternatives else "" for e in events if e.type == kind]


def hears(*answers: str | Exception) -> tuple[MoonshineSTT, Callable[[], int]]:
    """An engine whose model gives these answers, and how many bytes of audio it got last."""
    given = iter(answers)
    sizes: list[int] = []

    async def hear(pcm: bytes) -> str:
        sizes.append(len(pcm))
        answer = next(given)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return MoonshineSTT(hear), lambda: sizes[-1]


async def test_a_sentence_becomes_one_turn(sentence: Samples) -> None:
    engine, last_size = hears(SENTENCE)

    events = await events_of(engine, sentence)

    kinds = [e.type for e in events if e.type != stt.SpeechEventType.PREFLIGHT_TRANSCRIPT]
    assert kinds == [
        stt.SpeechEventType.START_OF_SPEECH,
        stt.SpeechEventType.END_OF_SPEECH,
        stt.SpeechEventType.FINAL_TRANSCRIPT,
    ]
    assert of_kind(events, stt.SpeechEventType.FINAL_TRANSCRIPT) == [SENTENCE]
    assert RATE < last_size() < 2 * len(sentence)


async def test_a_turn_that_cannot_be_heard_is_reported_and_the_next_one_is_heard(
    sentence: Samples,
) -> None:
    engine, _ = hears(Unavailable("no answer"), SENTENCE)
    failures: list[stt.STTError] = []
    engine.on("error", failures.append)

    events = await events_of(engine, sentence, sentence)

    assert of_kind(events, stt.SpeechEventType.FINAL_TRANSCRIPT) == [SENTENCE]
    (failure,) = failures
    assert failure.recoverable


async def test_silence_is_not_a_turn() -> None:
    engine, _ = hears()

    assert await events_of(engine, np.zeros(2 * RATE, np.float32)) == []


async def test_whole_recordings_can_be_heard_too() -> None:
    engine, last_size = hears(SENTENCE)
    frame = rtc.AudioFrame(bytes(2 * 8000), 8000, 1, 8000)

    event = await engine.recognize([frame])

    assert event.alternatives[0].text == SENTENCE
    assert last_size() == 2 * RATE
