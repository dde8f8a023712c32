"""The recorder's main process: takes jobs from LiveKit, delivers what they leave behind."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import suppress
from typing import Final

from livekit.agents import AgentServer, JobProcess

from calls.recorder import delivery, private
from calls.recorder.job import record
from contactcenter import rooms
from contactcenter.config import Config, load

# Calls that go on when the process is told to stop are recorded to their end.
DRAIN_S: Final = rooms.MAX_CALL_S
LAST_DELIVERY_S: Final = 5.0

logger = logging.getLogger(__name__)


def prewarm(process: JobProcess) -> None:
    process.userdata["config"] = load()


def build(config: Config) -> AgentServer:
    private.load_no_models()

    def load_of(server: AgentServer) -> float:
        # A call that is refused here goes unrecorded: take all that the line can hold.
        return len(server.active_jobs) / (config.sip_max_calls + 1)

    server = AgentServer(
        ws_url=config.livekit_url,
        api_key=config.livekit_api_key,
        api_secret=config.livekit_api_secret,
        host="127.0.0.1",
        port=config.recorder_port,
        num_idle_processes=1,
        initialize_process_timeout=60,
        setup_fnc=prewarm,
        load_fnc=load_of,
        load_threshold=0.999,
        preload_modules=["calls.recorder.job"],
    )
    server.rtc_session(record, agent_name=rooms.RECORDER_AGENT_NAME)
    return server


async def serve(config: Config) -> None:
    """Run until SIGTERM or SIGINT, then finish the calls that are being recorded."""
    server = build(config)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    working = asyncio.create_task(server.run(devmode=False))
    delivering = asyncio.create_task(delivery.deliver_for_ever(config))
    told = asyncio.create_task(stopping.wait())
    done, _ = await asyncio.wait({working, delivering, told}, return_when=asyncio.FIRST_COMPLETED)
    for task in done - {told}:
        # Neither ends by itself: raise what ended it, the supervisor starts us again.
        task.result()
    with suppress(TimeoutError):
        await server.drain(timeout=int(DRAIN_S))
    await server.aclose()
    delivering.cancel()
    await asyncio.gather(working, delivering, told, return_exceptions=True)
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_DELIVERY_S), delivery.client(config) as control_plane:
            await delivery.sweep(config.var / "recorder", control_plane)
    logger.info("recorder stopped")
