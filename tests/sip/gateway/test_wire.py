"""The messages have livekit's field numbers and can be read by it."""

from __future__ import annotations

import pytest
from livekit.protocol import sip

from sip.gateway import wire


@pytest.mark.parametrize(
    ("message", "encoded"),
    [
        (wire.Request(request_id="a", raw_request=b"b"), b"\x0a\x01aB\x01b"),
        (wire.Response(raw_response=b"b"), b":\x01b"),
        (wire.ClaimRequest(affinity=1.0), b"\x1d\x00\x00\x80?"),
        (wire.CreateRequest(headers={"a": "b"}), b"\xaa\x01\x06\x0a\x01a\x12\x01b"),
        (wire.CreateRequest(wait_until_answered=True), b"\xe8\x01\x01"),
        (
            wire.TransferRequest(ringing_timeout=wire.duration(1.5)),
            b"*\x08\x08\x01\x10\x80\xca\xb5\xee\x01",
        ),
    ],
)
def test_a_message_is_encoded_as_livekit_encodes_it(message: object, encoded: bytes) -> None:
    assert message.SerializeToString() == encoded  # type: ignore[attr-defined]


def test_a_message_of_livekit_travels_inside_ours() -> None:
    call = wire.SIPCall(
        to=sip.SIPUri(user="+15550100", host="example.com"), via=[sip.SIPUri(), sip.SIPUri()]
    )
    read = wire.SIPCall.FromString(call.SerializeToString())

    assert isinstance(read.to, sip.SIPUri)
    assert (read.to.user, len(read.via)) == ("+15550100", 2)


def test_a_field_of_a_newer_livekit_is_passed_over() -> None:
    assert wire.ClaimResponse.FromString(b"\x0a\x01a\xfa\x7f\x01x").request_id == "a"


def test_an_absent_duration_is_the_default() -> None:
    assert wire.seconds(wire.CreateRequest().ringing_timeout, 30.0) == 30.0
    assert wire.seconds(wire.duration(1.5), 30.0) == 1.5
