"""Audio lands where it was heard, whatever the order and delay in which it arrives."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
from hypothesis import given
from numpy.typing import NDArray

from calls.recorder.mixing import LAG, RATE, SPAN, Channel, Mixer, Track

CHUNK = RATE // 10


def chunk(value: int, length: int = CHUNK) -> NDArray[np.int16]:
    return np.full(length, value, np.int16)


def positions(track: Track, until: int) -> list[int]:
    return [position for position, _ in track.place(until)]


def test_a_steady_track_begins_where_its_first_chunk_began() -> None:
    track = Track(Channel.CALLER)
    for number in range(1, 6):
        track.hear(chunk(1), arrived=5000 + number * CHUNK)

    assert positions(track, RATE) == [5000, 6600, 8200, 9800, 11400]


def test_a_late_first_chunk_does_not_move_the_track() -> None:
    track = Track(Channel.CALLER)
    track.hear(chunk(1), arrived=CHUNK + 4000)
    track.hear(chunk(1), arrived=2 * CHUNK + 900)
    track.hear(chunk(1), arrived=3 * CHUNK)

    assert positions(track, RATE) == [0, 1600, 3200]


def test_a_short_stall_loses_and_moves_nothing() -> None:
    track = Track(Channel.CALLER)
    on_time, stalled = [CHUNK, 2 * CHUNK], [8 * CHUNK] * 6
    for arrived in on_time + stalled:
        track.hear(chunk(1), arrived=arrived)

    assert positions(track, RATE) == [number * CHUNK for number in range(8)]


def test_after_a_pause_the_track_goes_on_at_the_right_time() -> None:
    track = Track(Channel.CALLER)
    track.hear(chunk(1), arrived=CHUNK)
    track.hear(chunk(2), arrived=5 * RATE)

    assert positions(track, 10 * RATE)[-1] == 5 * RATE - CHUNK


def test_a_clock_that_drifts_is_followed() -> None:
    track = Track(Channel.CALLER)
    slow = 1.01
    for number in range(1, 601):
        track.hear(chunk(1), arrived=int(number * CHUNK * slow))
        placed = positions(track, int(number * CHUNK * slow))

    # A minute of one percent is 0.6 s; it may never be off by more than the memory allows.
    assert abs(placed[-1] - 599 * CHUNK * slow) < 0.12 * RATE


def test_only_what_begins_before_the_limit_is_handed_out_and_once() -> None:
    track = Track(Channel.CALLER)
    for number in range(1, 4):
        track.hear(chunk(1), arrived=number * CHUNK)

    assert positions(track, CHUNK + 1) == [0, CHUNK]
    assert positions(track, CHUNK + 1) == []
    assert positions(track, RATE) == [2 * CHUNK]


def test_voices_of_one_channel_are_added_and_the_channels_stay_apart() -> None:
    mixer = Mixer()
    mixer.add(Channel.CALLER, 0, chunk(100, 4))
    mixer.add(Channel.OTHERS, 2, chunk(20, 4))
    mixer.add(Channel.OTHERS, 4, chunk(3, 4))

    assert mixer.take(8).tolist() == [
        [100, 100, 100, 100, 0, 0, 0, 0],
        [0, 0, 20, 20, 23, 23, 3, 3],
    ]


def test_loud_voices_together_are_clipped_and_do_not_wrap() -> None:
    mixer = Mixer()
    for _ in range(3):
        mixer.add(Channel.OTHERS, 0, chunk(30_000, 2))
        mixer.add(Channel.CALLER, 0, chunk(-30_000, 2))

    assert mixer.take(2).tolist() == [[-32768, -32768], [32767, 32767]]


def test_what_was_read_is_not_heard_again_one_round_later() -> None:
    mixer = Mixer()
    mixer.add(Channel.CALLER, 0, chunk(100, 4))
    mixer.take(SPAN)

    assert not mixer.take(2 * SPAN).any()


@given(st.lists(st.tuples(st.integers(-100, 2 * SPAN), st.integers(0, 300)), max_size=8))
def test_audio_outside_the_window_is_dropped_and_the_rest_lands_where_it_belongs(
    pieces: list[tuple[int, int]],
) -> None:
    mixer = Mixer()
    mixer.take(1000)
    expected = np.zeros(1000 + SPAN, int)
    for position, length in pieces:
        mixer.add(Channel.CALLER, position, chunk(1, length))
        expected[max(position, 0) : max(position + length, 0)] += 1

    assert mixer.take(1000 + SPAN)[0].tolist() == expected[1000:].tolist()


@given(delays=st.lists(st.integers(0, LAG // 2), min_size=12, max_size=60))
def test_with_any_delays_nothing_is_lost(delays: list[int]) -> None:
    track, mixer = Track(Channel.CALLER), Mixer()
    heard = 0
    latest = 0
    # One chunk in ten is on time, as on any working line.
    for number, delay in enumerate(delays, start=1):
        latest = max(latest, number * CHUNK + (0 if number % 10 == 1 else delay))
        track.hear(chunk(1), arrived=latest)
        for position, samples in track.place(latest - LAG):
            mixer.add(track.channel, position, samples)
        heard += int((mixer.take(latest - LAG)[0] > 0).sum())
    for position, samples in track.place(latest):
        mixer.add(track.channel, position, samples)
    heard += int((mixer.take(latest)[0] > 0).sum())

    assert heard == len(delays) * CHUNK
