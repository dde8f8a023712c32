"""A second line on the vendors' plugins, each of which talks to its stand-in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
import pytest

from agents.voice.local.hibari_voice import HibariVoice, as_pcm
from agents.voice.local.moonshine import Moonshine
from contactcenter.config import ROOT
from tests import needs
from tests.knowledge.pinecone_server import PineconeServer
from tests.telephone.line import Line, running_line
from tests.vendors.anthropic_server import AnthropicServer
from tests.vendors.cartesia_server import CartesiaServer
from tests.vendors.deepgram_server import DeepgramServer
from tests.vendors.faults import KEY, Fault, StandIn, serving_in_thread
from tests.vendors.shop_assistant import think

RTP_PORTS: Final = "31500-31900"
PAID_RTP_PORTS: Final = "32000-32400"
KEYS: Final = (
    "DEEPGRAM_API_KEY",
    "CARTESIA_API_KEY",
    "ANTHROPIC_API_KEY",
    "PINECONE_API_KEY",
    "PINECONE_HOST",
)
CHOSEN: Final = {"STT": "deepgram", "TTS": "cartesia", "LLM": "claude", "POLICIES": "pinecone"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendors:
    """The stand-ins; they really hear, speak and search."""

    deepgram: DeepgramServer
    cartesia: CartesiaServer
    claude: AnthropicServer
    pinecone: PineconeServer

    @property
    def all(self) -> list[StandIn]:
        return [self.deepgram, self.cartesia, self.claude, self.pinecone]

    @property
    def settings(self) -> dict[str, str]:
        return CHOSEN | {
            "DEEPGRAM_URL": self.deepgram.url,
            "DEEPGRAM_API_KEY": KEY,
            "CARTESIA_URL": self.cartesia.url,
            "CARTESIA_API_KEY": KEY,
            "ANTHROPIC_URL": self.claude.url,
            "ANTHROPIC_API_KEY": KEY,
            "PINECONE_HOST": self.pinecone.url,
            "PINECONE_API_KEY": KEY,
        }

    @contextmanager
    def failing(self, stand_in: StandIn, fault: Fault) -> Iterator[None]:
        stand_in.fault = fault
        try:
            yield
        finally:
            stand_in.fault = ""


def build_vendors() -> Vendors:
    ear = Moonshine(ROOT / ".local" / "models")
    voice = HibariVoice()

    def hear(pcm: bytes) -> str:
        return ear.hear((np.frombuffer(pcm, "<i2") / 32768).astype(np.float32))

    def say(text: str) -> bytes:
        return as_pcm(voice.say(text))

    return Vendors(
        deepgram=DeepgramServer(hear),
        cartesia=CartesiaServer(say),
        claude=AnthropicServer(think),
        pinecone=PineconeServer(),
    )


@pytest.fixture(scope="session")
def vendors() -> Iterator[Vendors]:
    needs.insist(needs.baresip(), needs.livekit(), needs.models())
    built = build_vendors()
    with serving_in_thread(built.all):
        yield built


@pytest.fixture(scope="session")
def vendor_line(vendors: Vendors) -> Iterator[Line]:
    with running_line(vendors.settings | {"RTP_PORTS": RTP_PORTS}, name="vendors") as line:
        be_brief(line)
        yield line


def be_brief(line: Line) -> None:
    """Shorten the first words: they are tried elsewhere, and here take time in every call."""
    line.rows("UPDATE agents_voiceprofile SET greeting = 'Hello.', discloses_ai = false")
    line.rows("UPDATE sip_phonenumber SET records = false")


@pytest.fixture(scope="session")
def paid_line() -> Iterator[Line]:
    """A line on the vendors themselves; only where all their keys are."""
    missing = [name for name in KEYS if not os.environ.get(name)]
    if missing:
        pytest.skip(f"calls to the vendors themselves need {', '.join(missing)}")
    needs.insist(needs.baresip(), needs.livekit(), needs.models())
    keys = {name: os.environ[name] for name in KEYS} | {"PINECONE_NAMESPACE": "test"}
    with running_line({**CHOSEN, **keys, "RTP_PORTS": PAID_RTP_PORTS}, name="paid") as line:
        be_brief(line)
        yield line
