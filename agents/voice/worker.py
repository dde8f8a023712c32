"""The worker: registers with LiveKit, keeps a warm process ready, takes calls up to its cap."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from contextlib import suppress
from typing import Final

from livekit.agents import AgentServer, JobExecutorType, JobProcess, JobRequest

from agents.voice import control_plane, policies, reporter
from agents.voice.call import answer, finish
from agents.voice.local import inference
from agents.voice.session import build_engines
from contactcenter import logs
from contactcenter.config import Config, load
from contactcenter.rooms import RECEPTIONIST_AGENT_NAME, VOICE_AGENT

logger = logging.getLogger(__name__)

IDLE_PROCESSES: Final = 1
JOB_MEMORY_LIMIT_MB: Final = 1500
# A job reports its end (5 s at most); a dead process is waited for in vain (10 s).
CLOSE_WITHIN_S: Final = 12.0


def prewarm(process: JobProcess) -> None:
    """Load before a call needs it; runs on the main thread of each job process."""
    config = load()
    process.userdata["config"] = config
    process.userdata["engines"] = build_engines(config)


class Intake:
    """Takes jobs, but one at a time for a room: while a process warms up, the clock sends more."""

    def __init__(self) -> None:
        self.coming: set[str] = set()

    async def accept(self, request: JobRequest) -> None:
        """Join as the one voice agent of the call: a second job under this identity replaces it."""
        room_name = request.room.name
        if room_name in self.coming:
            await request.reject()
            return
        self.coming.add(room_name)
        try:
            # Returns when a process has the job.
            await request.accept(identity=VOICE_AGENT, name="", attributes={"cc.role": "ai"})
        finally:
            self.coming.discard(room_name)


def build_server(config: Config) -> AgentServer:
    def load_of(server: AgentServer) -> float:
        return min(1.0, len(server.active_jobs) / config.max_calls)

    server = AgentServer(
        ws_url=config.livekit_url,
        api_key=config.livekit_api_key,
        api_secret=config.livekit_api_secret,
        host="127.0.0.1",
        port=config.worker_port,
        job_executor_type=JobExecutorType.PROCESS,
        num_idle_processes=IDLE_PROCESSES,
        job_memory_limit_mb=JOB_MEMORY_LIMIT_MB,
        # Loading everything takes longer than the default 10 s on a busy small machine.
        initialize_process_timeout=60,
        setup_fnc=prewarm,
        load_fnc=load_of,
        load_threshold=0.99,
        preload_modules=["agents.voice.call"],
    )
    server.rtc_session(
        answer,
        agent_name=RECEPTIONIST_AGENT_NAME,
        on_request=Intake().accept,
        on_session_end=finish,
    )
    return server


async def serve(config: Config) -> bool:
    """Take calls until SIGTERM; then finish those that run, at most ``config.drain_s``.

    Returns:
        False if the models died: calls would be deaf and mute, so this process has to go, too.
    """
    server = build_server(config)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    django = control_plane.build(config)
    spool = config.var / "spool"
    spool.mkdir(parents=True, exist_ok=True)
    running = asyncio.create_task(server.run(devmode=False))
    stopping = asyncio.create_task(stop.wait())
    models_gone = asyncio.create_task(inference.until_gone(server))
    aside = [
        asyncio.create_task(reporter.keep_sweeping(django, spool)),
        asyncio.create_task(policies.keep_fresh(config)),
        stopping,
        models_gone,
    ]
    await asyncio.wait({running, stopping, models_gone}, return_when=asyncio.FIRST_COMPLETED)
    healthy = not models_gone.done()
    if not healthy:
        logger.error("models died")
    if not running.done():
        await close(server, drain_s=config.drain_s if healthy else 0.0)
    for task in aside:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await django.close()
    await running
    return healthy


async def close(server: AgentServer, *, drain_s: float) -> None:
    """Let calls finish for a while, then tell their jobs to stop."""
    if drain_s:
        with suppress(TimeoutError):
            await server.drain(int(drain_s))
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_WITHIN_S):
            await server.aclose()


def main() -> None:
    config = load()
    logs.configure()
    # Its debug lines hold what callers say.
    logging.getLogger("livekit").setLevel(logging.INFO)
    inference.register()
    # A missing key or an unknown name stops the start here, and not each job; and the plugins
    # are imported before the job processes are forked.
    build_engines(config)
    if not asyncio.run(serve(config)):
        sys.exit(1)
