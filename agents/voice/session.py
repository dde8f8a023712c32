"""The settings of a telephone conversation (measured, see docs/developer.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol, runtime_checkable

from livekit.agents import AgentSession, APIConnectOptions, TurnHandlingOptions, inference
from livekit.agents import llm as llm_api
from livekit.agents import stt as stt_api
from livekit.agents import tts as tts_api
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.agents.voice.room_io import AudioInputOptions, RoomOptions

from agents.voice.end_of_turn import EndOfTurnRules
from agents.voice.local.inference import embed as shared_embed
from contactcenter import providers
from contactcenter.config import Config
from knowledge.backends.minilm import Embed
from knowledge.passages import PolicyIndex

TURNS: Final[TurnHandlingOptions] = {
    "turn_detection": EndOfTurnRules(),
    # A finished sentence is answered after 0.3 s of silence, an unfinished one after 1.0 s.
    "endpointing": {"mode": "fixed", "min_delay": 0.3, "max_delay": 1.0},
    "interruption": {
        # The other mode asks LiveKit's cloud.
        "mode": "vad",
        "min_duration": 0.5,
        "min_words": 0,
        "resume_false_interruption": True,
        "false_interruption_timeout": 1.0,
    },
    "preemptive_generation": {"enabled": True, "preemptive_tts": True},
}
# Of a list of engines each has this long before the next takes over, within the turn.
STT_WITHIN_S: Final = 3.0
LLM_WITHIN_S: Final = 2.0
TTS_WITHIN_S: Final = 2.0
TTS_RATE: Final = 24_000
TOOL_STEPS: Final = 6


@runtime_checkable
class Embeds(Protocol):
    """An index that has the words searched for turned into a vector."""

    embed: Embed


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """What a call is held with; built once per process, before a call needs it."""

    stt: stt_api.STT[Any]
    llm: llm_api.LLM[Any]
    tts: tts_api.TTS[Any]
    policies: tuple[PolicyIndex, ...]


def build_engines(config: Config) -> Engines:
    """Build the engines of every role; call on the main thread (LiveKit's plugins insist).

    Raises:
        Misconfigured: See ``contactcenter.providers.build``.
    """
    stts = providers.build("stt", config)
    llms = providers.build("llm", config)
    ttss = providers.build("tts", config)
    return Engines(
        stt=stts[0]
        if len(stts) == 1
        else stt_api.FallbackAdapter(
            stts, attempt_timeout=STT_WITHIN_S, max_retry_per_stt=0, retry_interval=1
        ),
        llm=llms[0]
        if len(llms) == 1
        else llm_api.FallbackAdapter(llms, attempt_timeout=LLM_WITHIN_S, max_retry_per_llm=0),
        tts=ttss[0]
        if len(ttss) == 1
        else tts_api.FallbackAdapter(ttss, max_retry_per_tts=0, sample_rate=TTS_RATE),
        policies=tuple(with_shared_model(index) for index in providers.build("policies", config)),
    )


def with_shared_model(index: PolicyIndex) -> PolicyIndex:
    """Have an index embed in the process that all calls share, not with a copy of the model."""
    if isinstance(index, Embeds):
        index.embed = shared_embed
    return index


def connect_options() -> SessionConnectOptions:
    """Try once: a second try of the same engine is silence; the next engine takes over."""
    return SessionConnectOptions(
        stt_conn_options=APIConnectOptions(max_retry=0, timeout=STT_WITHIN_S),
        llm_conn_options=APIConnectOptions(max_retry=0, timeout=5 * LLM_WITHIN_S),
        tts_conn_options=APIConnectOptions(max_retry=0, timeout=TTS_WITHIN_S),
    )


def build_session(engines: Engines) -> AgentSession[None]:
    return AgentSession(
        stt=engines.stt,
        llm=engines.llm,
        tts=engines.tts,
        vad=inference.VAD(model="silero", min_silence_duration=0.25),
        turn_handling=TURNS,
        max_tool_steps=TOOL_STEPS,
        # Telephones cancel their own echo; the default withholds the caller's first 3 s.
        aec_warmup_duration=None,
        # agents/voice/silence.py asks after a silent caller.
        user_away_timeout=None,
        conn_options=connect_options(),
    )


def room_options(caller: str) -> RoomOptions:
    """Listen to the caller only, in the frames the speech engines take.

    Args:
        caller: Identity of the caller's leg.
    """
    return RoomOptions(
        participant_identity=caller,
        audio_input=AudioInputOptions(
            sample_rate=16_000, frame_size_ms=20, auto_gain_control=False
        ),
        text_input=False,
        # The text is paced with the voice, so that of an interrupted sentence only what was
        # heard is remembered.
        text_output=True,
    )
