"""The adapter against a real livekit-server: what it stores is what was asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from livekit import rtc
from pytest_django import Settings

from contactcenter import rooms
from contactcenter.config import Config
from contactcenter.errors import Conflict, NotFound, Unavailable
from sip import services
from sip.gateway import wire
from sip.gateway.bus import Bus
from sip.models import DispatchRule, PhoneNumber, Trunk
from sip.plan import Change, InboundTrunk
from sip.telephony import Dial, LiveKitTelephony, telephony
from sip.webhooks import Forged, read
from tests.livekit_server import Server, livekit
from tests.sip.rows import make_number, make_outbound
from tools import ports

__all__ = ["livekit"]

pytestmark = pytest.mark.telephone


@pytest.fixture
def network(livekit: Server) -> LiveKitTelephony:
    """The server with nothing on it that an earlier test left."""
    network = LiveKitTelephony(livekit.config)
    for change in network.trunks_and_rules():
        network.apply(Change(action="delete", thing=change.thing, livekit_id=change.livekit_id))
    return network


@pytest.mark.django_db
def test_what_was_synced_needs_no_second_sync(network: LiveKitTelephony) -> None:
    number = make_number()
    make_number("+15550101", records=False)
    make_outbound("127.0.0.1:9")

    first = services.sync(network=network)
    second = services.sync(network=network)

    assert [outcome.error for outcome in first.outcomes] == [""] * 5
    assert second.outcomes == ()
    number.refresh_from_db()
    stored = {item.livekit_id for item in network.trunks_and_rules()}
    rows = [
        *PhoneNumber.objects.all(),
        *DispatchRule.objects.all(),
        *Trunk.objects.exclude(address=""),
    ]
    assert {row.livekit_id for row in rows} == stored
    assert len(stored) == 5


@pytest.mark.django_db
def test_changes_in_the_rows_reach_livekit_and_drift_is_mended(network: LiveKitTelephony) -> None:
    number = make_number()
    services.sync(network=network)
    PhoneNumber.objects.update(records=False)
    Trunk.objects.update(username="desk", password="a-long-one")

    changed = services.sync(network=network)

    assert {outcome.change.action for outcome in changed.outcomes} == {"update"}
    assert services.sync(network=network).outcomes == ()

    trunk = next(
        item for item in network.trunks_and_rules() if isinstance(item.thing, InboundTrunk)
    )
    network.apply(Change(action="delete", thing=trunk.thing, livekit_id=trunk.livekit_id))

    mended = services.sync(network=network)

    assert [str(outcome.change).split()[:2] for outcome in mended.outcomes] == [
        ["create", "InboundTrunk"],
        ["update", "Rule"],
    ]
    assert mended.is_in_step
    number.refresh_from_db()
    assert number.livekit_id != trunk.livekit_id


def ask_as_a_gateway(config: Config, *, called: str, source: str) -> tuple[str, Any]:
    """Ask what a SIP gateway asks when the phone rings: which trunk, and then which rule."""

    async def ask() -> tuple[str, Any]:
        bus = Bus(config.redis_url)
        await bus.open()
        call = wire.SIPCall(lk_call_id="SCL_1", source_ip=source)
        call.to.user = called
        getattr(call, "from").user = "+15550123"
        try:
            trunk = await bus.call(
                "GetSIPTrunkAuthentication",
                wire.GetSIPTrunkAuthenticationRequest(call=call),
                wire.GetSIPTrunkAuthenticationResponse,
            )
            rule = await bus.call(
                "EvaluateSIPDispatchRules",
                wire.EvaluateSIPDispatchRulesRequest(call=call, sip_trunk_id=trunk.sip_trunk_id),
                wire.EvaluateSIPDispatchRulesResponse,
            )
        finally:
            await bus.close()
        return trunk.sip_trunk_id, rule

    return asyncio.run(ask())


@pytest.mark.django_db
def test_a_call_to_a_synced_number_gets_a_room_of_its_own_with_both_agents(
    network: LiveKitTelephony,
) -> None:
    number = make_number()
    make_number("+15550101", records=False)
    services.sync(network=network)

    trunk, rule = ask_as_a_gateway(network.config, called="+15550100", source="127.0.0.1")
    _, again = ask_as_a_gateway(network.config, called="+15550100", source="127.0.0.1")
    _, other = ask_as_a_gateway(network.config, called="+15550101", source="127.0.0.1")

    number.refresh_from_db()
    assert trunk == number.livekit_id
    assert [agent.agent_name for agent in rule.room_config.agents] == ["receptionist", "recorder"]
    assert [agent.agent_name for agent in other.room_config.agents] == ["receptionist"]
    assert rule.room_name.startswith("call-_+15550100_")
    assert rule.room_name != again.room_name
    # Room names are logged and are part of addresses: they never name the caller.
    assert "+15550123" not in rule.room_name
    assert rule.participant_attributes["cc.role"] == "caller"
    assert (rule.ringing_timeout.seconds, rule.max_call_duration.seconds) == (25, 3600)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("called", "source"), [("+15550100", "192.0.2.1"), ("+15550199", "127.0.0.1")]
)
def test_a_stranger_and_an_unknown_number_find_no_trunk(
    network: LiveKitTelephony, called: str, source: str
) -> None:
    make_number()
    services.sync(network=network)

    trunk, rule = ask_as_a_gateway(network.config, called=called, source=source)

    assert (trunk, rule.room_name) == ("", "")


@pytest.mark.django_db
def test_a_number_that_another_trunk_has_is_refused_with_livekits_reason(
    network: LiveKitTelephony,
) -> None:
    make_number()
    services.sync(network=network)
    trunk = next(
        item.thing for item in network.trunks_and_rules() if isinstance(item.thing, InboundTrunk)
    )

    with pytest.raises(Conflict, match="Conflicting inbound SIP Trunks"):
        network.apply(Change(action="create", thing=replace(trunk, name="by hand")))


def test_a_room_is_seen_with_its_agents_and_closing_it_twice_is_fine(
    network: LiveKitTelephony,
) -> None:
    network.dispatch(room_name="call-one", agent_name="receptionist", metadata="{}")

    (room,) = network.rooms()
    network.close_room("call-one")
    network.close_room("call-one")
    network.remove("call-one", "sip_+15550123")

    assert (room.name, room.participants) == ("call-one", ())
    assert network.rooms() == []


async def test_a_telephone_in_a_room_is_seen_as_one_and_can_be_hung_up(
    livekit: Server, network: LiveKitTelephony
) -> None:
    name = "call-telephone"
    token = rooms.sip_token(
        livekit.config,
        room_name=name,
        identity="sip_+15550123",
        name="Phone +15550123",
        metadata="",
        attributes={"sip.callID": "SCL_1"},
    )
    telephone = rtc.Room()
    hung_up = asyncio.Event()
    telephone.on("disconnected", lambda _: hung_up.set())
    await telephone.connect(livekit.config.livekit_url, token)

    # async_to_sync insists on a thread without a running loop, as Django's views have.
    (room,) = [one for one in await asyncio.to_thread(network.rooms) if one.name == name]
    await asyncio.to_thread(network.remove, name, "sip_+15550123")
    await asyncio.wait_for(hung_up.wait(), 5)

    (participant,) = room.participants
    assert (participant.identity, participant.kind) == ("sip_+15550123", "sip")
    assert participant.attributes == {"sip.callID": "SCL_1"}
    delivery = await asyncio.to_thread(
        livekit.webhooks.wait_for, '"participant_left"', f'"{name}"', participant.sid
    )
    key, secret = livekit.config.livekit_api_key, livekit.config.livekit_api_secret
    event = read(delivery.body, delivery.authorization, key=key, secret=secret)
    assert (event.participant_identity, event.participant_kind) == ("sip_+15550123", "sip")
    assert (event.participant_sid, event.reason) == (participant.sid, "participant_removed")
    await asyncio.to_thread(network.close_room, name)


def dial(trunk_id: str) -> Dial:
    return Dial(
        room_name="call-one",
        number="+15550199",
        identity="human-1",
        name="Ana",
        trunk_id=trunk_id,
        attributes={},
        caller_number="",
        ring_for_s=20,
        max_call_s=600,
    )


def test_dialling_over_an_unknown_trunk_is_not_found(network: LiveKitTelephony) -> None:
    with pytest.raises(NotFound):
        network.dial(dial("ST_unknown"))


@pytest.mark.django_db
def test_dialling_while_no_sip_gateway_runs_is_unavailable(network: LiveKitTelephony) -> None:
    make_number()
    trunk = make_outbound()
    services.sync(network=network)
    trunk.refresh_from_db()

    with pytest.raises(Unavailable):
        network.dial(dial(trunk.livekit_id))


def test_a_server_that_is_not_there_is_unavailable(livekit: Server) -> None:
    away = replace(livekit.config, livekit_url=f"ws://127.0.0.1:{ports.free()}")

    with pytest.raises(Unavailable):
        LiveKitTelephony(away).rooms()


def test_the_settings_name_the_real_network(settings: Settings, livekit: Server) -> None:
    settings.CONFIG = livekit.config

    assert telephony().rooms() == []


def test_a_webhook_of_the_real_server_is_read_and_a_tampered_one_is_not(
    livekit: Server, network: LiveKitTelephony
) -> None:
    network.dispatch(room_name="call-webhook", agent_name="receptionist")
    network.close_room("call-webhook")
    delivery = livekit.webhooks.wait_for('"room_finished"', '"call-webhook"')
    key, secret = livekit.config.livekit_api_key, livekit.config.livekit_api_secret

    event = read(delivery.body, delivery.authorization, key=key, secret=secret)

    assert (event.kind, event.room_name) == ("room_finished", "call-webhook")
    assert event.event_id.startswith("EV_")
    with pytest.raises(Forged):
        read(
            delivery.body.replace("call-webhook", "call-other00"),
            delivery.authorization,
            key=key,
            secret=secret,
        )
