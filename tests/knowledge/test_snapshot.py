from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import bm25s
import numpy as np
import pytest

from contactcenter.errors import Invalid
from knowledge import snapshot
from knowledge.snapshot import Snapshot
from knowledge.words import words
from tests.knowledge.shop import entries, version, write_one

TEXT = "# Returns\n\n## Time\n\nYou have thirty days.\n\n## Fees\n\nA rug return costs a fee."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "policies.snapshot"


def test_what_is_written_is_read(path: Path) -> None:
    until = datetime(2027, 1, 1, 12, 30, tzinfo=UTC)
    versions, given = [version("1", until=until)], entries("1", TEXT)

    content = snapshot.pack(versions, given, model="minilm", built_from="state")
    snapshot.write(path, content)

    found = Snapshot(path)
    assert (found.versions, found.model, found.built_from) == (versions, "minilm", "state")
    assert [found.passage(row) for row in range(found.size)] == [one.passage for one in given]
    assert (found.arrays["vectors"] == np.array([one.vector for one in given])).all()


def test_the_same_policies_give_the_same_bytes() -> None:
    first, second = (
        snapshot.pack([version("1")], entries("1", TEXT), model="minilm") for _ in range(2)
    )

    assert first == second


def test_word_scores_are_those_of_the_library(path: Path) -> None:
    given = entries("1", TEXT)
    snapshot.write(path, snapshot.pack([version("1")], given, model="minilm"))
    library = bm25s.BM25()
    library.index([words(one.searched) for one in given], show_progress=False)

    for question in ("what is the fee for a rug", "fees fees", "how many days"):
        expected = library.get_scores(words(question))
        assert Snapshot(path).word_scores(question) == pytest.approx(expected)

    assert list(Snapshot(path).word_scores("unheard of")) == [0.0, 0.0]


def test_a_snapshot_stays_readable_after_its_file_was_replaced(path: Path) -> None:
    write_one(path, "You have thirty days.")
    before = Snapshot(path)

    write_one(path, "You have sixty days.")

    assert before.passage(0).text == "You have thirty days."
    assert Snapshot(path).passage(0).text == "You have sixty days."


def test_the_mapped_arrays_cannot_be_written_to(path: Path) -> None:
    write_one(path, "You have thirty days.")

    with pytest.raises(ValueError, match="read-only"):
        Snapshot(path).arrays["vectors"][0, 0] = 1.0


@pytest.mark.parametrize("damage", ["cut", "flipped", "longer", "foreign", "empty"])
def test_a_damaged_file_is_refused(path: Path, damage: str) -> None:
    write_one(path, "You have thirty days.")
    good = path.read_bytes()
    path.write_bytes(
        {
            "cut": good[:-1],
            "flipped": good[:200] + bytes([good[200] ^ 1]) + good[201:],
            "longer": good + b"\0",
            "foreign": b"PK" + good[2:],
            "empty": b"",
        }[damage]
    )

    with pytest.raises(Invalid, match="policy snapshot"):
        Snapshot(path)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(path: Path) -> None:
    write_one(path, "You have thirty days.")
    before = path.read_bytes()

    with pytest.raises(TypeError):
        snapshot.write(path, "not bytes")  # type: ignore[arg-type]

    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
