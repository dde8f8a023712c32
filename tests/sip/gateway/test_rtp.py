"""Audio and digits of a telephone on the wire."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest
from aiortp.codecs import get_codec
from aiortp.dtmf import DtmfEvent
from aiortp.packet import RtpPacket

from sip.gateway.rtp import Ports, Rtp
from tests.sip.gateway.company import tone, until

HOST = "127.0.0.1"
EVENTS = 101
# Below what the system gives out: the port above each is needed too.
pool = Ports(HOST, 28_900, 28_998)


class Ear:
    """Collects what a telephone says."""

    def __init__(self) -> None:
        self.pcm = b""
        self.digits = ""

    def hear(self, pcm: bytes) -> None:
        self.pcm += pcm

    def press(self, digit: str) -> None:
        self.digits += digit


@pytest.fixture
def far_end() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far_end:
        far_end.bind((HOST, 0))
        far_end.setblocking(False)
        yield far_end


@pytest.fixture
def ear() -> Ear:
    return Ear()


async def opened(far_end: socket.socket, ear: Ear, *, payload_type: int = 0) -> Rtp:
    return await Rtp.open(
        (HOST, pool.take() or 0),
        far_end.getsockname(),
        payload_type=payload_type,
        event_type=EVENTS,
        on_audio=ear.hear,
        on_digit=ear.press,
    )


@pytest.fixture
async def rtp(far_end: socket.socket, ear: Ear) -> AsyncIterator[Rtp]:
    rtp = await opened(far_end, ear)
    yield rtp
    await rtp.close()


def received(far_end: socket.socket) -> list[RtpPacket]:
    packets = []
    while True:
        try:
            packets.append(RtpPacket.parse(far_end.recv(2048)))
        except BlockingIOError:
            return packets


def tick(rtp: Rtp, times: int) -> None:
    for _ in range(times):
        rtp.tick(None)


def test_a_digit_takes_180_ms_and_begins_once_and_ends_three_times(
    rtp: Rtp, far_end: socket.socket
) -> None:
    tick(rtp, 1)
    rtp.dial("5")
    tick(rtp, 13)
    packets = received(far_end)
    digits = [packet for packet in packets if packet.payload_type == EVENTS]
    events = [DtmfEvent.parse(packet.payload) for packet in digits]

    assert [packet.payload_type for packet in packets] == [0, *[EVENTS] * 11, 0]
    assert [packet.marker for packet in digits] == [1, *[0] * 10]
    assert len({packet.timestamp for packet in digits}) == 1
    assert [event.duration for event in events] == [160 * n for n in range(1, 9)] + [1440] * 3
    assert [event.end for event in events] == [False] * 8 + [True] * 3
    assert {event.digit for event in events} == {"5"}
    # 12 ticks of digit and gap: audio goes on where the clock is.
    assert packets[-1].timestamp - packets[0].timestamp & 0xFFFFFFFF == 13 * 160


def test_a_pause_between_digits_is_half_a_second_of_audio(rtp: Rtp, far_end: socket.socket) -> None:
    rtp.dial("w1")
    tick(rtp, 26)
    kinds = [packet.payload_type for packet in received(far_end)]

    assert kinds == [0] * 25 + [EVENTS]


def test_nonsense_is_not_dialled(rtp: Rtp, far_end: socket.socket) -> None:
    rtp.dial("x?é")

    assert not rtp.is_dialling


async def test_wide_band_audio_steps_by_the_clock_of_rfc_3551(
    far_end: socket.socket, ear: Ear
) -> None:
    rtp = await opened(far_end, ear, payload_type=9)
    tick(rtp, 2)
    await rtp.close()
    first, second = received(far_end)[:2]

    assert (len(first.payload), len(second.payload)) == (160, 160)
    assert rtp.rate == 16_000
    assert second.timestamp - first.timestamp & 0xFFFFFFFF == 160


def test_on_hold_nothing_is_sent(rtp: Rtp, far_end: socket.socket) -> None:
    rtp.sending = False
    tick(rtp, 3)

    assert received(far_end) == []


def packet(sequence: int, *, payload: bytes = b"\x80" * 160, kind: int = 0) -> bytes:
    return RtpPacket(
        payload_type=kind,
        sequence_number=sequence,
        timestamp=160 * sequence,
        ssrc=7,
        payload=payload,
    ).serialize()


async def test_a_digit_heard_thrice_is_one_digit_and_half_a_digit_does_no_harm(
    rtp: Rtp, far_end: socket.socket, ear: Ear
) -> None:
    end = DtmfEvent(event=3, end=True, volume=10, duration=800).serialize()
    far_end.sendto(packet(1, payload=b"\x03", kind=EVENTS), rtp.local)
    for sequence in (2, 3, 4):
        far_end.sendto(
            RtpPacket(
                payload_type=EVENTS,
                sequence_number=sequence,
                timestamp=320,
                ssrc=7,
                payload=end,
            ).serialize(),
            rtp.local,
        )
    await until(lambda: bool(ear.digits))
    await asyncio.sleep(0)

    assert ear.digits == "3"


async def test_a_stranger_cannot_talk_over_the_telephone_nor_steal_its_audio(
    rtp: Rtp, far_end: socket.socket, ear: Ear
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind((HOST, 0))
        stranger.setblocking(False)
        far_end.sendto(packet(1), rtp.local)
        await until(lambda: rtp.heard_at > 0)
        heard_at = rtp.heard_at
        stranger.sendto(packet(2), rtp.local)
        far_end.sendto(packet(3), rtp.local)
        await until(lambda: rtp.heard_at > heard_at)
        tick(rtp, 2)

        assert len(received(far_end)) == 2
        assert received(stranger) == []


def test_ports_are_even_and_taken_ones_are_left_out() -> None:
    pool = Ports(HOST, 28_001, 28_007)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind((HOST, 28_005))

        assert (pool.take(), pool.take()) == (28_002, 28_006)
        pool.give_back(28_002)
        assert pool.take() == 28_002


def test_without_a_free_port_there_is_none() -> None:
    pool = Ports(HOST, 28_010, 28_012)
    pool.take()

    assert pool.take() is None


def test_wide_band_speech_comes_back_as_it_went_in() -> None:
    sender, receiver = get_codec(9), get_codec(9)
    said = tone(1000, 16_000, 0, 16_000)
    frames = [said[start : start + 640] for start in range(0, len(said), 640)]
    heard = b"".join(receiver.decode(sender.encode(frame)) for frame in frames)
    # The filters of the codec delay by 22 samples.
    before, after = (np.frombuffer(pcm, "<i2").astype(float) for pcm in (said, heard))
    correlation = max(np.corrcoef(before[:-40], after[n : n - 40])[0, 1] for n in range(1, 40))

    assert len(heard) == len(said)
    assert correlation > 0.99
