"""Room names, identities and grants; every token is minted here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import jwt
from livekit import api

from contactcenter.config import Config
from contactcenter.errors import Invalid

ROOM_PREFIX: Final = "call-"
VOICE_AGENT: Final = "ai"
RECORDER: Final = "recorder"
RECEPTIONIST_AGENT_NAME: Final = "receptionist"
RECORDER_AGENT_NAME: Final = "recorder"
# A call may not outlive its tokens: SIP legs end after MAX_CALL_S.
MAX_CALL_S: Final = 3600.0
CALL_AUDIENCE: Final = "orders"


def is_call(room_name: str) -> bool:
    return room_name.startswith(ROOM_PREFIX)


def recorder_token(config: Config, room_name: str) -> str:
    """A hidden participant that hears everything and says nothing (facts: desk §6, §9)."""
    grants = api.VideoGrants(
        room_join=True,
        room=room_name,
        can_publish=False,
        can_publish_data=False,
        can_subscribe=True,
        hidden=True,
        recorder=True,
    )
    return (
        api.AccessToken(config.livekit_api_key, config.livekit_api_secret)
        .with_identity(RECORDER)
        .with_grants(grants)
        .with_ttl(timedelta(minutes=2))
        .to_jwt()
    )


def sip_token(
    config: Config,
    *,
    room_name: str,
    identity: str,
    name: str,
    metadata: str,
    attributes: dict[str, str],
    room_config: api.RoomConfiguration | None = None,
    room_preset: str = "",
) -> str:
    """A telephone leg, as livekit-sip joins it: kind ``sip``, may change its own attributes."""
    grants = api.VideoGrants(
        room_join=True,
        room=room_name,
        can_publish=True,
        can_subscribe=True,
        can_publish_data=True,
        can_update_own_metadata=True,
    )
    token = (
        api.AccessToken(config.livekit_api_key, config.livekit_api_secret)
        .with_identity(identity)
        .with_name(name)
        .with_kind("sip")
        .with_metadata(metadata)
        .with_attributes(attributes)
        .with_grants(grants)
    )
    if room_config is not None:
        token = token.with_room_config(room_config)
    if room_preset:
        token = token.with_room_preset(room_preset)
    return token.to_jwt()


def call_token(config: Config, room_name: str) -> str:
    """What the orders server asks for: proof that the asker is in this call, never longer."""
    now = datetime.now(UTC)
    claims = {
        "aud": CALL_AUDIENCE,
        "room": room_name,
        "iat": now,
        "exp": now + timedelta(seconds=MAX_CALL_S),
    }
    return jwt.encode(claims, config.orders_secret, algorithm="HS256")


def read_call_token(secret: str, token: str) -> str:
    """Return the room name the token was minted for.

    Raises:
        Invalid: The token is forged, expired or meant for somebody else.
    """
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            audience=CALL_AUDIENCE,
            options={"require": ["exp", "room"]},
        )
    except jwt.InvalidTokenError as error:
        raise Invalid(f"call token: {type(error).__name__}") from None
    return str(claims["room"])
