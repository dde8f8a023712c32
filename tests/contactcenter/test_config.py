"""A wrong setting stops the start and is named in the message."""

from __future__ import annotations

import pytest

from contactcenter.config import Config
from contactcenter.errors import Misconfigured

NEEDED = {
    "DATABASE_URL": "postgresql:///shop",
    "SECRET_KEY": "secret",
    "LIVEKIT_API_SECRET": "secret",
    "WORKER_TOKEN": "worker",
    "RECORDER_TOKEN": "recorder",
    "ORDERS_SECRET": "secret",
}


def test_what_make_run_sets_is_enough() -> None:
    config = Config.from_env(NEEDED)

    assert (config.sip_host, config.retention_days, config.rtp_ports) == (
        "127.0.0.1",
        30,
        (30000, 30400),
    )
    assert (config.stt, config.llm, config.livekit_public_url) == (
        ("moonshine",),
        ("rules",),
        "ws://127.0.0.1:7880",
    )


@pytest.mark.parametrize("name", NEEDED)
def test_what_has_no_default_must_be_set(name: str) -> None:
    with pytest.raises(Misconfigured, match=f"{name} is not set"):
        Config.from_env({**NEEDED, name: ""})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"MAX_CALLS": "many"}, "MAX_CALLS='many' is not a whole number"),
        ({"MAX_CALLS": "0"}, "MAX_CALLS='0' must be at least 1"),
        ({"DRAIN_S": "long"}, "DRAIN_S='long' is not a number of seconds"),
        ({"DRAIN_S": "0"}, "DRAIN_S='0' must be greater than zero"),
        ({"DRAIN_S": "inf"}, "DRAIN_S='inf' must be greater than zero"),
        ({"DRAIN_S": "nan"}, "DRAIN_S='nan' must be greater than zero"),
        ({"RTP_PORTS": "30400-30000"}, "RTP_PORTS='30400-30000' is not a port range"),
        ({"RTP_PORTS": "30000"}, "RTP_PORTS='30000' is not a port range"),
        ({"STT": "moonshine,deepgram"}, "STT=deepgram is chosen, but DEEPGRAM_API_KEY is not set"),
        ({"TTS": "cartesia"}, "TTS=cartesia is chosen, but CARTESIA_API_KEY is not set"),
        ({"LLM": "claude"}, "LLM=claude is chosen, but ANTHROPIC_API_KEY is not set"),
        ({"POLICIES": "pinecone"}, "POLICIES=pinecone is chosen, but PINECONE_API_KEY is not set"),
        (
            {"POLICIES": "pinecone", "PINECONE_API_KEY": "key"},
            "POLICIES=pinecone is chosen, but PINECONE_HOST is not set",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_is_wrong(wrong: dict[str, str], told: str) -> None:
    with pytest.raises(Misconfigured, match=told):
        Config.from_env(NEEDED | wrong)
