"""The message bus: with itself over a real Valkey, and with a real livekit-server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sip.gateway import wire
from sip.gateway.bus import Bus
from sip.gateway.rpc import RpcFailed, rpc_error
from tests.sip.gateway import servers as processes
from tests.sip.gateway.servers import Servers
from tools import ports

Request = wire.TransferRequest
METHOD = "TransferSIPParticipant"


@pytest.fixture(scope="session")
def valkey_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = str(ports.free())
    with processes.valkey(port, tmp_path_factory.mktemp("valkey")):
        yield port


@pytest.fixture
async def client(valkey_port: str) -> AsyncIterator[Bus]:
    bus = Bus(f"redis://127.0.0.1:{valkey_port}", client_of="SIPInternal")
    await bus.open()
    yield bus
    await bus.close()


@pytest.fixture
async def server(valkey_port: str) -> AsyncIterator[Bus]:
    bus = Bus(f"redis://127.0.0.1:{valkey_port}")
    await bus.open()
    yield bus
    await bus.close()


async def echo(request: Any, left_s: float) -> Any:
    return wire.TransferRequest(transfer_to=request.transfer_to[::-1])


async def test_a_question_is_answered(client: Bus, server: Bus) -> None:
    await server.serve(METHOD, Request, echo)
    answer = await client.call(METHOD, Request(transfer_to="abc"), Request)

    assert answer.transfer_to == "cba"


async def test_of_two_servers_exactly_one_answers(
    client: Bus, server: Bus, valkey_port: str
) -> None:
    asked: list[str] = []

    async def count(request: Any, left_s: float) -> Any:
        asked.append(request.transfer_to)
        return request

    second = Bus(f"redis://127.0.0.1:{valkey_port}")
    await second.open()
    await server.serve(METHOD, Request, count)
    await second.serve(METHOD, Request, count)
    for number in range(10):
        await client.call(METHOD, Request(transfer_to=str(number)), Request)
    await second.close()

    assert asked == [str(number) for number in range(10)]


async def test_an_error_carries_its_code_and_sip_status(client: Bus, server: Bus) -> None:
    async def refuse(request: Any, left_s: float) -> Any:
        raise rpc_error(486, "Busy Here")

    await server.serve(METHOD, Request, refuse)
    with pytest.raises(RpcFailed) as error:
        await client.call(METHOD, Request(), Request)

    assert error.value.rpc_code == "resource_exhausted"
    assert error.value.details[0].type_url == "type.googleapis.com/livekit.SIPStatus"


async def test_a_bug_in_a_server_is_told_without_its_details(client: Bus, server: Bus) -> None:
    async def fail(request: Any, left_s: float) -> Any:
        raise KeyError("+15550100")

    await server.serve(METHOD, Request, fail)
    with pytest.raises(RpcFailed) as error:
        await client.call(METHOD, Request(), Request)

    assert error.value.rpc_code == "internal"
    assert "555" not in error.value.message


async def test_a_server_that_is_full_does_not_take_part(client: Bus, server: Bus) -> None:
    await server.serve(METHOD, Request, echo, affinity=lambda: None)
    with pytest.raises(RpcFailed) as error:
        await client.call(METHOD, Request(), Request, timeout_s=0.3)

    assert error.value.rpc_code == "deadline_exceeded"


async def test_a_topic_is_served_until_it_is_not(client: Bus, server: Bus) -> None:
    method = await server.serve(METHOD, Request, echo)
    await client.call(METHOD, Request(), Request)
    await server.stop_serving(method)
    with pytest.raises(RpcFailed) as error:
        await client.call(METHOD, Request(), Request, timeout_s=0.3)

    assert error.value.rpc_code == "deadline_exceeded"


async def test_it_works_again_after_redis_was_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = str(ports.free())
    url = f"redis://127.0.0.1:{port}"
    server, client = Bus(url), Bus(url, client_of="SIPInternal")
    with ExitStack() as stack:
        stack.enter_context(processes.valkey(port, tmp_path))
        await server.open()
        await client.open()
        await server.serve(METHOD, Request, echo)
        await client.call(METHOD, Request(), Request)
    with pytest.raises(RpcFailed) as error:
        await client.call(METHOD, Request(), Request, timeout_s=0.3)
    with processes.valkey(port, tmp_path):
        async with asyncio.timeout(15):
            while True:
                try:
                    answer = await client.call(
                        METHOD, Request(transfer_to="ab"), Request, timeout_s=0.5
                    )
                    break
                except RpcFailed:
                    continue
        await client.close()
        await server.close()

    assert error.value.rpc_code in {"unavailable", "deadline_exceeded"}
    assert answer.transfer_to == "ba"


@pytest.mark.telephone
async def test_livekit_says_that_a_number_has_no_trunk(servers: Servers) -> None:
    bus = Bus(servers.env["REDIS_URL"])
    await bus.open()
    call = wire.SIPCall(lk_call_id="SCL_test", source_ip="127.0.0.1")
    call.to.user, call.address.user = "+15550198", "+15550198"
    getattr(call, "from").user = "+15550142"
    answer = await bus.call(
        "GetSIPTrunkAuthentication",
        wire.GetSIPTrunkAuthenticationRequest(call=call),
        wire.GetSIPTrunkAuthenticationResponse,
    )
    await bus.close()

    assert answer.sip_trunk_id == ""
