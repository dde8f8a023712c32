"""Starts a line of its own on free ports, calls it, prints figures and writes them as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from bench import sentences, voices
from bench.caller import Caller
from bench.figures import Figure, figure
from contactcenter.config import ROOT
from tools import machine, postgres
from tools.stack import services
from tools.supervisor import Supervisor

CALLS = 12
TURNS = 30
PAUSE_S = 0.6
TOGETHER = 3


async def answer(address: str) -> list[Figure]:
    """Answer → first word."""
    waits, rings = [], []
    for number in range(CALLS):
        dialled_at = time.monotonic()
        async with Caller(address, number=f"+1555013{number % 10}") as caller:
            rings.append(caller.answered_at - dialled_at)
            waits.append(await caller.first_sound(caller.answered_at) - caller.answered_at)
            await caller.until_quiet()
    return [
        figure("INVITE → answered", rings),
        figure("answered → first word", waits, goal="p95 ≤ 1.0"),
    ]


async def turns(address: str) -> list[Figure]:
    """Caller stops → caller hears."""
    waits: list[float] = []
    while len(waits) < TURNS:
        async with Caller(address, number="+15550140") as caller:
            await caller.until_quiet()
            for number, question in enumerate(sentences.QUESTIONS):
                waits.append(await caller.ask(voices.speak(question, 2 * number)))
    return [figure("caller stops → caller hears, embedded engines", waits, goal="p50 ≤ 0.7")]


async def pauses(address: str) -> list[Figure]:
    """Sentences with a pause in which the agent began to speak."""
    cut = []
    for number in range(4 * len(sentences.HALVES)):
        first, second = sentences.HALVES[number % len(sentences.HALVES)]
        begin, end = voices.paused(first, second, number, pause_s=PAUSE_S)
        async with Caller(address, number="+15550141") as caller:
            await caller.until_quiet()
            began_at = time.monotonic()
            await caller.phone.say(begin.tobytes(), rate=voices.RATE)
            await caller.say(end)
            ended_at = time.monotonic()
            cut.append(float(any(began_at < moment < ended_at for moment in caller.loud_at)))
    share = 100 * sum(cut) / len(cut)
    print(f"{'cut off at a pause of 0.6 s':<46} n={len(cut)}   {share:.1f} %   goal ≤ 5 %")
    return [figure("cut off at a pause of 0.6 s", [share], unit="%", goal="≤ 5")]


async def cost(address: str, worker: psutil.Process) -> list[Figure]:
    """Memory and processor of a call's own process, with some calls at once."""

    async def talk(number: int) -> None:
        async with Caller(address, number=f"+1555015{number}") as caller:
            await caller.until_quiet()
            for question in sentences.QUESTIONS[:6]:
                await caller.ask(voices.speak(question, 0))

    talking = asyncio.gather(*(talk(number) for number in range(TOGETHER)))
    await asyncio.sleep(8)
    jobs = [one for one in worker.children(recursive=True) if one.cpu_percent() is not None]
    await asyncio.sleep(15)
    busy = [(job.cpu_percent(), job.memory_full_info().uss / 2**20) for job in jobs]
    await talking
    # The busiest are the calls; the rest are idle processes and the models' own.
    calls = sorted(busy, reverse=True)[:TOGETHER]
    return [
        figure(f"CPU of a call's process, {TOGETHER} at once", [c for c, _ in calls], unit="%"),
        figure("memory of a call's own", [m for _, m in calls], unit="MB", goal="≤ 100"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("sections", nargs="*", help="answer, turns, pauses, cost (all)")
    chosen = parser.parse_args().sections
    with tempfile.TemporaryDirectory(prefix="cc-bench-") as folder:
        var = Path(folder)
        given = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        ports = machine.free_ports() | {"RTP_PORTS": "34000-34400"}
        env = machine.environment(var, given | ports)
        supervisor = Supervisor(services(var, env), env=env, logs=var / "log")
        supervisor.start()
        process = supervisor.runs["worker"].process
        assert process is not None
        worker = psutil.Process(process.pid)
        address = machine.dial_address(env)
        sections: dict[str, Callable[[], Coroutine[Any, Any, list[Figure]]]] = {
            "answer": lambda: answer(address),
            "turns": lambda: turns(address),
            "pauses": lambda: pauses(address),
            "cost": lambda: cost(address, worker),
        }
        found: list[Figure] = []
        try:
            for name in chosen or sections:
                for one in asyncio.run(sections[name]()):
                    found.append(one)
                    print(one.row(), flush=True)
        finally:
            supervisor.stop()
            postgres.tidy(var / "postgres")
    kept = ROOT / "var" / "bench.json"
    kept.parent.mkdir(exist_ok=True)
    load = os.getloadavg()[0]
    kept.write_text(json.dumps({"load": load, "figures": [asdict(one) for one in found]}, indent=1))
    print(f"Load of the machine at the end {load:.1f}; figures in {kept}")


if __name__ == "__main__":
    main()
