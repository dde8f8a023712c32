"""The settings of a telephone conversation (measured, see docs/developer.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol, runtime_checkable

from livekit.agents import AgentSession, APIConnectOptions, TurnHandlingOptions, inference
from livekit.agents import llm as llm_api
from livekit.agents import stt as stt_api
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.agents.voice.room_io import AudioInputOptions, RoomOptions

from agents.voice.end_of_turn import EndOfTurnRules
from agents.voice.local.inference import embed as shared_embed
from agents.voice.ordered.llm import OrderedLLM
from agents.voice.ordered.preference import Preference
from agents.voice.ordered.stt import OrderedSTT
from agents.voice.ordered.tts import OrderedTTS
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
# Of several engines each has this long before the next takes over, within the turn.
STT_CONNECT_WITHIN_S: Final = 3.0
STT_WORDS_WITHIN_S: Final = 1.8
LLM_WITHIN_S: Final = 2.5
TTS_WITHIN_S: Final = 2.0
TOOL_STEPS: Final = 6


@runtime_checkable
class Embeds(Protocol):
    """An index that has the words searched for turned into a vector."""

    embed: Embed


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """What a call is held with; built once per process, before a call needs it.

    Attributes:
        preferences: Of every role; they tell which engines fail.
    """

    stt: stt_api.STT[Any]
    llm: llm_api.LLM[Any]
    tts: OrderedTTS
    policies: Preference[PolicyIndex]
    preferences: tuple[Preference[Any], ...] = ()


def build_engines(config: Config) -> Engines:
    """Build the engines of every role; call on the main thread (LiveKit's plugins insist).

    Raises:
        Misconfigured: See ``contactcenter.providers.build``.
    """
    stts = preference("stt", config)
    llms = preference("llm", config)
    ttss = preference("tts", config)
    policies = preference("policies", config)
    for _, index in policies.engines:
        if isinstance(index, Embeds):
            # In the process that all calls share, not with a copy of the model.
            index.embed = shared_embed
    return Engines(
        stt=stts.first
        if len(stts.engines) == 1
        else OrderedSTT(
            stts, connect_within_s=STT_CONNECT_WITHIN_S, words_within_s=STT_WORDS_WITHIN_S
        ),
        llm=llms.first if len(llms.engines) == 1 else OrderedLLM(llms, within_s=LLM_WITHIN_S),
        # Also a single voice is given what for_speech makes of a text.
        tts=OrderedTTS(ttss, within_s=TTS_WITHIN_S),
        policies=policies,
        preferences=(stts, llms, ttss, policies),
    )


def preference(role: providers.Role, config: Config) -> Preference[Any]:
    built = providers.build(role, config)
    return Preference(role, list(zip(providers.names(role, config), built, strict=True)))


def connect_options() -> SessionConnectOptions:
    """Try once: a second try of the same engine is silence; the next engine takes over."""
    once = APIConnectOptions(max_retry=0)
    return SessionConnectOptions(
        stt_conn_options=once, llm_conn_options=once, tts_conn_options=once
    )


def build_session(engines: Engines) -> AgentSession[None]:
    session = AgentSession[None](
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
    if isinstance(engines.stt, OrderedSTT):
        engines.stt.follow(session)
    return session


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
