from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contactcenter.config import Config
from contactcenter.errors import Misconfigured, Unavailable
from knowledge import snapshot
from knowledge.backends import pinecone
from knowledge.backends.minilm import Vectors
from knowledge.snapshot import snapshot_path
from tests.environment import ENVIRONMENT
from tests.knowledge.pinecone_server import PineconeServer
from tests.knowledge.shop import entries, model, version
from tests.vendors.faults import Fault

DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
OLD = entries("1", "# Returns\n\n## Time limit\n\nYou have thirty days to return an item.")
NEW = entries("2", "# Returns\n\n## Time limit\n\nYou have sixty days to return an item.")


@pytest.fixture
def server() -> PineconeServer:
    return PineconeServer()


@pytest.fixture
async def config(server: PineconeServer, tmp_path: Path) -> AsyncIterator[Config]:
    async with server.running() as address:
        yield Config.from_env(
            ENVIRONMENT
            | {
                "DATABASE_URL": "postgresql:///none",
                "VAR_DIR": str(tmp_path),
                "POLICIES": "pinecone",
                "PINECONE_API_KEY": "key",
                "PINECONE_HOST": address,
            }
        )


@pytest.fixture
async def index(config: Config) -> AsyncIterator[pinecone.PineconeIndex]:
    content = snapshot.pack(
        [version("1", until=DECEMBER), version("2", since=DECEMBER)], [*OLD, *NEW], model="minilm"
    )
    snapshot.write(snapshot_path(config), content)
    await asyncio.to_thread(pinecone.upload, config, [*OLD, *NEW])
    built = pinecone.build(config)
    yield built
    await built.close()


async def test_passages_are_stored_and_found_in_the_version_in_force(
    index: pinecone.PineconeIndex, server: PineconeServer
) -> None:
    (before,) = await index.search("how many days to return", at=datetime(2026, 11, 1, tzinfo=UTC))
    (after,) = await index.search("how many days to return", at=DECEMBER)

    assert (before.passage, after.passage) == (OLD[0].passage, NEW[0].passage)
    assert before.relevant
    assert server.vectors.keys() == {
        f"1:{OLD[0].passage.passage_id}",
        f"2:{NEW[0].passage.passage_id}",
    }


async def test_the_request_carries_key_namespace_vector_and_versions(
    index: pinecone.PineconeIndex, server: PineconeServer
) -> None:
    await index.search("how many days to return", k=2, at=DECEMBER)

    path, key, body = server.asked[-1]
    vector = body.pop("vector")
    assert (path, key) == ("/query", "key")
    assert body == {
        "topK": 2,
        "includeValues": False,
        "includeMetadata": True,
        "namespace": "shop",
        "filter": {"version_id": {"$in": ["2"]}},
    }
    assert vector == pytest.approx(model().encode(["how many days to return"])[0], abs=1e-6)


async def test_what_is_not_about_a_policy_is_not_relevant(index: pinecone.PineconeIndex) -> None:
    (hit,) = await index.search("tell me a joke")

    assert not hit.relevant


@pytest.mark.parametrize("text", ["", "  "])
async def test_silence_asks_nobody(
    index: pinecone.PineconeIndex, server: PineconeServer, text: str
) -> None:
    asked = len(server.asked)

    assert await index.search(text) == []
    assert len(server.asked) == asked


@pytest.mark.parametrize("fault", [401, 429, 500, "silent"])
async def test_a_fault_of_pinecone_is_reported_in_time(
    index: pinecone.PineconeIndex, server: PineconeServer, fault: Fault
) -> None:
    async def embed(text: str) -> Vectors:
        vector: Vectors = OLD[0].vector
        return vector

    index.embed = embed
    index.search_within_s = 0.3
    server.fault = fault

    with pytest.raises(Unavailable, match=r"pinecone: \w+$"):
        await index.search("how many days")


async def test_vectors_of_somebody_else_are_reported(
    index: pinecone.PineconeIndex, server: PineconeServer
) -> None:
    strange: dict[str, Any] = {"id": "x", "values": [0.0] * 384, "metadata": {"version_id": "2"}}
    server.vectors = {"x": strange}

    with pytest.raises(Unavailable, match="a vector without 'passage_id'"):
        await index.search("how many days", at=DECEMBER)


async def test_an_upload_that_fails_is_reported(config: Config, server: PineconeServer) -> None:
    server.fault = 403

    with pytest.raises(Unavailable, match="pinecone: ForbiddenError"):
        await asyncio.to_thread(pinecone.upload, config, OLD)


async def test_many_passages_are_uploaded_in_batches(
    config: Config, server: PineconeServer
) -> None:
    text = "# Returns\n\n" + "\n\n".join(f"## Part {n}\n\nText {n}." for n in range(120))

    await asyncio.to_thread(pinecone.upload, config, entries("1", text))

    assert [len(body["vectors"]) for _, _, body in server.asked] == [100, 20]
    assert len(server.vectors) == 120


def test_pinecone_without_its_key_stops_the_start() -> None:
    with pytest.raises(Misconfigured, match="PINECONE_API_KEY"):
        Config.from_env(
            ENVIRONMENT | {"DATABASE_URL": "postgresql:///none", "POLICIES": "pinecone"}
        )
