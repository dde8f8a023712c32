"""Offers and answers (RFC 3264) for one audio stream in G.722 or G.711 with telephone events."""

from __future__ import annotations

import time
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from aiosipua.sdp import (
    Codec,
    SdpMessage,
    SdpNegotiationError,
    build_sdp,
    negotiate_sdp,
    parse_sdp,
    serialize_sdp,
)

from contactcenter.errors import Invalid
from sip.gateway.messages import Address, is_port

# In our order of preference; G.722's clock is 8000 by RFC 3551, its audio is 16 kHz.
CODECS: Final = {9: "G722", 0: "PCMU", 8: "PCMA"}
TELEPHONE_EVENT: Final = "telephone-event"
OUR_EVENT_TYPE: Final = 101
HELD: Final = frozenset({"sendonly", "inactive"})
NOWHERE: Final = "0.0.0.0"  # noqa: S104  (RFC 2543's way to hold a call)


class NotAcceptable(Invalid):
    """The far end offers nothing that we speak."""

    code = "not_acceptable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What both ends agreed on.

    Attributes:
        event_type: RTP payload type of telephone events; 0 when the far end has none.
        held: The far end does not listen.
    """

    payload_type: int
    event_type: int
    address: Address
    held: bool


def read(text: str) -> SdpMessage:
    """Parse a description.

    Raises:
        NotAcceptable: It is not one.
    """
    try:
        return parse_sdp(text)
    except (ValueError, IndexError) as error:
        raise NotAcceptable(f"session description: {type(error).__name__}") from None


def speaks(codec: Codec, payload_types: tuple[int, ...]) -> bool:
    name = CODECS.get(codec.payload_type)
    return codec.payload_type in payload_types and codec.encoding_name.upper() in {name, ""}


def choose(remote: SdpMessage, payload_types: tuple[int, ...] = tuple(CODECS)) -> Choice:
    """Take the first codec of the far end that we speak.

    Raises:
        NotAcceptable: There is none, or no plain RTP audio at all.
    """
    audio, address = remote.audio, remote.rtp_address
    if audio is None or address is None or audio.port == 0:
        raise NotAcceptable("no audio")
    if audio.proto != "RTP/AVP":
        raise NotAcceptable("only plain RTP (RTP/AVP) is spoken here")
    if not is_address(address):
        raise NotAcceptable("no address for audio")
    codec = next((codec for codec in audio.codecs if speaks(codec, payload_types)), None)
    if codec is None:
        raise NotAcceptable("neither G.722 nor G.711 is offered")
    events = (c.payload_type for c in audio.codecs if c.encoding_name.lower() == TELEPHONE_EVENT)
    return Choice(
        payload_type=codec.payload_type,
        event_type=next(events, 0),
        address=address,
        held=audio.direction in HELD or address[0] == NOWHERE,
    )


def is_address(address: Address) -> bool:
    """Say whether audio can be sent there: a name or a wild port would end our own socket."""
    try:
        ip_address(address[0])
    except ValueError:
        return False
    return is_port(address[1])


class Session:
    """Our side of one call's description: one session id, a version that grows."""

    def __init__(self, ip: str, port: int) -> None:
        self._ip = ip
        self._port = port
        self._id = str(time.time_ns() // 1000)
        self._version = int(self._id)
        self.current = ""

    def offer(self, payload_types: tuple[int, ...] = tuple(CODECS)) -> str:
        first = payload_types[0]
        description = build_sdp(self._ip, self._port, first, CODECS[first])
        media = description.media[0]
        media.formats = [*map(str, payload_types), str(OUR_EVENT_TYPE)]
        media.attributes["rtpmap"] = [
            *(f"{number} {CODECS[number]}/8000" for number in payload_types),
            f"{OUR_EVENT_TYPE} {TELEPHONE_EVENT}/8000",
        ]
        media.attributes["fmtp"] = [f"{OUR_EVENT_TYPE} 0-15"]
        return self._publish(description)

    def answer(self, offer: SdpMessage, choice: Choice) -> str:
        """Answer an offer; a hold (``sendonly``) is answered with ``recvonly``.

        Raises:
            NotAcceptable: The choice was not made from this offer.
        """
        try:
            description, _ = negotiate_sdp(
                offer,
                self._ip,
                self._port,
                supported_codecs=[choice.payload_type],
                dtmf_payload_type=choice.event_type,
            )
        except SdpNegotiationError:
            raise NotAcceptable("the codec of the call is not offered") from None
        if description.audio is not None:
            # We pack 20 ms whatever the far end prefers.
            description.audio.attributes["ptime"] = ["20"]
        return self._publish(description)

    def _publish(self, description: SdpMessage) -> str:
        description.origin.session_id = self._id
        description.origin.session_version = str(self._version)
        self._version += 1
        self.current = serialize_sdp(description)
        return self.current
