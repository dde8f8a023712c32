"""The client of Django's internal API: what it sends, and how it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from agents.voice import control_plane
from agents.voice.control_plane import Event, HttpControlPlane, Line
from contactcenter.errors import Invalid, Unavailable

BRIEFING = {
    "call_id": "c1",
    "shop_name": "Willow and Wren",
    "greeting": "Hello.",
    "disclosure": "I am an AI assistant.",
    "records": True,
    "transcript": [{"speaker": "caller", "text": "Hi."}],
}


@asynccontextmanager
async def django(
    answer: Callable[[web.Request], Awaitable[web.Response]],
) -> AsyncIterator[HttpControlPlane]:
    application = web.Application()
    application.router.add_post("/{tail:.*}", answer)
    async with TestServer(application) as server:
        client = HttpControlPlane(f"http://127.0.0.1:{server.port}", "the-token")
        try:
            yield client
        finally:
            await client.close()


async def test_a_call_is_announced_with_the_token_and_the_callers_attributes() -> None:
    seen = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((request.path, request.headers["Authorization"], await request.json()))
        return web.json_response(BRIEFING)

    async with django(answer) as client:
        briefing = await client.start_call(
            room_name="call-1", job_id="AJ_1", attributes={"sip.callID": "SCL_1"}
        )

    assert briefing.transcript == (Line(speaker="caller", text="Hi."),)
    assert briefing.records is True
    body = {"room_name": "call-1", "job_id": "AJ_1", "attributes": {"sip.callID": "SCL_1"}}
    assert seen == [("/internal/calls/", "Bearer the-token", body)]


async def test_a_room_name_with_a_plus_reaches_django_whole() -> None:
    seen = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((request.raw_path, await request.json()))
        return web.json_response({"accepted": 1}, status=202)

    event = Event(
        event_id="e1", job_id="AJ_1", sequence=1, kind="answered", detail={}, happened_at="now"
    )
    async with django(answer) as client:
        await client.send_events("call-_+15550142_x", [event])

    assert seen[0][0] == "/internal/calls/call-_%2B15550142_x/events/"
    assert seen[0][1][0]["event_id"] == "e1"


@pytest.mark.parametrize(
    ("status", "error"), [(400, Invalid), (404, Invalid), (401, Unavailable), (503, Unavailable)]
)
async def test_a_refusal_is_final_and_an_outage_is_not(status: int, error: type[Exception]) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"code": "x"}, status=status)

    async with django(answer) as client:
        with pytest.raises(error):
            await client.send_events("call-1", [])


async def test_an_answer_that_is_no_briefing_is_as_good_as_none() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"call_id": "c1"})

    async with django(answer) as client:
        with pytest.raises(Unavailable, match="KeyError"):
            await client.start_call(room_name="call-1", job_id="AJ_1", attributes={})


async def test_a_django_that_hangs_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_plane, "TIMEOUT_S", 0.05)
    released = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        await released.wait()
        return web.json_response({})

    async with django(answer) as client:
        with pytest.raises(Unavailable, match="TimeoutError"):
            await client.send_events("call-1", [])
        released.set()


async def test_an_error_names_neither_address_nor_token() -> None:
    client = HttpControlPlane("http://127.0.0.1:9", "the-token")

    with pytest.raises(Unavailable) as failed:
        await client.send_events("call-1", [])
    await client.close()

    assert str(failed.value) == "control plane: ClientConnectorError"
    assert failed.value.__cause__ is None
