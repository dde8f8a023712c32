"""A real telephone calls in."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Callable
from pathlib import Path

import pytest
from livekit import api, rtc

from tests.sip.gateway.company import LOUD, Company, loudness, record_tone, until
from tests.sip.gateway.conftest import (
    IMPATIENT,
    LOCKED,
    LOGIN,
    OPEN,
    WITHOUT_RULE,
    room_of,
)
from tests.sip.gateway.servers import Servers
from tests.telephone.phone import Phone

pytestmark = pytest.mark.telephone
NewPhone = Callable[..., Phone]
NewCompany = Callable[[], Company]


async def connected(
    servers: Servers, lk: api.LiveKitAPI, phone: Phone, company: Company, *, number: str = OPEN
) -> str:
    """Bring a call to the point where both can talk; return the room's name."""
    phone.dial(f"sip:{number}@{servers.sip_address}")
    room_name = await room_of(lk, phone)
    await company.join(room_name)
    await company.speak()
    await asyncio.to_thread(phone.wait, "CALL_ESTABLISHED")
    await until(lambda: "active" in company.statuses)
    return room_name


async def test_caller_and_room_hear_each_other_and_the_caller_hangs_up(
    servers: Servers,
    lk: api.LiveKitAPI,
    new_phone: NewPhone,
    new_company: NewCompany,
    tmp_path: Path,
) -> None:
    phone, company = new_phone(), new_company()
    await connected(servers, lk, phone, company)
    leg = company.telephone
    await asyncio.to_thread(phone.say, record_tone(tmp_path / "tone.wav"))
    await until(lambda: company.loudest > LOUD)
    phone.hangup()
    await until(lambda: bool(company.gone))

    number = phone.uri.removeprefix("sip:").partition("@")[0]
    assert leg.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP
    assert leg.attributes["sip.phoneNumber"] == number
    assert leg.attributes["sip.trunkPhoneNumber"] == OPEN
    assert leg.attributes["cc.number"] == "open"
    assert {"sip.callID", "sip.callIDFull", "sip.callTag", "sip.trunkID", "sip.ruleID"} <= set(
        leg.attributes
    )
    assert company.statuses == ["ringing", "active", "hangup"]
    assert company.gone == {f"sip_{number}": rtc.DisconnectReason.CLIENT_INITIATED}
    await asyncio.to_thread(phone.wait, "CALL_CLOSED")
    with wave.open(str(phone.heard())) as file:
        assert loudness(file.readframes(file.getnframes())[8000:]) > LOUD


@pytest.mark.parametrize("number", ["+15550199", WITHOUT_RULE])
async def test_a_number_that_leads_nowhere_is_not_found(
    servers: Servers, lk: api.LiveKitAPI, new_phone: NewPhone, number: str
) -> None:
    phone = new_phone()
    phone.dial(f"sip:{number}@{servers.sip_address}")
    closed = await asyncio.to_thread(phone.wait, "CALL_CLOSED")

    assert closed.param == "404 Not Found"


async def test_a_wrong_password_is_forbidden(servers: Servers, new_phone: NewPhone) -> None:
    phone = new_phone(login=(LOGIN[0], "wrong"))
    phone.dial(f"sip:{LOCKED}@{servers.sip_address}")
    closed = await asyncio.to_thread(phone.wait, "CALL_CLOSED")

    assert closed.param == "403 Forbidden"


async def test_the_right_password_rings(
    servers: Servers, lk: api.LiveKitAPI, new_phone: NewPhone
) -> None:
    phone = new_phone(login=LOGIN)
    phone.dial(f"sip:{LOCKED}@{servers.sip_address}")
    await asyncio.to_thread(phone.wait, "CALL_RINGING")

    assert await room_of(lk, phone)


async def test_a_caller_who_gives_up_while_it_rings_leaves_the_room(
    servers: Servers, lk: api.LiveKitAPI, new_phone: NewPhone, new_company: NewCompany
) -> None:
    phone, company = new_phone(), new_company()
    phone.dial(f"sip:{OPEN}@{servers.sip_address}")
    await company.join(await room_of(lk, phone))
    await until(lambda: bool(company.room.remote_participants))
    phone.hangup()
    await until(lambda: bool(company.gone))

    assert "active" not in company.statuses
    assert list(company.gone.values()) == [rtc.DisconnectReason.CLIENT_INITIATED]


async def test_when_nobody_comes_the_caller_hears_busy(
    servers: Servers, new_phone: NewPhone
) -> None:
    phone = new_phone()
    phone.dial(f"sip:{IMPATIENT}@{servers.sip_address}")
    closed = await asyncio.to_thread(phone.wait, "CALL_CLOSED")

    assert closed.param == "486 Busy Here"


async def test_a_call_on_hold_outlives_the_media_timeout_and_goes_on(
    servers: Servers,
    lk: api.LiveKitAPI,
    new_phone: NewPhone,
    new_company: NewCompany,
    tmp_path: Path,
) -> None:
    phone, company = new_phone(), new_company()
    await connected(servers, lk, phone, company, number=IMPATIENT)
    phone.hold()
    await asyncio.sleep(2.5)
    company.loudest = 0.0
    phone.resume()
    await asyncio.to_thread(phone.say, record_tone(tmp_path / "tone.wav"))
    await until(lambda: company.loudest > LOUD)

    assert company.gone == {}
    assert [e for e in phone.events if e.kind == "CALL_CLOSED"] == []


async def test_digits_go_both_ways(
    servers: Servers, lk: api.LiveKitAPI, new_phone: NewPhone, new_company: NewCompany
) -> None:
    phone, company = new_phone(), new_company()
    await connected(servers, lk, phone, company)
    await asyncio.to_thread(phone.dtmf, "12*#")
    for code, digit in ((5, "5"), (5, "5"), (11, "#")):
        await company.room.local_participant.publish_dtmf(code=code, digit=digit)
    await until(lambda: phone.digits() == "55#")

    assert company.digits == "12*#"


async def test_a_deleted_room_hangs_up(
    servers: Servers, lk: api.LiveKitAPI, new_phone: NewPhone, new_company: NewCompany
) -> None:
    phone, company = new_phone(), new_company()
    room_name = await connected(servers, lk, phone, company)
    await lk.room.delete_room(api.DeleteRoomRequest(room=room_name))

    await asyncio.to_thread(phone.wait, "CALL_CLOSED", 2)


async def test_a_second_telephone_in_the_room_answers_the_first(
    servers: Servers, lk: api.LiveKitAPI, new_phone: NewPhone
) -> None:
    first, second = new_phone(), new_phone(answer="auto")
    first.dial(f"sip:{OPEN}@{servers.sip_address}")
    room_name = await room_of(lk, first)
    host = second.uri.partition("@")[2]
    await lk.sip.create_sip_participant(
        api.CreateSIPParticipantRequest(
            trunk=api.SIPOutboundConfig(hostname=host),
            sip_number=OPEN,
            sip_call_to="+15550143",
            room_name=room_name,
            participant_identity="rep",
        )
    )

    await asyncio.to_thread(first.wait, "CALL_ESTABLISHED")


async def test_a_telephone_that_vanishes_is_missed_after_the_media_timeout(
    servers: Servers,
    lk: api.LiveKitAPI,
    new_phone: NewPhone,
    new_company: NewCompany,
    tmp_path: Path,
) -> None:
    phone, company = new_phone(), new_company()
    await connected(servers, lk, phone, company, number=IMPATIENT)
    await asyncio.to_thread(phone.say, record_tone(tmp_path / "tone.wav"), wait=False)
    await until(lambda: company.loudest > LOUD)
    phone.process.kill()
    await until(lambda: bool(company.gone))

    assert company.statuses == ["ringing", "active", "hangup"]


async def test_a_wide_band_telephone_is_heard_and_hears_in_wide_band(
    servers: Servers,
    lk: api.LiveKitAPI,
    new_phone: NewPhone,
    new_company: NewCompany,
    tmp_path: Path,
) -> None:
    phone, company = new_phone(wide=True), new_company()
    await connected(servers, lk, phone, company)
    await asyncio.to_thread(phone.say, record_tone(tmp_path / "tone.wav", rate=16_000))
    await until(lambda: company.loudest > LOUD)
    phone.hangup()
    await asyncio.to_thread(phone.wait, "CALL_CLOSED")

    with wave.open(str(phone.heard())) as file:
        assert file.getframerate() == 16_000
        assert loudness(file.readframes(file.getnframes())[16_000:]) > LOUD
