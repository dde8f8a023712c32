"""The one place that reads the environment; every variable is checked when a process starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from contactcenter.errors import Misconfigured

ROOT: Final = Path(__file__).resolve().parent.parent
ANY_ADDRESS: Final = "0.0.0.0"  # noqa: S104
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def read_text(env: Mapping[str, str], name: str, *, default: str | None = None) -> str:
    value = env.get(name, default)
    if value is None or (value == "" and default is None):
        raise Misconfigured(f"{name} is not set; `make run` sets it, docs/settings.md explains it")
    return value


def read_int(env: Mapping[str, str], name: str, *, default: int, least: int = 0) -> int:
    raw = env.get(name)
    if raw is None:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise Misconfigured(f"{name}={raw!r} is not a whole number") from None
    if value < least:
        raise Misconfigured(f"{name}={raw!r} must be at least {least}")
    return value


def read_seconds(env: Mapping[str, str], name: str, *, default: float) -> float:
    raw = env.get(name)
    if raw is None:
        return default
    try:
        value = float(raw)
    except ValueError:
        raise Misconfigured(f"{name}={raw!r} is not a number of seconds") from None
    # Also neither "nan" nor "inf": a time-out of these never comes.
    if not 0 < value < float("inf"):
        raise Misconfigured(f"{name}={raw!r} must be greater than zero, and finite")
    return value


def read_list(env: Mapping[str, str], name: str, *, default: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in env.get(name, default).split(",") if part.strip())


def read_port_range(env: Mapping[str, str], name: str, *, default: str) -> tuple[int, int]:
    raw = env.get(name, default)
    low, _, high = raw.partition("-")
    if not (low.isdigit() and high.isdigit() and 0 < int(low) < int(high) < 65536):
        raise Misconfigured(f"{name}={raw!r} is not a port range such as {default}")
    return int(low), int(high)


def read_key(env: Mapping[str, str], name: str, *, needed_by: str, when: bool) -> str:
    """Return a vendor's key; a chosen vendor without its key stops the start."""
    value = env.get(name, "")
    if when and not value:
        raise Misconfigured(f"{needed_by} is chosen, but {name} is not set")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendors:
    """Keys, models and base URLs; a base URL is empty for the vendor's own."""

    deepgram_api_key: str
    deepgram_model: str
    deepgram_url: str
    cartesia_api_key: str
    cartesia_model: str
    cartesia_voice: str
    cartesia_url: str
    anthropic_api_key: str
    anthropic_model: str
    anthropic_url: str
    pinecone_api_key: str
    pinecone_host: str
    pinecone_namespace: str

    @classmethod
    def from_env(cls, env: Mapping[str, str], chosen: frozenset[str]) -> Vendors:
        return cls(
            deepgram_api_key=read_key(
                env, "DEEPGRAM_API_KEY", needed_by="STT=deepgram", when="deepgram" in chosen
            ),
            deepgram_model=env.get("DEEPGRAM_MODEL", "nova-3"),
            deepgram_url=env.get("DEEPGRAM_URL", ""),
            cartesia_api_key=read_key(
                env, "CARTESIA_API_KEY", needed_by="TTS=cartesia", when="cartesia" in chosen
            ),
            cartesia_model=env.get("CARTESIA_MODEL", "sonic-3"),
            cartesia_voice=env.get("CARTESIA_VOICE", "f786b574-daa5-4673-aa0c-cbe3e8534c02"),
            cartesia_url=env.get("CARTESIA_URL", ""),
            anthropic_api_key=read_key(
                env, "ANTHROPIC_API_KEY", needed_by="LLM=claude", when="claude" in chosen
            ),
            anthropic_model=env.get("ANTHROPIC_MODEL", "claude-haiku-4-5"),
            anthropic_url=env.get("ANTHROPIC_URL", ""),
            pinecone_api_key=read_key(
                env, "PINECONE_API_KEY", needed_by="POLICIES=pinecone", when="pinecone" in chosen
            ),
            pinecone_host=read_key(
                env, "PINECONE_HOST", needed_by="POLICIES=pinecone", when="pinecone" in chosen
            ),
            pinecone_namespace=env.get("PINECONE_NAMESPACE", "shop"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything a process is told from outside; docs/settings.md explains each variable.

    Attributes:
        stt: Names of speech recognisers in order of preference (``contactcenter.providers``).
        sip_allowed: Addresses that may call without digest; must be given (or digest on every
            number) once ``sip_host`` is not loopback.
        rtp_ports: First and last UDP port for telephone audio; a call takes an even port.
    """

    var: Path
    models: Path
    database_url: str
    redis_url: str
    secret_key: str
    allowed_hosts: tuple[str, ...]
    web_url: str
    livekit_url: str
    livekit_public_url: str
    livekit_api_key: str
    livekit_api_secret: str
    worker_token: str
    recorder_token: str
    worker_port: int
    recorder_port: int
    max_calls: int
    drain_s: float
    orders_url: str
    orders_secret: str
    orders_host: str
    orders_port: int
    shop_name: str
    sip_host: str
    sip_port: int
    sip_public_ip: str
    sip_username: str
    sip_password: str
    sip_allowed: tuple[str, ...]
    sip_max_calls: int
    sip_drain_s: float
    rtp_ports: tuple[int, int]
    stt: tuple[str, ...]
    tts: tuple[str, ...]
    llm: tuple[str, ...]
    policies: tuple[str, ...]
    vendors: Vendors
    retention_days: int

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Config:
        """Read and check every variable.

        Raises:
            Misconfigured: A variable is missing, malformed or contradicts another; names it.
        """
        var = Path(env.get("VAR_DIR", str(ROOT / "var")))
        roles = {
            "stt": read_list(env, "STT", default="moonshine"),
            "tts": read_list(env, "TTS", default="hibari"),
            "llm": read_list(env, "LLM", default="rules"),
            "policies": read_list(env, "POLICIES", default="embedded"),
        }
        livekit_url = read_text(env, "LIVEKIT_URL", default="ws://127.0.0.1:7880")
        config = cls(
            var=var,
            models=Path(env.get("MODELS_DIR", str(ROOT / ".local" / "models"))),
            database_url=read_text(env, "DATABASE_URL"),
            redis_url=read_text(env, "REDIS_URL", default="redis://127.0.0.1:6390"),
            secret_key=read_text(env, "SECRET_KEY"),
            allowed_hosts=read_list(env, "ALLOWED_HOSTS", default="127.0.0.1,localhost"),
            web_url=read_text(env, "WEB_URL", default="http://127.0.0.1:8000"),
            livekit_url=livekit_url,
            livekit_public_url=env.get("LIVEKIT_PUBLIC_URL", livekit_url),
            livekit_api_key=read_text(env, "LIVEKIT_API_KEY", default="local"),
            livekit_api_secret=read_text(env, "LIVEKIT_API_SECRET"),
            worker_token=read_text(env, "WORKER_TOKEN"),
            recorder_token=read_text(env, "RECORDER_TOKEN"),
            worker_port=read_int(env, "WORKER_PORT", default=8081),
            recorder_port=read_int(env, "RECORDER_PORT", default=8082),
            max_calls=read_int(env, "MAX_CALLS", default=4, least=1),
            drain_s=read_seconds(env, "DRAIN_S", default=5.0),
            orders_url=read_text(env, "ORDERS_MCP_URL", default="http://127.0.0.1:8001/mcp"),
            orders_secret=read_text(env, "ORDERS_SECRET"),
            orders_host=env.get("ORDERS_HOST", "127.0.0.1"),
            orders_port=read_int(env, "ORDERS_PORT", default=8001, least=1),
            shop_name=env.get("SHOP_NAME", "Willow and Wren"),
            sip_host=env.get("SIP_HOST", "127.0.0.1"),
            sip_port=read_int(env, "SIP_PORT", default=5060, least=1),
            sip_public_ip=env.get("SIP_PUBLIC_IP", env.get("SIP_HOST", "127.0.0.1")),
            sip_username=env.get("SIP_USERNAME", ""),
            sip_password=env.get("SIP_PASSWORD", ""),
            sip_allowed=read_list(env, "SIP_ALLOWED", default=""),
            sip_max_calls=read_int(env, "SIP_MAX_CALLS", default=15, least=1),
            sip_drain_s=read_seconds(env, "SIP_DRAIN_S", default=5.0),
            rtp_ports=read_port_range(env, "RTP_PORTS", default="30000-30400"),
            vendors=Vendors.from_env(env, frozenset().union(*roles.values())),
            retention_days=read_int(env, "RETENTION_DAYS", default=30, least=1),
            **roles,
        )
        config.check()
        return config

    def check(self) -> None:
        """Refuse combinations that would open the line to strangers, or to nobody.

        Raises:
            Misconfigured: The line is open to a network without digest or an address list, or
                telephones would be told an address that is none.
        """
        for network in self.sip_allowed:
            try:
                everybody = ip_network(network, strict=False).prefixlen == 0
            except ValueError:
                raise Misconfigured(
                    f"SIP_ALLOWED: {network!r} is not an address or network"
                ) from None
            if everybody:
                raise Misconfigured(
                    f"SIP_ALLOWED: {network!r} is everybody; set SIP_USERNAME and SIP_PASSWORD"
                )
        if self.sip_public_ip == ANY_ADDRESS:
            raise Misconfigured("SIP_HOST=0.0.0.0 needs SIP_PUBLIC_IP: the address phones send to")
        if (
            self.sip_host in LOOPBACK
            or self.sip_allowed
            or (self.sip_username and self.sip_password)
        ):
            return
        raise Misconfigured(
            f"SIP_HOST={self.sip_host} opens the line to a network: set SIP_USERNAME and"
            " SIP_PASSWORD, or SIP_ALLOWED to the addresses that may call"
        )


def load() -> Config:
    """Return the configuration of this process.

    Raises:
        Misconfigured: See ``Config.from_env``.
    """
    return Config.from_env(os.environ)
