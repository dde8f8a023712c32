"""Offers and answers: codec, digits, hold."""

from __future__ import annotations

import pytest

from sip.gateway import sdp


def offer(
    media: str = "audio 4000 RTP/AVP 8 0 96",
    *,
    address: str = "192.0.2.1",
    lines: str = "a=rtpmap:96 telephone-event/8000",
) -> str:
    return (
        f"v=0\r\no=- 7 7 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
        f"m={media}\r\n{lines}\r\n"
    )


def test_the_first_codec_of_the_far_end_is_taken_with_its_digits() -> None:
    choice = sdp.choose(sdp.read(offer()))

    assert choice == sdp.Choice(
        payload_type=8, event_type=96, address=("192.0.2.1", 4000), held=False
    )


def test_the_answer_names_one_codec_the_far_ends_digits_and_our_20_ms() -> None:
    remote = sdp.read(offer(lines="a=rtpmap:96 telephone-event/8000\r\na=ptime:30"))
    answer = sdp.read(sdp.Session("192.0.2.9", 5000).answer(remote, sdp.choose(remote)))

    assert answer.audio is not None
    assert answer.audio.formats == ["8", "96"]
    assert answer.audio.attributes["ptime"] == ["20"]
    assert answer.rtp_address == ("192.0.2.9", 5000)


def test_our_offer_prefers_wide_band() -> None:
    offered = sdp.read(sdp.Session("192.0.2.9", 5000).offer())

    assert offered.audio is not None
    assert offered.audio.formats == ["9", "0", "8", "101"]
    assert [codec.encoding_name for codec in offered.audio.codecs] == [
        "G722",
        "PCMU",
        "PCMA",
        "telephone-event",
    ]


@pytest.mark.parametrize(
    ("direction", "answered", "held"),
    [
        ("sendrecv", "sendrecv", False),
        ("sendonly", "recvonly", True),
        ("inactive", "inactive", True),
        ("recvonly", "sendonly", False),
    ],
)
def test_hold_is_answered_in_kind(direction: str, answered: str, held: bool) -> None:
    remote = sdp.read(offer(lines=f"a={direction}"))
    choice = sdp.choose(remote)
    answer = sdp.read(sdp.Session("192.0.2.9", 5000).answer(remote, choice))

    assert choice.held is held
    assert answer.audio is not None
    assert answer.audio.direction == answered


def test_an_address_of_zeros_is_the_old_way_to_hold() -> None:
    assert sdp.choose(sdp.read(offer(address="0.0.0.0"))).held


def test_within_a_call_the_session_stays_and_its_version_grows() -> None:
    session, remote = sdp.Session("192.0.2.9", 5000), sdp.read(offer())
    first = sdp.read(session.answer(remote, sdp.choose(remote))).origin
    second = sdp.read(session.answer(remote, sdp.choose(remote))).origin

    assert first.session_id == second.session_id
    assert int(second.session_version) == int(first.session_version) + 1


@pytest.mark.parametrize(
    "media",
    [
        "audio 4000 RTP/AVP 18",
        "audio 0 RTP/AVP 0",
        "audio 4000 RTP/SAVP 0",
        "video 4000 RTP/AVP 0",
        "audio many RTP/AVP 0",
        "audio 70000 RTP/AVP 0",
        "",
    ],
)
def test_what_we_do_not_speak_is_not_acceptable(media: str) -> None:
    with pytest.raises(sdp.NotAcceptable):
        sdp.choose(sdp.read(offer(media)))


def test_audio_goes_to_addresses_only() -> None:
    with pytest.raises(sdp.NotAcceptable):
        sdp.choose(sdp.read(offer(address="desk.example.com")))


def test_a_resumed_call_may_not_change_its_codec() -> None:
    with pytest.raises(sdp.NotAcceptable):
        sdp.choose(sdp.read(offer("audio 4000 RTP/AVP 0")), (8,))
