from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from contactcenter.errors import Unavailable
from knowledge import snapshot
from knowledge.fetching import fetch
from tests.knowledge.shop import write_one


@dataclass
class Django:
    """Answers ``GET /internal/policies/`` as ``knowledge.api`` does; ``fault`` breaks it."""

    content: bytes
    fault: str = ""
    address: str = ""
    asked_with: list[str | None] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked_with.append(request.headers.get("Authorization"))
        if self.fault == "silence":
            await asyncio.Event().wait()
        if self.fault == "error":
            return web.Response(status=503)
        if self.fault == "damage":
            return web.Response(body=self.content[:-1] + b"?")
        etag = f'"{snapshot.digest_of(self.content)}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=self.content, headers={"ETag": etag})


@pytest.fixture
async def django(tmp_path: Path) -> AsyncIterator[Django]:
    write_one(tmp_path / "theirs", "You have thirty days.")
    made = Django(content=(tmp_path / "theirs").read_bytes())
    application = web.Application()
    application.router.add_get("/internal/policies/", made.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.address = "http://{}:{}".format(*runner.addresses[0][:2])
    yield made
    await runner.cleanup()


async def ask(django: Django, path: Path) -> bool:
    async with aiohttp.ClientSession() as http:
        return await fetch(http, path, web_url=django.address, worker_token="token", within_s=0.5)


async def test_the_file_is_fetched_once_and_again_when_it_changes(
    django: Django, tmp_path: Path
) -> None:
    mine = tmp_path / "mine" / "policies.snapshot"

    fetched = [await ask(django, mine), await ask(django, mine)]
    write_one(tmp_path / "theirs", "You have sixty days.")
    django.content = (tmp_path / "theirs").read_bytes()
    fetched.append(await ask(django, mine))

    assert fetched == [True, False, True]
    assert mine.read_bytes() == django.content
    assert django.asked_with == ["Bearer token"] * 3


@pytest.mark.parametrize("fault", ["error", "silence", "damage"])
async def test_a_fault_leaves_the_file_as_it_was(
    django: Django, tmp_path: Path, fault: str
) -> None:
    mine = tmp_path / "policies.snapshot"
    write_one(mine, "You have sixty days.")
    before = mine.read_bytes()
    django.fault = fault

    with pytest.raises(Unavailable, match="policies: "):
        await ask(django, mine)

    assert mine.read_bytes() == before


async def test_a_disk_that_takes_nothing_is_an_outage_like_any_other(
    django: Django, tmp_path: Path
) -> None:
    (tmp_path / "folder").write_text("a file where the folder should be")

    with pytest.raises(Unavailable, match="policies: "):
        await ask(django, tmp_path / "folder" / "policies.snapshot")


async def test_a_damaged_file_of_ones_own_is_fetched_again(django: Django, tmp_path: Path) -> None:
    mine = tmp_path / "policies.snapshot"
    mine.write_bytes(b"POLICY1\nhalf a file")

    assert await ask(django, mine)
    assert mine.read_bytes() == django.content
