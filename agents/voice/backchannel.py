"""Tells "mm-hm" from an interruption: a caller's murmur while the agent speaks is no turn."""

from __future__ import annotations

import re
import time
from typing import Any, Final

from livekit.agents import AgentSession, AgentStateChangedEvent, stt

# The recogniser writes "mm-hm" in many ways ("Mama,"), so length decides and not a list of
# sounds; short words that mean something are let through.
MOST_WORDS: Final = 2
MEANT: Final = re.compile(
    r"\b(?:stop|wait|no|yes|cancel|help|person|human|agent|operator|hello|sorry|repeat|what|by|"
    r"bye|goodby|goodbye|hold|slower|thanks|again|zero|one|two|three|four|five|six|"
    r"seven|eight|nine)\b|\d",
    re.IGNORECASE,
)
# "Bye" over our own goodbye is no reason to begin the goodbye again.
LEAVING: Final = re.compile(
    r"(?:\W*\b(?:good|by|bye|goodby|goodbye|thanks|thank|you|very|so|much|okay|ok|alright|great|"
    r"have|a|nice|day|too|for|your|all|the|help|take|care)\b)*\W*",
    re.IGNORECASE,
)
# A murmur that began while the agent spoke is recognised a little later.
ECHO_S: Final = 2.0
WORDS: Final = frozenset(
    {
        stt.SpeechEventType.INTERIM_TRANSCRIPT,
        stt.SpeechEventType.PREFLIGHT_TRANSCRIPT,
        stt.SpeechEventType.FINAL_TRANSCRIPT,
    }
)


class Backchannel:
    """Follows whether the agent speaks, and judges the caller's words by it.

    Attributes:
        leaving: The goodbye has begun.
    """

    def __init__(self) -> None:
        self.following: AgentSession[Any] | None = None
        self.speaking = False
        self.leaving = False
        self.stopped_mid_sentence_at = 0.0

    def follow(self, session: AgentSession[Any]) -> None:
        if self.following is not session:
            self.following = session
            session.on("agent_state_changed", self._note)

    def _note(self, event: AgentStateChangedEvent) -> None:
        self.speaking = event.new_state == "speaking"
        assert self.following is not None
        if event.old_state == "speaking" and self.following.current_speech is not None:
            # Paused by the caller's voice, and not at the end of what there was to say.
            self.stopped_mid_sentence_at = time.monotonic()

    def is_one(self, event: stt.SpeechEvent) -> bool:
        """Say whether to drop these words; the framework then goes on with its sentence."""
        if event.type not in WORDS or not event.alternatives:
            return False
        text = event.alternatives[0].text
        # Also in the moment before the farewell begins: recognised late, it would interrupt it.
        if self.leaving and LEAVING.fullmatch(text):
            return True
        if not self.speaking and time.monotonic() - self.stopped_mid_sentence_at > ECHO_S:
            return False
        return len(text.split()) <= MOST_WORDS and not MEANT.search(text)
