"""Two user agents understand each other although the network loses, doubles and reorders."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from sip.gateway import sdp
from sip.gateway.agent import UserAgent
from sip.gateway.call import IncomingCall, Refused
from sip.gateway.dial import OutgoingCall
from sip.gateway.messages import tag_of
from tests.sip.gateway.lossy import Faults, lossy_agent

SOON_S = 4.0


@dataclass(kw_only=True)
class Pair:
    """A caller and somebody who may be called."""

    caller: UserAgent
    callee: UserAgent
    calls: list[IncomingCall] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    def dial(self) -> OutgoingCall:
        call = OutgoingCall(
            self.caller, uri=f"sip:callee@127.0.0.1:{self.callee.port}", from_uri="sip:caller@a"
        )
        call.dial(sdp.Session("127.0.0.1", 40000).offer())
        return call


def accept(call: IncomingCall) -> None:
    offer = sdp.read(call.invite.text)
    call.ring()
    call.accept(sdp.Session("127.0.0.1", 40010).answer(offer, sdp.choose(offer)))


@asynccontextmanager
async def pair(
    on_call: Callable[[IncomingCall], None],
    *,
    caller: Faults | None = None,
    callee: Faults | None = None,
) -> AsyncIterator[Pair]:
    two = Pair(caller=await lossy_agent(caller), callee=await lossy_agent(callee))

    def take(call: IncomingCall) -> None:
        two.calls.append(call)
        call.on_bye = two.ended.set
        call.on_cancel = two.cancelled.set
        on_call(call)

    two.callee.on_call = take
    try:
        yield two
    finally:
        await two.caller.close()
        await two.callee.close()


LOSSES: dict[str, tuple[Faults, Faults]] = {
    "two INVITEs lost": (Faults(lost={"INVITE": {1, 2}}), Faults()),
    "100 and 180 lost": (Faults(), Faults(lost={"100 INVITE": {1}, "180 INVITE": {1}})),
    "no response but the third": (
        Faults(),
        Faults(lost={"100 INVITE": {1}, "180 INVITE": {1}, "200 INVITE": {1, 2}}),
    ),
    "two ACKs lost": (Faults(lost={"ACK": {1, 2}}), Faults()),
    "two BYEs lost": (Faults(lost={"BYE": {1, 2}}), Faults()),
    "the answer to BYE lost": (Faults(), Faults(lost={"200 BYE": {1, 2}})),
    "every request twice": (Faults(doubled={"INVITE", "ACK", "BYE"}), Faults()),
    "every response twice": (
        Faults(),
        Faults(doubled={"100 INVITE", "180 INVITE", "200 INVITE", "200 BYE"}),
    ),
    "180 after 200": (Faults(), Faults(delayed={"180 INVITE"})),
    "ACK late": (Faults(delayed={"ACK"}), Faults()),
    "ACK lost, INVITE and 200 twice": (
        Faults(lost={"ACK": {1}}, doubled={"INVITE"}),
        Faults(doubled={"200 INVITE"}),
    ),
}


async def until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while not fact():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("loss", LOSSES)
async def test_a_call_begins_once_and_ends_on_both_sides(loss: str) -> None:
    of_caller, of_callee = LOSSES[loss]
    async with pair(accept, caller=of_caller, callee=of_callee) as two:
        call = two.dial()
        answer = await asyncio.wait_for(asyncio.shield(call.outcome), SOON_S)
        await call.hang_up()
        await asyncio.wait_for(two.ended.wait(), SOON_S)

        assert sdp.choose(sdp.read(answer)).address == ("127.0.0.1", 40010)
        assert len(two.calls) == 1
        assert (call.is_over, two.calls[0].is_over) == (True, True)


@pytest.mark.parametrize(
    ("of_caller", "of_callee", "refusals", "acknowledgements"),
    [
        pytest.param(Faults(), Faults(), 1, 1, id="perfect"),
        pytest.param(Faults(lost={"ACK": {1, 2}}), Faults(), 3, 3, id="ACKs lost"),
        pytest.param(Faults(), Faults(lost={"486 INVITE": {1}}), 2, 1, id="486 lost"),
        pytest.param(Faults(), Faults(doubled={"486 INVITE"}), 1, 2, id="486 twice"),
    ],
)
async def test_a_refusal_is_sent_until_it_is_acknowledged(
    of_caller: Faults, of_callee: Faults, refusals: int, acknowledgements: int
) -> None:
    async with pair(lambda call: call.reject(486), caller=of_caller, callee=of_callee) as two:
        call = two.dial()
        with pytest.raises(Refused) as refusal:
            await asyncio.wait_for(asyncio.shield(call.outcome), SOON_S)
        await until(lambda: of_caller.sent["ACK"] == acknowledgements)

        assert refusal.value.sip_status == 486
        assert len(two.calls) == 1
        assert of_callee.sent["486 INVITE"] == refusals


@pytest.mark.parametrize(
    ("of_caller", "of_callee"),
    [
        pytest.param(Faults(), Faults(), id="perfect"),
        pytest.param(Faults(lost={"CANCEL": {1}}), Faults(), id="CANCEL lost"),
        pytest.param(
            Faults(), Faults(lost={"200 CANCEL": {1}, "487 INVITE": {1}}), id="answers lost"
        ),
        pytest.param(Faults(doubled={"CANCEL"}), Faults(), id="CANCEL twice"),
    ],
)
async def test_a_cancelled_call_stops_ringing(of_caller: Faults, of_callee: Faults) -> None:
    async with pair(IncomingCall.ring, caller=of_caller, callee=of_callee) as two:
        call = two.dial()
        ringing = asyncio.Event()
        call.on_ringing = ringing.set
        await asyncio.wait_for(ringing.wait(), SOON_S)
        call.cancel()
        await asyncio.wait_for(two.cancelled.wait(), SOON_S)
        with pytest.raises(Refused) as refusal:
            await asyncio.shield(call.outcome)

        assert refusal.value.sip_status == 487
        assert two.calls[0].is_over


async def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_ended() -> None:
    """The 180 lets the caller cancel; the 200 is under way before the CANCEL arrives."""
    of_caller, of_callee = Faults(delayed={"CANCEL"}), Faults(delayed={"200 INVITE"})
    async with pair(accept, caller=of_caller, callee=of_callee) as two:
        call = two.dial()
        ringing = asyncio.Event()
        call.on_ringing = ringing.set
        await asyncio.wait_for(ringing.wait(), SOON_S)
        call.cancel()
        await asyncio.wait_for(two.ended.wait(), SOON_S)

        assert not two.cancelled.is_set()
        assert (of_caller.sent["ACK"], of_caller.sent["BYE"]) == (1, 1)


async def test_a_call_cancelled_before_anything_was_heard_waits_with_its_cancel() -> None:
    of_caller = Faults(lost={"INVITE": {1}})
    async with pair(IncomingCall.ring, caller=of_caller) as two:
        call = two.dial()
        call.cancel()
        await asyncio.wait_for(two.cancelled.wait(), SOON_S)

        assert of_caller.sent["CANCEL"] >= 1


async def test_a_silent_far_end_is_given_up_with_408() -> None:
    of_callee = Faults(lost={"100 INVITE": set(range(99)), "180 INVITE": set(range(99))})
    async with pair(IncomingCall.ring, callee=of_callee) as two:
        call = two.dial()
        with pytest.raises(Refused) as refusal:
            await asyncio.wait_for(asyncio.shield(call.outcome), SOON_S)

        assert refusal.value.sip_status == 408


async def test_an_answer_that_is_never_acknowledged_ends_the_call() -> None:
    of_caller = Faults(lost={"ACK": set(range(99))})
    async with pair(accept, caller=of_caller) as two:
        two.dial()
        await asyncio.wait_for(two.ended.wait(), SOON_S)

        assert two.calls[0].is_over


async def test_hold_and_resume_reach_the_call_once_each() -> None:
    offers: list[str | None] = []

    def take(call: IncomingCall) -> None:
        accept(call)
        call.on_offer = answer

    def answer(offer: str | None) -> str:
        offers.append(offer)
        return "v=0"

    async with pair(take, caller=Faults(doubled={"INVITE"})) as two:
        call = two.dial()
        await asyncio.wait_for(asyncio.shield(call.outcome), SOON_S)
        for direction in ("sendonly", "sendrecv"):
            request = call.build("INVITE", body=direction)
            response = await asyncio.shield(
                two.caller.layer.send(request, ("127.0.0.1", two.callee.port)).final
            )
            assert (response.status_code, response.text) == (200, "v=0")

        assert offers == ["sendonly", "sendrecv"]


def answer_by_hand(invite: bytes, tag: str, port: int) -> bytes:
    """A 200 that no user agent of ours would send."""
    lines = invite.decode().partition("\r\n\r\n")[0].split("\r\n")
    kept = [line for line in lines if line.split(":")[0] in {"Via", "From", "Call-ID", "CSeq"}]
    to = next(line for line in lines if line.startswith("To:"))
    body = sdp.Session("127.0.0.1", 40020).offer((0,))
    head = ("SIP/2.0 200 OK", *kept, f"{to};tag={tag}", f"Contact: <sip:127.0.0.1:{port}>")
    return "\r\n".join((*head, f"Content-Length: {len(body)}", "", body)).encode()


async def test_of_two_far_ends_that_answer_the_second_is_acknowledged_and_ended() -> None:
    loop = asyncio.get_running_loop()
    caller = await lossy_agent()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forks:
        forks.bind(("127.0.0.1", 0))
        forks.setblocking(False)
        port = forks.getsockname()[1]
        call = OutgoingCall(caller, uri=f"sip:all@127.0.0.1:{port}", from_uri="sip:caller@a")
        call.dial(sdp.Session("127.0.0.1", 40000).offer())
        invite = await loop.sock_recv(forks, 65535)
        seen: list[tuple[str, str]] = []
        for tag in ("first", "second"):
            here = ("127.0.0.1", caller.port)
            await loop.sock_sendto(forks, answer_by_hand(invite, tag, port), here)
        async with asyncio.timeout(SOON_S):
            while ("BYE", "second") not in seen:
                text = (await loop.sock_recv(forks, 65535)).decode()
                to = next(line for line in text.split("\r\n") if line.startswith("To:"))
                seen.append((text.split()[0], tag_of(to)))
        survives = not call.is_over
        await caller.close()

    assert {("ACK", "first"), ("ACK", "second"), ("BYE", "second")} <= set(seen)
    assert ("BYE", "first") not in seen
    assert survives


async def test_a_far_end_that_hangs_up_with_its_answer_is_heard() -> None:
    def answer_and_hang_up(call: IncomingCall) -> None:
        accept(call)
        call.agent.spawn(call.hang_up())

    async with pair(answer_and_hang_up) as two:
        call = two.dial()
        await asyncio.wait_for(asyncio.shield(call.outcome), SOON_S)
        await until(lambda: call.is_over)

        assert two.calls[0].is_over


async def test_a_header_that_smuggles_in_another_is_refused() -> None:
    async with pair(accept) as two:
        call = OutgoingCall(
            two.caller,
            uri=f"sip:callee@127.0.0.1:{two.callee.port}",
            from_uri="sip:caller@a",
            headers={"X-Note": "a\r\nX-Other: b"},
        )
        call.dial(sdp.Session("127.0.0.1", 40000).offer())
        with pytest.raises(Refused) as refusal:
            await asyncio.wait_for(asyncio.shield(call.outcome), SOON_S)

        assert refusal.value.sip_status == 400
        assert two.calls == []
