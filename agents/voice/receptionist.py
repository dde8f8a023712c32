"""The voice agent of a call: what it is told, the tools it has, and what code decides for it."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from importlib.resources import files
from typing import Final

from livekit import rtc
from livekit.agents import Agent, ModelSettings, RunContext, function_tool, llm, stt
from livekit.agents.llm import StopResponse

from agents.voice.backchannel import Backchannel
from agents.voice.cards import without_cards
from agents.voice.control_plane import Line
from agents.voice.filler import Chunk, with_filler, without_filler
from agents.voice.ordered.tts import OrderedTTS
from agents.voice.policies import Policies, caller_turns, standalone_query, with_passages
from agents.voice.transcript import Transcript

logger = logging.getLogger(__name__)

# Asked for in any words, a person is noted by code: no model may talk the caller out of it.
PERSON: Final = re.compile(
    r"\b(?:(?:real|live|actual)\s+(?:person|human|agent)|human|operator|representative|"
    r"(?:speak|talk)\s+(?:to|with)\s+(?:a|an|the|some)\s*(?:one|body|person|agent|human)|"
    r"(?:speak|talk)\s+(?:to|with)\s+some(?:one|body))\b"
    r"|^\W*(?:agent|person|representative|operator|a person)(?:[,\s]+please)?\W*$",
    re.IGNORECASE,
)
# "Are you a real person?" asks what is speaking and wants an answer.
ASKS_WHAT_WE_ARE: Final = re.compile(
    r"\b(?:are you|you are|you're|is (?:this|that|it)|am i (?:talking|speaking) (?:to|with))"
    r"(?:\s+(?:a|an|the|not|really|actually|just|even|still|another|real|live|actual))*"
    r"\s+(?:person|human|agent|operator|representative)(?:\s+being)?\b",
    re.IGNORECASE,
)
PERSON_NOTED: Final = (
    "I understand, you'd like to talk to a person. Nobody can take over this call just now, so"
    " I've noted it, and a colleague will call you back. Is there anything I can do until then?"
)
TROUBLE: Final = "I'm sorry, something went wrong on my side. Could you say that again, please?"
SLOWER: Final = re.compile(r"\b(?:slower|slow down|too fast|more slowly)\b", re.IGNORECASE)


class Receptionist(Agent):
    """Answers one call.

    Args:
        end_politely: Called once the turn in which the call is to be ended has been spoken.
    """

    def __init__(
        self,
        *,
        shop_name: str,
        policies: Policies,
        transcript: Transcript,
        backchannel: Backchannel,
        end_politely: Callable[[str], None],
        toolsets: list[llm.Tool | llm.Toolset],
        chat_ctx: llm.ChatContext,
    ) -> None:
        prompt = files("agents.voice").joinpath("prompts/receptionist.md").read_text("utf-8")
        super().__init__(
            instructions=prompt.format(shop_name=shop_name), tools=toolsets, chat_ctx=chat_ctx
        )
        self.policies = policies
        self.transcript = transcript
        self.end_politely = end_politely
        self.backchannel = backchannel

    @function_tool
    async def request_person(self, context: RunContext[None], reason: str) -> str:
        """The caller wants to talk to a person. Call this at once, do not argue.

        Args:
            reason: What it is about, in a few words.
        """
        self.transcript.person_requested(reason)
        return PERSON_NOTED

    @function_tool
    async def end_call(self, context: RunContext[None], reason: str) -> None:
        """The caller is done or said goodbye. Say nothing: the farewell is spoken for you.

        Args:
            reason: Why the call ends, for example "caller is done".
        """
        self.backchannel.leaving = True
        context.speech_handle.add_done_callback(lambda _: self.end_politely("agent_ended"))
        raise StopResponse

    async def on_user_turn_completed(
        self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage
    ) -> None:
        words = new_message.text_content or ""
        if wants_person(words):
            self.transcript.person_requested("asked for a person")
        if SLOWER.search(words) and isinstance(self.session.tts, OrderedTTS):
            self.session.tts.slow_down()

    async def stt_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncGenerator[stt.SpeechEvent, None]:
        self.backchannel.follow(self.session)
        async for event in Agent.default.stt_node(self, audio, model_settings):
            for heard in event.alternatives:
                without_cards(heard)
            if not self.backchannel.is_one(event):
                yield event

    async def llm_node(
        self, chat_ctx: llm.ChatContext, tools: list[llm.Tool], model_settings: ModelSettings
    ) -> AsyncGenerator[Chunk, None]:
        turns = caller_turns(chat_ctx)
        answers_caller = bool(chat_ctx.items) and getattr(chat_ctx.items[-1], "role", "") == "user"
        if answers_caller and wants_person(turns[-1]):
            yield PERSON_NOTED
            return
        answer = self._answer(chat_ctx, tools, model_settings)
        # Once a turn is enough: after a tool the answer is asked for again.
        if answers_caller:
            answer = with_filler(answer)
        async for chunk in answer:
            yield chunk

    async def _answer(
        self, chat_ctx: llm.ChatContext, tools: list[llm.Tool], model_settings: ModelSettings
    ) -> AsyncGenerator[Chunk, None]:
        try:
            query = standalone_query(caller_turns(chat_ctx))
            hits = await self.policies.search(query) if query else []
            self.transcript.passages_in_view(query, hits)
            shown = with_passages(without_filler(chat_ctx), hits)
            async for chunk in Agent.default.llm_node(self, shown, tools, model_settings):
                yield chunk
        except Exception as error:  # noqa: BLE001 - reported by the framework; no silence follows
            logger.warning("no answer", extra={"reason": type(error).__name__})
            yield TROUBLE


def wants_person(words: str) -> bool:
    return bool(PERSON.search(ASKS_WHAT_WE_ARE.sub("", words)))


def history(lines: Sequence[Line]) -> llm.ChatContext:
    """Return the context of a call that another job began."""
    chat_ctx = llm.ChatContext.empty()
    for line in lines:
        chat_ctx.add_message(
            role="user" if line.speaker == "caller" else "assistant", content=line.text
        )
    return chat_ctx
