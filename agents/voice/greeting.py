"""The first words of a call: composed by code, synthesised while the telephone still rings."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from livekit import rtc
from livekit.agents import tts as tts_api

from agents.voice.control_plane import CallBriefing
from contactcenter.config import Config

logger = logging.getLogger(__name__)

SYNTHESIS_WITHIN_S: Final = 3.0
CUT_OFF: Final = "Sorry, we were cut off for a moment. Where were we?"
ORDERS_AWAY: Final = "I can't look up orders at the moment, but I can answer other questions."
QUESTION: Final = "How can I help you?"
DISCLOSURE: Final = "I am an AI assistant, and this call may be recorded."
SENTENCES: Final = re.compile(r"(?<=[.!?])\s+")


def unbriefed(config: Config) -> CallBriefing:
    """Return what a call is held with when Django is away."""
    return CallBriefing(
        call_id="",
        shop_name=config.shop_name,
        greeting=f"Thank you for calling {config.shop_name}.",
        disclosure=DISCLOSURE,
        records=True,
        transcript=(),
    )


def first_words(briefing: CallBriefing, *, orders_away: bool) -> str:
    """Return greeting, disclosure and, last, the question that gives the caller the word."""
    if briefing.transcript:
        return CUT_OFF
    sentences = SENTENCES.split(briefing.greeting.strip())
    question = sentences.pop() if sentences[-1].endswith("?") else QUESTION
    said = [*sentences, briefing.disclosure, ORDERS_AWAY if orders_away else "", question]
    return " ".join(part for part in said if part)


async def synthesised(voice: tts_api.TTS[Any], text: str) -> list[rtc.AudioFrame]:
    """Return the audio of a text, or nothing if the voice is not ready in time."""
    frames = []
    try:
        async with asyncio.timeout(SYNTHESIS_WITHIN_S):
            for sentence in SENTENCES.split(text):
                async with voice.synthesize(sentence) as stream:
                    frames += [spoken.frame async for spoken in stream]
    except Exception as error:  # noqa: BLE001 - whatever failed, the session says it again
        logger.warning("greeting not prepared", extra={"reason": type(error).__name__})
        return []
    return frames


async def played(frames: Sequence[rtc.AudioFrame]) -> AsyncIterator[rtc.AudioFrame]:
    for frame in frames:
        yield frame
