"""G.722 by FFmpeg, for aiortp: its own needs a package that must be compiled."""

from __future__ import annotations

from typing import Final

import av
import numpy as np
from aiortp.codecs import register_codec
from aiortp.codecs.base import Codec

G722: Final = 9
RATE: Final = 16_000
FRAME: Final = 320


class WideBand(Codec):
    """64 kbit/s G.722; one instance for each call, since both directions remember."""

    def __init__(self) -> None:
        self._encoder = av.AudioCodecContext.create("g722", "w")
        self._encoder.sample_rate = RATE
        self._encoder.format = av.AudioFormat("s16")
        self._encoder.layout = av.AudioLayout("mono")
        self._decoder = av.AudioCodecContext.create("g722", "r")
        self._decoder.layout = av.AudioLayout("mono")

    @property
    def name(self) -> str:
        return "G722"

    @property
    def sample_rate(self) -> int:
        return RATE

    @property
    def samples_per_frame(self) -> int:
        return FRAME

    def encode(self, pcm: bytes) -> bytes:
        samples = np.frombuffer(pcm, "<i2").reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = RATE
        return b"".join(bytes(packet) for packet in self._encoder.encode(frame))

    def decode(self, payload: bytes) -> bytes:
        frames = self._decoder.decode(av.Packet(payload))
        return b"".join(frame.to_ndarray().tobytes() for frame in frames)


def register() -> None:
    register_codec(G722, WideBand)
