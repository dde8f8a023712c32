"""What a vendor's stand-in can do wrong, and how all of them run beside a test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Literal, Protocol

from aiohttp import web
from livekit.agents.utils.aio import cancel_and_wait

HOST: Final = "127.0.0.1"
KEY: Final = "the-key"
LATE_S: Final = 4.0
# "" is none; a number is the HTTP status of every answer.
Fault = Literal["", "silent", "closing", "garbled", "late"] | int


class StandIn(Protocol):
    """A vendor on the wire."""

    fault: Fault
    url: str

    def routes(self) -> list[web.RouteDef]: ...


async def open_site(stand_in: StandIn) -> web.AppRunner:
    application = web.Application()
    application.add_routes(stand_in.routes())
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    stand_in.url = f"http://{HOST}:{runner.addresses[0][1]}"
    return runner


@contextmanager
def serving_in_thread(stand_ins: Sequence[StandIn]) -> Iterator[None]:
    """Serve while other processes call, whatever this one does."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> list[web.AppRunner]:
        return [await open_site(stand_in) for stand_in in stand_ins]

    async def stop(runners: list[web.AppRunner]) -> None:
        for runner in runners:
            await runner.cleanup()
        # Those that were silent still are.
        hanging = asyncio.all_tasks() - {asyncio.current_task()}
        await cancel_and_wait(*hanging)

    runners = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(stop(runners), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
