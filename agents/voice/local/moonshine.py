"""Moonshine base-en on onnxruntime: speech of one turn to text. No streaming, no network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime as ort

Samples = np.ndarray[Any, np.dtype[np.float32]]

RATE: Final = 16_000
# Accuracy collapses on clips of 30 s and more.
LONGEST: Final = 29 * RATE
SHORTEST: Final = RATE // 10
START, END = 1, 2
VOCABULARY: Final = 32_000
TOKENS_PER_SECOND: Final = 6.5


def session(path: Path) -> Any:
    """Load a graph for one thread: two are no faster, and each call has its own."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Spinning threads take the core from the audio of other calls.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def read_tokens(path: Path) -> list[bytes]:
    """Read ``tokenizer.bin``: a length (one byte; two from 128 on), then a token's bytes."""
    data = path.read_bytes()
    tokens = []
    at = 0
    while at < len(data):
        size = data[at]
        at += 1
        if size >= 128:
            size += data[at] * 128 - 128
            at += 1
        tokens.append(data[at : at + size])
        at += size
    return tokens


class Moonshine:
    """Holds the three graphs made by ``tools/models.py``; about 0.9 GB of memory."""

    def __init__(self, folder: Path) -> None:
        self.encoder = session(folder / "encoder_model.onnx")
        self.first = session(folder / "decoder_first.onnx")
        self.next = session(folder / "decoder_next.onnx")
        self.tokens = read_tokens(folder / "tokenizer.bin")
        self.first_outputs = [output.name for output in self.first.get_outputs()]
        self.next_outputs = [output.name for output in self.next.get_outputs()]

    def hear(self, samples: Samples) -> str:
        """Return the words in 16 kHz mono samples of -1…1; only the last 29 s are heard."""
        if len(samples) < SHORTEST:
            return ""
        clip = samples[-LONGEST:].astype(np.float32)
        limit = int(len(clip) / RATE * TOKENS_PER_SECOND) + 6
        spoken = b"".join(self.tokens[token] for token in self._decode(clip, limit))
        text = spoken.replace("\u2581".encode(), b" ").decode("utf-8", "ignore").strip()
        return without_echo(text)

    def _decode(self, clip: Samples, limit: int) -> Iterator[int]:
        hidden = self.encoder.run(None, {"input_values": clip[None]})[0]
        begin = np.array([[START]], np.int64)
        out = self.first.run(None, {"input_ids": begin, "encoder_hidden_states": hidden})
        past = {
            name.replace("present", "past_key_values"): value
            for name, value in zip(self.first_outputs[1:], out[1:], strict=True)
        }
        logits = out[0][0, -1, :VOCABULARY].copy()
        # Digital silence at the start would otherwise end the text at once.
        logits[END] = -1e9
        for _ in range(limit):
            token = int(logits.argmax())
            if token == END:
                return
            yield token
            out = self.next.run(None, {"input_ids": np.array([[token]], np.int64), **past})
            logits = out[0][0, -1, :VOCABULARY]
            past |= {
                name.replace("present", "past_key_values"): value
                for name, value in zip(self.next_outputs[1:], out[1:], strict=True)
                if "decoder" in name
            }


REPEATED: Final = re.compile(r"(?P<once>.{4,}?[.?!])(?:\s+(?P=once))+", re.IGNORECASE)


def without_echo(text: str) -> str:
    """Say once what the model wrote twice; it does so with short clips ("Goodbye. Goodbye.")."""
    whole = REPEATED.fullmatch(text)
    return whole["once"] if whole else text
