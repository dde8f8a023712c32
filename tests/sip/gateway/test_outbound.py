"""LiveKit is asked to call a real telephone, and to transfer a call to another one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from livekit import api, rtc

from contactcenter.config import load
from sip.gateway import wire
from sip.gateway.agent import UserAgent
from sip.gateway.bus import Bus
from sip.gateway.digest import Digest
from sip.gateway.exchange import Exchange
from sip.gateway.leg import Leg
from sip.gateway.media import Studio
from sip.gateway.outbound import create
from sip.gateway.phone import Phone as PythonPhone
from sip.gateway.private import StockEar, StockMouth
from sip.gateway.rtp import Clock, Ports
from tests.sip.gateway.company import LOUD, Company, loudness, until
from tests.sip.gateway.servers import Servers
from tests.telephone.phone import Phone

pytestmark = pytest.mark.telephone
NewPhone = Callable[..., Phone]
NewCompany = Callable[[], Company]


def request(uri: str, room_name: str, **settings: object) -> api.CreateSIPParticipantRequest:
    """Ask for a call to a telephone on this machine."""
    return api.CreateSIPParticipantRequest(
        trunk=api.SIPOutboundConfig(hostname=uri.partition("@")[2]),
        sip_number="+15550100",
        sip_call_to=uri.removeprefix("sip:").partition("@")[0],
        room_name=room_name,
        participant_identity="rep",
        participant_attributes={"cc.role": "human"},
        **settings,  # type: ignore[arg-type]
    )


async def test_an_answered_telephone_is_in_the_room_and_both_hear_each_other(
    lk: api.LiveKitAPI, new_phone: NewPhone, new_company: NewCompany
) -> None:
    phone, company = new_phone(answer="auto"), new_company()
    await company.join("answered")
    await company.speak()
    answer = await lk.sip.create_sip_participant(
        request(phone.uri, "answered", wait_until_answered=True, dtmf="w12#")
    )
    await until(lambda: phone.digits() == "12#")
    leg = company.telephone
    phone.hangup()
    await until(lambda: bool(company.gone))

    assert (answer.participant_identity, answer.room_name) == ("rep", "answered")
    assert leg.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP
    assert leg.attributes["sip.callID"] == answer.sip_call_id
    assert leg.attributes["cc.role"] == "human"
    assert company.statuses[-2:] == ["active", "hangup"]
    assert company.gone == {"rep": rtc.DisconnectReason.CLIENT_INITIATED}


async def test_a_fault_of_our_own_gives_the_leg_back(monkeypatch: pytest.MonkeyPatch) -> None:
    config = load()
    exchange = Exchange(
        config=config,
        agent=UserAgent(host="127.0.0.1"),
        bus=Bus(config.redis_url),
        # Not the routed classes: they would make those of these tests deaf.
        studio=Studio(ear=StockEar, mouth=StockMouth),
        clock=Clock(),
        ports=Ports("127.0.0.1", 29_000, 29_002),
        digest=Digest(),
    )

    def broken(leg: Leg) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(Leg, "reserve_audio", broken)
    with pytest.raises(RuntimeError, match="a fault"):
        await create(exchange, wire.CreateRequest(), 1.0)

    assert exchange.legs == {}


async def test_the_status_goes_from_dialing_over_ringing_to_active(
    lk: api.LiveKitAPI, new_phone: NewPhone, new_company: NewCompany
) -> None:
    phone, company = new_phone(), new_company()
    await company.join("status")
    await lk.sip.create_sip_participant(request(phone.uri, "status"))
    await asyncio.to_thread(phone.wait, "CALL_INCOMING")
    await until(lambda: "ringing" in company.statuses)
    phone.accept()
    await until(lambda: "active" in company.statuses)

    assert list(dict.fromkeys(company.statuses)) == ["dialing", "ringing", "active"]


async def test_a_busy_telephone_is_told_as_486_and_leaves_as_rejected(
    lk: api.LiveKitAPI, new_phone: NewPhone, new_company: NewCompany
) -> None:
    phone, company = new_phone(), new_company()
    await company.join("busy")
    dialling = asyncio.create_task(
        lk.sip.create_sip_participant(request(phone.uri, "busy", wait_until_answered=True))
    )
    await asyncio.to_thread(phone.wait, "CALL_INCOMING")
    phone.hangup()
    with pytest.raises(api.SipCallError) as error:
        await dialling
    await until(lambda: bool(company.gone))

    assert error.value.sip_status_code == 486
    assert company.gone == {"rep": rtc.DisconnectReason.USER_REJECTED}


async def test_an_unanswered_telephone_stops_ringing_and_is_told_as_480(
    lk: api.LiveKitAPI, new_phone: NewPhone, new_company: NewCompany
) -> None:
    phone, company = new_phone(), new_company()
    await company.join("unanswered")
    ringing = request(phone.uri, "unanswered", wait_until_answered=True)
    ringing.ringing_timeout.seconds = 1
    with pytest.raises(api.SipCallError) as error:
        await lk.sip.create_sip_participant(ringing)
    await asyncio.to_thread(phone.wait, "CALL_CLOSED")
    await until(lambda: bool(company.gone))

    assert error.value.sip_status_code == 480
    assert company.gone == {"rep": rtc.DisconnectReason.USER_UNAVAILABLE}


async def test_a_telephone_that_is_switched_off_is_told_as_408(
    servers: Servers, lk: api.LiveKitAPI
) -> None:
    nobody = request("sip:x@127.0.0.1:9", "nobody", wait_until_answered=True)
    nobody.ringing_timeout.seconds = 1
    with pytest.raises(api.SipCallError) as error:
        await lk.sip.create_sip_participant(nobody)

    assert error.value.sip_status_code == 408


@pytest.mark.parametrize("how", ["participant removed", "room deleted"])
async def test_a_ringing_telephone_stops_when_it_is_no_longer_wanted(
    lk: api.LiveKitAPI, new_phone: NewPhone, how: str
) -> None:
    phone = new_phone()
    await lk.sip.create_sip_participant(request(phone.uri, how))
    await asyncio.to_thread(phone.wait, "CALL_INCOMING")
    if how == "room deleted":
        await lk.room.delete_room(api.DeleteRoomRequest(room=how))
    else:
        who = api.RoomParticipantIdentity(room=how, identity="rep")
        await lk.room.remove_participant(who)

    await asyncio.to_thread(phone.wait, "CALL_CLOSED", 2)
    assert [e for e in phone.events if e.kind == "CALL_ESTABLISHED"] == []


async def test_a_transfer_makes_the_telephone_dial_again_and_frees_the_room(
    lk: api.LiveKitAPI, new_phone: NewPhone, new_company: NewCompany
) -> None:
    phone, other, company = new_phone(answer="auto"), new_phone(answer="auto"), new_company()
    await company.join("transfer")
    await lk.sip.create_sip_participant(request(phone.uri, "transfer", wait_until_answered=True))
    await lk.sip.transfer_sip_participant(
        api.TransferSIPParticipantRequest(
            room_name="transfer", participant_identity="rep", transfer_to=other.uri
        )
    )
    await asyncio.to_thread(other.wait, "CALL_ESTABLISHED")
    await until(lambda: bool(company.gone))

    assert company.gone == {"rep": rtc.DisconnectReason.CLIENT_INITIATED}
    assert [e for e in other.events if e.kind == "CALL_CLOSED"] == []


async def test_a_transfer_that_is_refused_keeps_the_call(
    lk: api.LiveKitAPI, new_company: NewCompany
) -> None:
    company = new_company()
    await company.join("refused")
    await company.speak()
    # This telephone takes no REFER: it answers 405.
    async with PythonPhone(answers=True) as phone:
        await lk.sip.create_sip_participant(request(phone.uri, "refused", wait_until_answered=True))
        with pytest.raises(api.SipCallError) as error:
            await lk.sip.transfer_sip_participant(
                api.TransferSIPParticipantRequest(
                    room_name="refused", participant_identity="rep", transfer_to="tel:+15550178"
                )
            )
        company.loudest = 0.0
        speaking = asyncio.create_task(phone.say(b"\x00\x20\x00\xe0" * 8000))
        await until(lambda: company.loudest > LOUD)
        heard = b""
        async for pcm in phone.heard():
            heard += pcm
            if loudness(pcm) > LOUD:
                break
        await phone.hang_up()
        await speaking

    assert error.value.sip_status_code == 405
    assert loudness(heard[-320:]) > LOUD


async def test_a_call_that_has_lasted_its_time_is_ended(
    lk: api.LiveKitAPI, new_phone: NewPhone
) -> None:
    phone = new_phone(answer="auto")
    short = request(phone.uri, "short", wait_until_answered=True)
    short.max_call_duration.seconds = 1
    await lk.sip.create_sip_participant(short)

    await asyncio.to_thread(phone.wait, "CALL_CLOSED", 5)


async def test_a_number_that_smuggles_in_a_header_is_refused(
    lk: api.LiveKitAPI, servers: Servers
) -> None:
    bad = request("sip:1 SIP/2.0\r\nX-Note: a@127.0.0.1:9", "smuggled")
    with pytest.raises(api.ServerError) as error:
        await lk.sip.create_sip_participant(bad)

    assert error.value.code == "invalid_argument"
