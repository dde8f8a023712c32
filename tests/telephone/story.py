"""One whole call on the running line, placed once; tests look at it from every side."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from tests.telephone.line import Line
from tests.telephone.listening import Listening
from tests.telephone.phone import Phone
from tools import caller_voice

CALLER: Final = "+15550142"
ASKS_FOR_ORDER: Final = "Hello, where is my order W 1 0 0 1?"
ZIP: Final = "nine four one one zero"
ASKS_POLICY: Final = "How many days do I have to return something?"
GOODBYE: Final = "No, thank you. Goodbye."


@dataclass(kw_only=True)
class Talk:
    """A telephone in a call: says sentences, listens to the answers."""

    phone: Phone
    folder: Path
    listening: Listening
    heard: list[str] = field(default_factory=list)

    @classmethod
    def dial(cls, line: Line, folder: Path, *, user: str = CALLER) -> Talk:
        phone = Phone(folder, user=user)
        phone.dial(line.address)
        phone.wait("CALL_ESTABLISHED", 30)
        return cls(phone=phone, folder=folder, listening=Listening(path=phone.heard()))

    def hang_up(self) -> None:
        self.phone.hangup()
        self.phone.wait("CALL_CLOSED", 10)

    def hear(self, *, within_s: float = 25.0) -> str:
        """Wait until the other side has spoken and is quiet; return its words."""
        self.heard.append(self.listening.until_quiet(within_s=within_s))
        return self.heard[-1]

    def say(self, text: str, *, wait: bool = True) -> None:
        name = f"sentence-{time.monotonic_ns()}.wav"
        self.phone.say(caller_voice.record(text, self.folder / name), wait=wait)

    def ask(self, text: str) -> str:
        self.say(text)
        return self.hear()


@dataclass(frozen=True, kw_only=True)
class Story:
    """The call, its row in the database, and what the phone heard turn by turn."""

    talk: Talk
    call: dict[str, Any]
    closed_by: str
    greeting: str
    after_order: str
    status: str
    policy: str


def tell(line: Line, folder: Path) -> Story:
    talk = Talk.dial(line, folder)
    try:
        greeting = talk.hear()
        after_order = talk.ask(ASKS_FOR_ORDER)
        status = talk.ask(ZIP)
        policy = talk.ask(ASKS_POLICY)
        talk.say(GOODBYE)
        closed_by = talk.phone.wait("CALL_CLOSED", 30).param
    finally:
        talk.phone.stop()
    (call,) = line.wait_for(
        "SELECT * FROM calls_call WHERE caller_number = %s ORDER BY started_at DESC LIMIT 1",
        CALLER,
        until=lambda rows: bool(rows) and rows[0]["state"] == "ended",
    )
    return Story(
        talk=talk,
        call=call,
        closed_by=closed_by,
        greeting=greeting,
        after_order=after_order,
        status=status,
        policy=policy,
    )


@pytest.fixture(scope="session")
def story(line: Line, tmp_path_factory: pytest.TempPathFactory) -> Story:
    return tell(line, tmp_path_factory.mktemp("story"))
