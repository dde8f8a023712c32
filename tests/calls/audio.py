"""Ogg Opus files with a tone, as the recorder makes them."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 48_000


def make_tone(path: Path, *, seconds: float) -> bytes:
    time = np.arange(int(RATE * seconds)) / RATE
    tone = (0.3 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=RATE, layout="stereo")
        for begin in range(0, len(tone), 960):
            part = np.repeat(tone[begin : begin + 960], 2).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(part, format="flt", layout="stereo")
            frame.sample_rate, frame.pts = RATE, begin
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path.read_bytes()


def make_picture(path: Path) -> bytes:
    """An Ogg file without any audio."""
    with av.open(str(path), "w", format="ogg") as out:
        stream = out.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        out.mux(stream.encode(av.VideoFrame(16, 16, "yuv420p")))
        out.mux(stream.encode(None))
    return path.read_bytes()


def loudness(path: Path, *, from_s: float, to_s: float) -> float:
    """Mean amplitude of both channels between two moments."""
    with av.open(str(path)) as source:
        samples: NDArray[np.float32] = np.concatenate(
            [frame.to_ndarray() for frame in source.decode(audio=0)], axis=1
        )
    return float(np.abs(samples[:, int(from_s * RATE) : int(to_s * RATE)]).mean())
