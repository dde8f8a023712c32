"""The SIP gateway as a process: who may call, how many, and how it ends."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
import subprocess
import sys
import wave
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from livekit import api

from contactcenter.config import ROOT
from sip.gateway.call import Refused
from sip.gateway.phone import Phone as PythonPhone
from tests.sip.gateway import servers as processes
from tests.sip.gateway.company import LOUD, Company, loudness, record_tone, until
from tests.sip.gateway.conftest import OPEN, room_of
from tests.sip.gateway.servers import Servers
from tests.telephone.phone import Phone
from tools import ports

pytestmark = pytest.mark.telephone


@pytest.fixture
def second(servers: Servers) -> Servers:
    """A place for one more gateway beside the one that all tests use."""
    env = dict(servers.env) | {
        "SIP_PORT": str(ports.free(udp=True)),
        "RTP_PORTS": "31000-31098",
        "SIP_MAX_CALLS": "1",
        "SIP_DRAIN_S": "1",
    }
    return dataclasses.replace(servers, env=env)


async def test_told_to_stop_it_takes_no_call_waits_and_hangs_up_what_is_left(
    second: Servers,
    lk: api.LiveKitAPI,
    new_phone: Callable[..., Phone],
    new_company: Callable[[], Company],
) -> None:
    phone, late, company = new_phone(), new_phone(), new_company()
    with ExitStack() as stack:
        process = stack.enter_context(processes.gateway(second, name="drained"))
        phone.dial(f"sip:{OPEN}@{second.sip_address}")
        await company.join(await room_of(lk, phone))
        await company.speak()
        await asyncio.to_thread(phone.wait, "CALL_ESTABLISHED")
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.2)
        late.dial(f"sip:{OPEN}@{second.sip_address}")
        refused = await asyncio.to_thread(late.wait, "CALL_CLOSED")
        established = [e for e in phone.events if e.kind == "CALL_CLOSED"] == []
        closed = await asyncio.to_thread(phone.wait, "CALL_CLOSED", 5)
        code = await asyncio.to_thread(process.wait, 10)

    log = (second.folder / "drained.log").read_text()
    assert refused.param == "503 Service Unavailable"
    assert established
    assert closed.at > refused.at
    assert code == 0
    assert "gateway stopped" in log
    assert "555" not in log


async def test_one_call_too_many_is_refused_and_the_next_is_welcome(second: Servers) -> None:
    with processes.gateway(second, name="full"):
        uri = f"sip:{OPEN}@{second.sip_address}"
        async with PythonPhone() as first, PythonPhone() as other:
            ringing = asyncio.create_task(first.dial(uri))
            await asyncio.wait_for(first.rang.wait(), 5)
            with pytest.raises(Refused) as refusal:
                await other.dial(uri)
            await first.hang_up()
            await asyncio.gather(ringing, return_exceptions=True)

    assert refusal.value.sip_status == 503


def test_a_taken_port_is_said_in_one_line(servers: Servers) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sip.gateway"],
        env=dict(servers.env),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "Address already in use" in line


async def test_with_an_unknown_release_of_livekit_calls_go_through_its_public_classes(
    second: Servers,
    lk: api.LiveKitAPI,
    new_phone: Callable[..., Phone],
    new_company: Callable[[], Company],
) -> None:
    phone, company = new_phone(answer="auto"), new_company()
    code = (
        "import runpy\n"
        "from sip.gateway import private\n"
        "private.WRITTEN_FOR = 'another'\n"
        "runpy.run_module('sip.gateway', run_name='__main__')\n"
    )
    with processes.gateway(second, name="stock", code=code):
        phone.dial(f"sip:{OPEN}@{second.sip_address}")
        await company.join(await room_of(lk, phone))
        await company.speak()
        await asyncio.to_thread(phone.wait, "CALL_ESTABLISHED")
        await until(lambda: "active" in company.statuses)
        speaking = asyncio.to_thread(phone.say, record_tone(phone.folder / "tone.wav"))
        await asyncio.gather(speaking, until(lambda: company.loudest > LOUD))
        phone.hangup()
        await asyncio.to_thread(phone.wait, "CALL_CLOSED")
        await until(lambda: bool(company.gone))

    assert "unknown release of livekit" in (second.folder / "stock.log").read_text()
    with wave.open(str(phone.heard())) as file:
        assert loudness(file.readframes(file.getnframes())[8000:]) > LOUD
