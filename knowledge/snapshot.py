"""One file with everything a search needs: written whole, mapped read-only, shared by processes.

Layout: magic, SHA-256 of the rest, length of the header, header (JSON), arrays on 64-byte marks.
"""

from __future__ import annotations

import hashlib
import json
import logging
import mmap
import os
import struct
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import bm25s
import numpy as np
import numpy.typing as npt

from contactcenter.config import Config
from contactcenter.errors import Invalid, Unavailable
from knowledge.passages import Passage
from knowledge.words import words

# The package sets its own logger to DEBUG when it is imported.
logging.getLogger("bm25s").setLevel(logging.WARNING)

MAGIC: Final = b"POLICY1\n"
START: Final = struct.Struct("<8s32sQ")
ALIGNMENT: Final = 64

Floats = npt.NDArray[np.float32]
Array = npt.NDArray[Any]


def snapshot_path(config: Config) -> Path:
    return config.var / "policies.snapshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """When a document's version counts; ``effective_until`` is the first moment it does not."""

    version_id: str
    document: str
    effective_from: datetime
    effective_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A passage, the text by which it is found, and the unit vector of that text."""

    passage: Passage
    searched: str
    vector: Floats


def pack(
    versions: Sequence[Version],
    entries: Sequence[Entry],
    *,
    model: str,
    built_from: str = "",
) -> bytes:
    """Return the file's content; the same input gives the same bytes.

    Args:
        versions: All that passages refer to. Of two versions of a document that start at the
            same moment the later one in this list counts.
        entries: Hits with equal scores keep this order.
        model: Name of what made the vectors.
        built_from: Whatever tells the writer whether the file is up to date.
    """
    passages = [entry.passage for entry in entries]
    rows = {version.version_id: row for row, version in enumerate(versions)}
    texts = [json.dumps(asdict(passage)).encode() for passage in passages]
    vocabulary, word_arrays = index_words([words(entry.searched) for entry in entries])
    arrays: dict[str, Array] = {
        "vectors": np.array([entry.vector for entry in entries], np.float32),
        "version_rows": np.array([rows[one.version_id] for one in passages], np.int32),
        "text_ends": np.cumsum([len(text) for text in texts], dtype=np.int64),
        "texts": np.frombuffer(b"".join(texts), np.uint8),
        **word_arrays,
    }
    header = {
        "model": model,
        "built_from": built_from,
        "passages": len(passages),
        "versions": [describe(version) for version in versions],
        "vocabulary": vocabulary,
        "arrays": place(arrays),
    }
    encoded = json.dumps(header, sort_keys=True).encode()
    body = bytearray(encoded)
    for array in arrays.values():
        body += bytes(-(START.size + len(body)) % ALIGNMENT)
        body += np.ascontiguousarray(array).tobytes()
    return START.pack(MAGIC, hashlib.sha256(body).digest(), len(encoded)) + bytes(body)


def describe(version: Version) -> dict[str, str | None]:
    until = version.effective_until
    return {
        "version_id": version.version_id,
        "document": version.document,
        "effective_from": version.effective_from.isoformat(),
        "effective_until": until.isoformat() if until else None,
    }


def place(arrays: Mapping[str, Array]) -> list[tuple[str, str, list[int]]]:
    """Return name, type and shape of each array in the order in which they follow the header."""
    return [(name, array.dtype.str, list(array.shape)) for name, array in arrays.items()]


def index_words(documents: list[list[str]]) -> tuple[list[str], dict[str, Array]]:
    """Return the vocabulary and the BM25 scores of every word in every document."""
    vocabulary = sorted({word for document in documents for word in document})
    if not vocabulary:
        empty = np.zeros(0, np.int32)
        return [], {
            "word_scores": np.zeros(0, np.float32),
            "word_rows": empty,
            "word_starts": np.zeros(1, np.int32),
        }
    numbers = {word: number for number, word in enumerate(vocabulary)}
    index = bm25s.BM25()
    index.index(
        ([[numbers[word] for word in document] for document in documents], numbers),
        create_empty_token=False,
        show_progress=False,
    )
    return vocabulary, {
        "word_scores": index.scores["data"].astype(np.float32),
        "word_rows": index.scores["indices"].astype(np.int32),
        "word_starts": index.scores["indptr"].astype(np.int32),
    }


def write(path: Path, content: bytes) -> None:
    """Replace the file in one step: a reader sees the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def digest_of(content: bytes | mmap.mmap) -> str:
    """Check the content against its own digest and return that in hexadecimal.

    Raises:
        Invalid: It is no snapshot, or damaged.
    """
    if len(content) < START.size or content[: len(MAGIC)] != MAGIC:
        raise Invalid("this is no policy snapshot")
    _, digest, _ = START.unpack_from(content)
    with memoryview(content) as view:
        if hashlib.sha256(view[START.size :]).digest() != digest:
            raise Invalid("the policy snapshot is damaged")
    return str(digest.hex())


class Snapshot:
    """A snapshot mapped into memory; it stays readable after its file was replaced."""

    def __init__(self, path: Path) -> None:
        """Map the file and check it.

        Raises:
            Invalid: It is no snapshot, or damaged.
            OSError: It cannot be read.
        """
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise Invalid("the policy snapshot is empty")
            self.mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.digest = digest_of(self.mapped)
        _, _, length = START.unpack_from(self.mapped)
        header = json.loads(self.mapped[START.size : START.size + length])
        self.model: str = header["model"]
        self.built_from: str = header["built_from"]
        self.versions = [
            Version(
                version_id=one["version_id"],
                document=one["document"],
                effective_from=datetime.fromisoformat(one["effective_from"]),
                effective_until=(
                    datetime.fromisoformat(one["effective_until"])
                    if one["effective_until"]
                    else None
                ),
            )
            for one in header["versions"]
        ]
        self.vocabulary = {word: number for number, word in enumerate(header["vocabulary"])}
        self.arrays = self.map_arrays(header["arrays"], START.size + length)
        self.size: int = header["passages"]

    def map_arrays(self, placed: list[tuple[str, str, list[int]]], end: int) -> dict[str, Array]:
        arrays = {}
        for name, kind, shape in placed:
            start = end + -end % ALIGNMENT
            array = np.ndarray(tuple(shape), np.dtype(kind), self.mapped, start)
            arrays[name] = array
            end = start + array.nbytes
        return arrays

    def passage(self, row: int) -> Passage:
        ends = self.arrays["text_ends"]
        start = int(ends[row - 1]) if row else 0
        return Passage(**json.loads(self.arrays["texts"][start : int(ends[row])].tobytes()))

    def cosines(self, vector: Floats) -> Floats:
        """Return the cosine of each passage with a unit vector."""
        cosines: Floats = self.arrays["vectors"] @ vector
        return cosines

    def word_scores(self, text: str) -> Floats:
        """Return the BM25 score of each passage."""
        asked = [self.vocabulary[word] for word in words(text) if word in self.vocabulary]
        scores = np.zeros(self.size, np.float32)
        starts, rows = self.arrays["word_starts"], self.arrays["word_rows"]
        for number in asked:
            entries = slice(int(starts[number]), int(starts[number + 1]))
            # A passage stands once in a word's column, so plain addition suffices.
            scores[rows[entries]] += self.arrays["word_scores"][entries]
        return scores

    def versions_in_force(self, at: datetime) -> list[int]:
        """Return the places of the versions that count at that moment, one a document.

        Of a document's versions that all may count, the one that came into effect last does.
        """
        current: dict[str, int] = {}
        for row, version in enumerate(self.versions):
            until = version.effective_until
            if version.effective_from > at or (until is not None and until <= at):
                continue
            rival = current.get(version.document)
            if rival is None or self.versions[rival].effective_from <= version.effective_from:
                current[version.document] = row
        return list(current.values())

    def in_force(self, at: datetime) -> npt.NDArray[np.bool_]:
        """Say of each passage whether its version counts at that moment."""
        counted = np.zeros(len(self.versions), np.bool_)
        counted[self.versions_in_force(at)] = True
        mask: npt.NDArray[np.bool_] = counted[self.arrays["version_rows"]]
        return mask


class FollowedSnapshot:
    """The snapshot at a path, mapped anew whenever the file was replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.snapshot: Snapshot | None = None
        self.seen: tuple[int, int, int] | None = None

    def current(self) -> Snapshot:
        """Return the snapshot; one that is damaged or gone leaves the last good one in place.

        Raises:
            Unavailable: There was never one that could be read.
        """
        try:
            stat = self.path.stat()
            seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if seen != self.seen:
                self.snapshot = Snapshot(self.path)
                self.seen = seen
        except (OSError, Invalid) as error:
            if self.snapshot is None:
                raise Unavailable(f"policy snapshot: {type(error).__name__}") from None
        assert self.snapshot is not None
        return self.snapshot
