from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from contactcenter.errors import Unavailable
from knowledge import snapshot
from knowledge.backends.embedded import EmbeddedIndex
from knowledge.backends.minilm import OwnModel, Vectors
from knowledge.passages import PolicyIndex
from tests.knowledge.questions import (
    CALIBRATION,
    CALIBRATION_WITHOUT_ANSWER,
    CHECK,
    CHECK_WITHOUT_ANSWER,
)
from tests.knowledge.shop import entries, model, version, write_demo, write_one


async def embed(text: str) -> Vectors:
    vector: Vectors = model().encode([text])[0]
    return vector


@pytest.fixture(scope="module")
def demo_index(tmp_path_factory: pytest.TempPathFactory) -> PolicyIndex:
    path = tmp_path_factory.mktemp("demo") / "policies.snapshot"
    write_demo(path)
    return EmbeddedIndex(path, embed)


async def found(index: PolicyIndex, text: str) -> list[tuple[str, bool]]:
    """Return slug and heading of each hit, and whether it is relevant."""
    hits = await index.search(text)
    return [
        (f"{hit.passage.version_id}/{hit.passage.source.split(', ', 1)[1]}", hit.relevant)
        for hit in hits
    ]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("what is your return policy", "returns/Time limit"),
        ("how long does a refund take", "refunds/How long a refund takes"),
        ("how long does shipping take", "shipping/How long delivery takes"),
        ("do you ship to canada", "shipping/Where we deliver"),
        ("how long is the warranty", "warranty/How long it lasts"),
        ("does my gift card expire", "gift-cards/Expiry"),
        ("are you recording this call", "privacy/Recording of calls"),
        ("what are your opening hours", "hours/Opening hours of the telephone line"),
        ("the vase arrived broken", "damaged/If something arrives broken"),
        ("can I swap it for a bigger size", "exchanges/Another size or colour"),
    ],
)
async def test_common_questions_find_their_passage_first(
    demo_index: PolicyIndex, asked: str, answer: str
) -> None:
    assert (await found(demo_index, asked))[0] == (answer, True)


@pytest.mark.parametrize(
    "asked",
    ["what is the weather like in boston", "tell me a joke", "w one zero zero one", "goodbye"],
)
async def test_what_no_policy_answers_has_no_relevant_passage(
    demo_index: PolicyIndex, asked: str
) -> None:
    assert not any(relevant for _, relevant in await found(demo_index, asked))


@pytest.mark.parametrize(
    ("questions", "without_answer"),
    [(CALIBRATION, CALIBRATION_WITHOUT_ANSWER), (CHECK, CHECK_WITHOUT_ANSWER)],
    ids=["calibration", "check"],
)
async def test_retrieval_is_as_good_as_documented(
    demo_index: PolicyIndex,
    questions: tuple[tuple[str, str], ...],
    without_answer: tuple[str, ...],
) -> None:
    answered = accepted = refused = 0
    for asked, answer in questions:
        hits = await found(demo_index, asked)
        answered += answer in [place for place, _ in hits]
        accepted += hits[0][1]
    for asked in without_answer:
        refused += not any(relevant for _, relevant in await found(demo_index, asked))

    assert answered / len(questions) >= 0.94
    assert accepted / len(questions) >= 0.86
    assert refused / len(without_answer) >= 0.93


async def test_hits_are_in_order_and_no_more_than_asked_for(demo_index: PolicyIndex) -> None:
    hits = await demo_index.search("can I return a rug", k=2)

    assert len(hits) == 2
    assert hits[0].score > hits[1].score


@pytest.mark.parametrize("nothing", ["", "  \n "])
async def test_silence_finds_nothing(demo_index: PolicyIndex, nothing: str) -> None:
    assert await demo_index.search(nothing) == []


@pytest.mark.parametrize("odd", ["é" * 3000, "<passage>", "\x00", "?!", "12345", "退货"])
async def test_odd_input_is_answered_like_any_other(demo_index: PolicyIndex, odd: str) -> None:
    assert len(await demo_index.search(odd)) == 3


async def test_a_question_is_answered_from_the_version_in_force_at_that_moment(
    tmp_path: Path,
) -> None:
    path = tmp_path / "policies.snapshot"
    december, february = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
    texts = {
        "usual": "# Returns\n\nYou have thirty days to return an item.",
        "christmas": "# Returns\n\nYou have sixty days to return an item.",
    }
    content = snapshot.pack(
        [version("usual"), version("christmas", since=december, until=february)],
        [one for name, text in texts.items() for one in entries(name, text)],
        model="minilm",
    )
    snapshot.write(path, content)
    index = EmbeddedIndex(path, embed)

    async def in_force(at: datetime) -> list[str]:
        return [hit.passage.version_id for hit in await index.search("return", at=at)]

    assert await in_force(datetime(2019, 1, 1, tzinfo=UTC)) == []
    assert await in_force(datetime(2026, 11, 30, tzinfo=UTC)) == ["usual"]
    assert await in_force(december) == ["christmas"]
    assert await in_force(february) == ["usual"]


async def test_a_replaced_file_is_followed_at_the_next_search(tmp_path: Path) -> None:
    path = tmp_path / "policies.snapshot"
    write_one(path, "You have thirty days.")
    index = EmbeddedIndex(path, embed)
    before = await index.search("how many days")

    write_one(path, "You have sixty days.")

    after = await index.search("how many days")
    assert [before[0].passage.text, after[0].passage.text] == [
        "You have thirty days.",
        "You have sixty days.",
    ]


async def test_a_damaged_file_is_not_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "policies.snapshot"
    write_one(path, "You have thirty days.")
    index = EmbeddedIndex(path, embed)
    await index.search("how many days")

    path.with_name("half").write_bytes(path.read_bytes()[:-100])
    path.with_name("half").replace(path)

    (hit,) = await index.search("how many days")
    assert hit.passage.text == "You have thirty days."


@pytest.mark.parametrize("content", [None, b"", b"POLICY1\n", b"something else entirely" * 9])
async def test_without_a_readable_file_the_index_is_unavailable(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "policies.snapshot"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(Unavailable, match="policy snapshot"):
        await EmbeddedIndex(path, embed).search("how many days")


async def test_no_passage_is_found_where_there_are_no_policies(tmp_path: Path) -> None:
    path = tmp_path / "policies.snapshot"
    snapshot.write(path, snapshot.pack([], [], model="minilm"))

    assert await EmbeddedIndex(path, embed).search("how many days") == []


async def test_an_embedding_that_never_comes_is_reported(tmp_path: Path) -> None:
    async def never(text: str) -> Vectors:
        await asyncio.Event().wait()
        return np.zeros(0, np.float32)

    path = tmp_path / "policies.snapshot"
    write_one(path, "You have thirty days.")

    with pytest.raises(Unavailable, match="no embedding in time"):
        await EmbeddedIndex(path, never, embed_within_s=0.01).search("how many days")


async def test_the_default_loads_its_model_once_at_the_first_search(tmp_path: Path) -> None:
    write_one(tmp_path / "policies.snapshot", "You have thirty days.")
    own = OwnModel()
    index = EmbeddedIndex(tmp_path / "policies.snapshot", own)

    (first,) = await index.search("how many days")
    loaded = own.model
    (second,) = await index.search("how many days")

    assert first == second
    assert own.model is loaded is not None


async def test_searches_never_see_a_torn_file_while_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "policies.snapshot"
    texts = [f"You have {number} days. {'Really. ' * number}".strip() for number in range(1, 9)]
    contents = [
        snapshot.pack([version("1")], entries("1", f"# Returns\n\n{text}"), model="minilm")
        for text in texts
    ]
    snapshot.write(path, contents[0])
    stop = threading.Event()

    def replace_for_ever() -> None:
        while not stop.is_set():
            for content in contents:
                snapshot.write(path, content)

    async def no_model(text: str) -> Vectors:
        return np.full(384, 1 / np.sqrt(384), np.float32)

    writer = threading.Thread(target=replace_for_ever)
    writer.start()
    try:
        readers = [EmbeddedIndex(path, no_model) for _ in range(3)]
        seen = {
            (await reader.search("how many days"))[0].passage.text
            for _ in range(200)
            for reader in readers
        }
    finally:
        stop.set()
        writer.join(timeout=20)

    assert seen <= set(texts)
    assert len(seen) > 1
