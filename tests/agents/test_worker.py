"""Which jobs the worker takes."""

from __future__ import annotations

import asyncio

from livekit.agents import JobRequest
from livekit.agents.job import JobAcceptArguments
from livekit.protocol import agent, models

from agents.voice.worker import Intake


class Requests:
    """Asks for jobs like LiveKit; processes are warm when the test says so."""

    def __init__(self) -> None:
        self.warm = asyncio.Event()
        self.identities: list[str] = []
        self.rejected = 0

    def make(self, room_name: str) -> JobRequest:
        job = agent.Job(room=models.Room(name=room_name))
        return JobRequest(job=job, on_reject=self._reject, on_accept=self._accept)

    async def _accept(self, arguments: JobAcceptArguments) -> None:
        self.identities.append(arguments.identity)
        await self.warm.wait()

    async def _reject(self, terminate: bool) -> None:
        self.rejected += 1


async def test_a_second_job_for_a_call_whose_process_warms_up_is_refused() -> None:
    requests, intake = Requests(), Intake()

    first = asyncio.create_task(intake.accept(requests.make("call-1")))
    other = asyncio.create_task(intake.accept(requests.make("call-2")))
    await asyncio.sleep(0)
    await intake.accept(requests.make("call-1"))
    requests.warm.set()
    await asyncio.gather(first, other)

    assert (requests.identities, requests.rejected) == (["ai", "ai"], 1)


async def test_a_call_whose_job_died_gets_another() -> None:
    requests, intake = Requests(), Intake()
    requests.warm.set()

    await intake.accept(requests.make("call-1"))
    await intake.accept(requests.make("call-1"))

    assert (requests.identities, requests.rejected) == (["ai", "ai"], 0)
