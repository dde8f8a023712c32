"""The only use of LiveKit's private Python API: audio without its cost.

``livekit.rtc`` offers every audio event to every stream and every capture acknowledgement to every
waiter, so the cost of N calls grows with N². Here an event goes to the one stream it belongs to,
and acknowledgements go nowhere. With any other release than the one this was written for, the
public classes take over: slower, but right.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from livekit import rtc
from livekit.rtc import _ffi_client as ffi_client
from livekit.rtc._proto import audio_frame_pb2, ffi_pb2

logger = logging.getLogger(__name__)

WRITTEN_FOR: Final = "1.1.21"
FRAME_MS: Final = 20
# 200 ms: a stalled reader must not collect a minute of audio and play it afterwards.
MOST_FRAMES: Final = 10
BYTES_PER_SAMPLE: Final = 2


class Ear(Protocol):
    """20 ms frames of one track of the room, oldest first."""

    frames: deque[bytes]

    async def close(self) -> None: ...


class Mouth(Protocol):
    """Our own track."""

    source: rtc.AudioSource

    def push(self, pcm: bytes) -> None:
        """Play whole 10 ms frames."""

    async def close(self) -> None: ...


routes: Final[dict[int, Callable[[Any], None]]] = {}


def is_supported() -> bool:
    return rtc.__version__ == WRITTEN_FOR


def install() -> bool:
    """Route audio in this process; afterwards ``rtc.AudioStream`` and ``AudioSource`` are deaf.

    Returns:
        False when LiveKit's release is another one: use the public classes then.
    """
    if not is_supported():
        logger.warning("unknown release of livekit: slow audio", extra={"known": WRITTEN_FOR})
        return False
    queue: Any = ffi_client.FfiClient.instance.queue
    offer_to_all = queue.put

    def put(event: Any) -> None:
        kind = event.WhichOneof("message")
        if kind == "capture_audio_frame":
            return
        if kind == "audio_stream_event":
            take = routes.get(event.audio_stream_event.stream_handle)
            if take is not None:
                take(event.audio_stream_event)
                return
        offer_to_all(event)

    queue.put = put
    return True


class RoutedEar:
    """See ``Ear``; filled by LiveKit's own thread (appending to a deque is atomic)."""

    def __init__(self, track: rtc.Track, rate: int) -> None:
        request = ffi_pb2.FfiRequest()
        stream = request.new_audio_stream
        stream.track_handle = track._ffi_handle.handle
        stream.sample_rate = rate
        stream.num_channels = 1
        stream.frame_size_ms = FRAME_MS
        stream.type = audio_frame_pb2.AudioStreamType.AUDIO_STREAM_NATIVE
        self.frames: deque[bytes] = deque(maxlen=MOST_FRAMES)
        response = ffi_client.FfiClient.instance.request(request)
        self._handle = ffi_client.FfiHandle(response.new_audio_stream.stream.handle.id)
        # The track must outlive its stream.
        self._track = track
        routes[self._handle.handle] = self._take

    def _take(self, event: Any) -> None:
        if not event.HasField("frame_received"):
            return
        frame = event.frame_received.frame
        size = frame.info.num_channels * frame.info.samples_per_channel * BYTES_PER_SAMPLE
        self.frames.append(ctypes.string_at(frame.info.data_ptr, size))
        ffi_client.FfiHandle(frame.handle.id).dispose()

    async def close(self) -> None:
        routes.pop(self._handle.handle, None)
        self._handle.dispose()


class RoutedMouth:
    """See ``Mouth``; without a queue, so it adds no delay."""

    def __init__(self, rate: int) -> None:
        self.source = rtc.AudioSource(rate, 1, queue_size_ms=0)
        self._rate = rate
        self._frame_bytes = rate // 100 * BYTES_PER_SAMPLE

    def push(self, pcm: bytes) -> None:
        for start in range(0, len(pcm), self._frame_bytes):
            frame = pcm[start : start + self._frame_bytes]
            # LiveKit copies the samples before the request returns.
            buffer = ctypes.create_string_buffer(frame, len(frame))
            request = ffi_pb2.FfiRequest()
            capture = request.capture_audio_frame
            capture.source_handle = self.source._ffi_handle.handle
            capture.buffer.data_ptr = ctypes.addressof(buffer)
            capture.buffer.sample_rate = self._rate
            capture.buffer.num_channels = 1
            capture.buffer.samples_per_channel = len(frame) // BYTES_PER_SAMPLE
            ffi_client.FfiClient.instance.request(request)

    async def close(self) -> None:
        await self.source.aclose()


class StockEar:
    """See ``Ear``, by the public class."""

    def __init__(self, track: rtc.Track, rate: int) -> None:
        self.frames: deque[bytes] = deque(maxlen=MOST_FRAMES)
        self._stream = rtc.AudioStream(
            track, sample_rate=rate, num_channels=1, frame_size_ms=FRAME_MS, capacity=MOST_FRAMES
        )
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        async for event in self._stream:
            self.frames.append(bytes(event.frame.data))

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._stream.aclose()


class StockMouth:
    """See ``Mouth``, by the public class."""

    def __init__(self, rate: int) -> None:
        self.source = rtc.AudioSource(rate, 1, queue_size_ms=100)
        self._rate = rate
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(MOST_FRAMES)
        self._task = asyncio.create_task(self._run())

    def push(self, pcm: bytes) -> None:
        if not self._waiting.full():
            self._waiting.put_nowait(pcm)

    async def _run(self) -> None:
        while True:
            pcm = await self._waiting.get()
            samples = len(pcm) // BYTES_PER_SAMPLE
            await self.source.capture_frame(rtc.AudioFrame(pcm, self._rate, 1, samples))

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.source.aclose()
