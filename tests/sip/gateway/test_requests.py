"""What a user agent answers to requests that are malformed, misplaced or not its business."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from sip.gateway.agent import UserAgent
from sip.gateway.call import IncomingCall

OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"


@pytest.fixture
async def agent() -> AsyncIterator[UserAgent]:
    agent = UserAgent(host="127.0.0.1")
    agent.on_call = IncomingCall.ring
    await agent.open()
    yield agent
    await agent.close()


@pytest.fixture
def wire() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))
        wire.setblocking(False)
        yield wire


def request(
    method: str,
    wire: socket.socket,
    *,
    branch: str = "z9hG4bK1",
    to: str = "<sip:us@a>",
    sequence: str = "",
    via: str = "",
    extra: str = "",
) -> bytes:
    port = wire.getsockname()[1]
    lines = (
        f"{method} sip:us@127.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch={branch}{via}",
        "From: <sip:them@a>;tag=them",
        f"To: {to}",
        "Call-ID: one",
        f"CSeq: {sequence or f'1 {method}'}",
        "Max-Forwards: 70",
    )
    return "\r\n".join((*lines, *extra.splitlines(), "", OFFER)).encode()


async def exchange(agent: UserAgent, wire: socket.socket, data: bytes) -> list[str]:
    """Send and return the status lines of every answer up to the first final one."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendto(wire, data, ("127.0.0.1", agent.port))
    answers: list[str] = []
    async with asyncio.timeout(2):
        while not answers or answers[-1].startswith("SIP/2.0 1"):
            answer = (await loop.sock_recv(wire, 65535)).decode()
            answers.append(answer.split("\r\n")[0])
            if answers[-1].startswith("SIP/2.0 180"):
                break
    return answers


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"method": "OPTIONS"}, "200 OK"),
        ({"method": "MESSAGE"}, "405 Method Not Allowed"),
        ({"method": "REFER"}, "405 Method Not Allowed"),
        ({"method": "BYE"}, "481 Call/Transaction Does Not Exist"),
        ({"method": "CANCEL"}, "481 Call/Transaction Does Not Exist"),
        ({"method": "INVITE", "to": "<sip:us@a>;tag=x"}, "481 Call/Transaction Does Not Exist"),
        ({"method": "INVITE", "sequence": "1 BYE"}, "400 Bad Request"),
        ({"method": "INVITE", "sequence": "many INVITE"}, "400 Bad Request"),
        ({"method": "INVITE", "extra": "Require: 100rel"}, "420 Bad Extension"),
    ],
    ids=str,
)
async def test_it_answers_what_it_cannot_do(
    agent: UserAgent, wire: socket.socket, data: dict[str, str], expected: str
) -> None:
    method = data.pop("method")

    assert await exchange(agent, wire, request(method, wire, **data)) == [f"SIP/2.0 {expected}"]


async def test_the_same_call_by_two_ways_is_one_call(agent: UserAgent, wire: socket.socket) -> None:
    first = await exchange(agent, wire, request("INVITE", wire))
    second = await exchange(agent, wire, request("INVITE", wire, branch="z9hG4bK2"))

    assert first == ["SIP/2.0 100 Trying", "SIP/2.0 180 Ringing"]
    assert second == ["SIP/2.0 482 Loop Detected"]


async def test_answers_go_where_the_request_came_from_not_where_it_claims(
    agent: UserAgent, wire: socket.socket
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as third_party:
        third_party.bind(("127.0.0.1", 0))
        third_party.setblocking(False)
        claim = f";received=127.0.0.9;rport={third_party.getsockname()[1]}"

        answers = await exchange(agent, wire, request("OPTIONS", wire, via=claim))

        assert answers == ["SIP/2.0 200 OK"]
        with pytest.raises(BlockingIOError):
            third_party.recv(1)


TORTURE = [
    b"",
    b"\r\n\r\n",
    b"\0" * 64,
    b"INVITE" * 20,
    b"INVITE sip:us SIP/2.0\r\n\r\n",
    b"SIP/2.0 200 OK\r\nVia: x\r\nCSeq: 1 INVITE\r\n\r\n",
    b"SIP/2.0 banana\r\n\r\n",
    b"INVITE sip:us SIP/2.0\r\nVia: SIP/2.0/UDP ;branch=\r\nCSeq: 1 INVITE\r\n\r\n",
    b"INVITE sip:us SIP/2.0\r\nVia: SIP/2.0/UDP a:99999;rport\r\nFrom: <\r\nTo: >\r\n"
    b"Call-ID: \xff\r\nCSeq: 4294967296 INVITE\r\n\r\n",
    b"ACK sip:us SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKa\r\nFrom: a\r\nTo: b\r\n"
    b"Call-ID: c\r\nCSeq: 1 ACK\r\n\r\n",
    b"\xff\xfe INVITE sip:us SIP/2.0\r\nVia\r\n\r\n" + b"A: b\r\n" * 400,
]


@pytest.mark.parametrize("datagram", TORTURE, ids=range(len(TORTURE)))
async def test_it_is_alive_after_a_datagram_that_makes_no_sense(
    agent: UserAgent, wire: socket.socket, datagram: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.get_running_loop().sock_sendto(wire, datagram, ("127.0.0.1", agent.port))

    assert await exchange(agent, wire, request("OPTIONS", wire)) == ["SIP/2.0 200 OK"]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_it_is_alive_after_thousands_of_mutated_invites(
    agent: UserAgent, wire: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(3261)
    invite = request("INVITE", wire)
    loop = asyncio.get_running_loop()
    for _ in range(2000):
        mutated = bytearray(invite)
        for _ in range(chance.randint(1, 8)):
            mutated[chance.randrange(len(mutated))] = chance.randrange(256)
        await loop.sock_sendto(wire, bytes(mutated), ("127.0.0.1", agent.port))
        # The agent reads one datagram per turn of the loop.
        for _ in range(3):
            await asyncio.sleep(0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        other.setblocking(False)

        assert await exchange(agent, other, request("OPTIONS", other, branch="z9hG4bKlast")) == [
            "SIP/2.0 200 OK"
        ]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
