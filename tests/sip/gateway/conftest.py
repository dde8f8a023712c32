"""Real servers for the SIP gateway's tests, started once; numbers, telephones and company."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from livekit import api
from livekit.protocol import sip

from tests import needs
from tests.sip.gateway import servers as processes
from tests.sip.gateway.company import SOON_S, Company
from tests.sip.gateway.servers import Servers
from tests.telephone.phone import Phone

OPEN: Final = "+15550100"
LOCKED: Final = "+15550101"
WITHOUT_RULE: Final = "+15550103"
IMPATIENT: Final = "+15550104"
LOGIN: Final = ("desk", "secret")
callers = itertools.count(150)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    needs.insist(needs.livekit(), needs.baresip())
    with processes.everything(tmp_path_factory.mktemp("gateway")) as servers:
        asyncio.run(prepare(servers))
        yield servers


def trunk(number: str, **settings: Any) -> sip.CreateSIPInboundTrunkRequest:
    info = sip.SIPInboundTrunkInfo(name=number, numbers=[number], **settings)
    return sip.CreateSIPInboundTrunkRequest(trunk=info)


async def prepare(servers: Servers) -> None:
    """Numbers: open, with digest, without a rule, and one whose patience is a second."""
    config = servers.config
    async with api.LiveKitAPI(
        config.livekit_url, config.livekit_api_key, config.livekit_api_secret
    ) as lk:
        login = {"auth_username": LOGIN[0], "auth_password": LOGIN[1]}
        impatient = trunk(IMPATIENT)
        impatient.trunk.ringing_timeout.seconds = 1
        trunks = [
            await lk.sip.create_inbound_trunk(request)
            for request in (trunk(OPEN), trunk(LOCKED, **login), impatient)
        ]
        await lk.sip.create_inbound_trunk(trunk(WITHOUT_RULE))
        individual = sip.SIPDispatchRuleIndividual(room_prefix="call-")
        rule = sip.SIPDispatchRuleInfo(
            name="calls",
            trunk_ids=[trunk.sip_trunk_id for trunk in trunks[:2]],
            rule=sip.SIPDispatchRule(dispatch_rule_individual=individual),
            attributes={"cc.number": "open"},
        )
        await lk.sip.create_dispatch_rule(sip.CreateSIPDispatchRuleRequest(dispatch_rule=rule))
        rule.trunk_ids[:] = [trunks[2].sip_trunk_id]
        rule.media.media_timeout.seconds = 1
        await lk.sip.create_dispatch_rule(sip.CreateSIPDispatchRuleRequest(dispatch_rule=rule))


@pytest.fixture
async def lk(servers: Servers) -> AsyncIterator[api.LiveKitAPI]:
    config = servers.config
    async with api.LiveKitAPI(
        config.livekit_url, config.livekit_api_key, config.livekit_api_secret
    ) as client:
        yield client


@pytest.fixture
def new_phone(tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    """Make telephones, each with a number of its own; they stop with the test."""
    made: list[Phone] = []

    def make(**settings: Any) -> Phone:
        number = next(callers)
        settings.setdefault("user", f"+15550{number}")
        made.append(Phone(tmp_path, name=f"phone-{number}", most_s=60, **settings))
        return made[-1]

    yield make
    for phone in made:
        phone.stop()


@pytest.fixture
async def new_company(servers: Servers) -> AsyncIterator[Callable[[], Company]]:
    made: list[Company] = []

    def make() -> Company:
        made.append(Company(servers.config))
        return made[-1]

    yield make
    for company in made:
        await company.leave()


async def room_of(lk: api.LiveKitAPI, phone: Phone) -> str:
    """Wait until the telephone's call has a room; return its name."""
    number = phone.uri.removeprefix("sip:").partition("@")[0]
    async with asyncio.timeout(SOON_S):
        while True:
            found = await lk.room.list_rooms(api.ListRoomsRequest())
            for room in found.rooms:
                if number in room.name:
                    return room.name
            await asyncio.sleep(0.02)
