"""Which module plays a role: names from the settings become what ``build(config)`` returns."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final, Literal

from contactcenter.config import Config
from contactcenter.errors import Misconfigured

Role = Literal["stt", "tts", "llm", "policies"]

MODULES: Final[Mapping[Role, Mapping[str, str]]] = {
    "stt": {
        "moonshine": "agents.voice.local.stt",
        "deepgram": "agents.voice.vendors.deepgram",
    },
    "tts": {
        "hibari": "agents.voice.local.tts",
        "cartesia": "agents.voice.vendors.cartesia",
    },
    "llm": {
        "rules": "agents.voice.dialogue",
        "claude": "agents.voice.vendors.claude",
    },
    "policies": {
        "embedded": "knowledge.backends.embedded",
        "pinecone": "knowledge.backends.pinecone",
    },
}
LAST_RESORT: Final[Mapping[Role, str]] = {
    "stt": "moonshine",
    "tts": "hibari",
    "llm": "rules",
    "policies": "embedded",
}


def names(role: Role, config: Config) -> tuple[str, ...]:
    """Return the role's providers in order of preference; the embedded one is always last.

    Raises:
        Misconfigured: A name is neither known nor a dotted path.
    """
    chosen: tuple[str, ...] = getattr(config, role)
    for name in chosen:
        if name not in MODULES[role] and "." not in name:
            known = ", ".join(MODULES[role])
            raise Misconfigured(
                f"{role.upper()}={name}: known are {known}, or a dotted module path"
            )
    last = LAST_RESORT[role]
    return chosen if last in chosen else (*chosen, last)


def build(role: Role, config: Config) -> list[Any]:
    """Build the role's providers in order of preference.

    LiveKit plugins register themselves on import and insist on the main thread: call this
    while a process is prewarmed.

    Raises:
        Misconfigured: A name is unknown, or a chosen module cannot be imported.
    """
    built = []
    for name in names(role, config):
        path = MODULES[role].get(name, name)
        try:
            module = import_module(path)
        except ImportError as error:
            raise Misconfigured(f"{role.upper()}={name}: cannot import {path}: {error}") from error
        built.append(module.build(config))
    return built
