"""Mixing, resampling, and the queue between two clocks."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from livekit import rtc

from sip.gateway import private
from sip.gateway.media import Doubler, Source, mixed
from tests.sip.gateway.company import tone


class FakeEar:
    def __init__(self, *frames: bytes) -> None:
        self.frames = deque(frames)

    async def close(self) -> None: ...


def test_doubling_keeps_a_tone_and_adds_no_other() -> None:
    doubler, heard = Doubler(), b""
    for frame in range(10):
        heard += doubler.double(tone(1000, 8000, frame * 160, 160))
    samples = np.frombuffer(heard, "<i2")[320:2880].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    frequencies = np.fft.rfftfreq(len(samples), 1 / 16_000)
    aliased = spectrum[(frequencies > 6500) & (frequencies < 7500)].max()

    assert len(heard) == 10 * 640
    assert frequencies[spectrum.argmax()] == pytest.approx(1000, abs=10)
    # 40 dB below the tone.
    assert aliased < spectrum.max() / 100


def test_two_loud_voices_are_added_without_overflow() -> None:
    loud, quiet = np.full(160, 30_000, "<i2").tobytes(), np.full(160, 100, "<i2").tobytes()

    assert mixed([]) is None
    assert mixed([quiet]) == quiet
    assert mixed([loud, loud]) == np.full(160, 32_767, "<i2").tobytes()
    assert mixed([loud, quiet]) == np.full(160, 30_100, "<i2").tobytes()


def test_a_voice_begins_with_two_frames_in_hand() -> None:
    source = Source(FakeEar(b"1"))

    assert source.take() is None
    source.ear.frames.append(b"2")
    assert [source.take(), source.take(), source.take()] == [b"1", b"2", None]
    # After running dry it waits for two again.
    source.ear.frames.append(b"3")
    assert source.take() is None


def test_a_voice_that_ran_ahead_is_shortened_by_one_frame_at_a_time() -> None:
    source = Source(FakeEar(*(bytes([n]) for n in range(8))))

    assert [source.take(), source.take()] == [b"\x01", b"\x03"]


def test_the_private_api_is_used_with_the_release_it_was_written_for() -> None:
    """Fails when livekit is updated: read private.py against the new release, then raise it."""
    assert rtc.__version__ == private.WRITTEN_FOR
    assert private.is_supported()
