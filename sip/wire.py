"""Trunks and rules in LiveKit's own messages, both ways."""

from __future__ import annotations

import asyncio

from google.protobuf.duration_pb2 import Duration
from livekit import api
from livekit.protocol.room import RoomConfiguration

from sip.plan import Change, Dispatch, Found, InboundTrunk, OutboundTrunk, Rule


def duration(seconds: float) -> Duration:
    return Duration(seconds=round(seconds))


def read_inbound(info: api.SIPInboundTrunkInfo) -> Found:
    # Several numbers on one trunk never equal what we want: such a trunk is replaced.
    trunk = InboundTrunk(
        name=info.name,
        number=",".join(info.numbers),
        allowed_addresses=tuple(info.allowed_addresses),
        username=info.auth_username,
        password=info.auth_password,
        ring_for_s=info.ringing_timeout.ToTimedelta().total_seconds(),
        max_call_s=info.max_call_duration.ToTimedelta().total_seconds(),
    )
    return Found(livekit_id=info.sip_trunk_id, thing=trunk)


def write_inbound(trunk: InboundTrunk) -> api.SIPInboundTrunkInfo:
    return api.SIPInboundTrunkInfo(
        name=trunk.name,
        numbers=[trunk.number],
        allowed_addresses=trunk.allowed_addresses,
        auth_username=trunk.username,
        auth_password=trunk.password,
        ringing_timeout=duration(trunk.ring_for_s),
        max_call_duration=duration(trunk.max_call_s),
    )


def read_outbound(info: api.SIPOutboundTrunkInfo) -> Found:
    trunk = OutboundTrunk(
        name=info.name,
        address=info.address,
        numbers=tuple(info.numbers),
        username=info.auth_username,
        password=info.auth_password,
    )
    return Found(livekit_id=info.sip_trunk_id, thing=trunk)


def write_outbound(trunk: OutboundTrunk) -> api.SIPOutboundTrunkInfo:
    return api.SIPOutboundTrunkInfo(
        name=trunk.name,
        address=trunk.address,
        numbers=trunk.numbers,
        auth_username=trunk.username,
        auth_password=trunk.password,
    )


def read_rule(info: api.SIPDispatchRuleInfo, trunks: dict[str, str]) -> Found:
    """Translate a rule; ``trunks`` gives the names of trunk ids."""
    callee = info.rule.dispatch_rule_callee
    room = info.room_config
    rule = Rule(
        name=info.name,
        trunk=",".join(trunks.get(trunk_id, trunk_id) for trunk_id in info.trunk_ids),
        room_prefix=callee.room_prefix if callee.randomize and not callee.pin else "",
        attributes=tuple(sorted(info.attributes.items())),
        agents=tuple(
            Dispatch(agent_name=agent.agent_name, metadata=agent.metadata) for agent in room.agents
        ),
        empty_timeout_s=room.empty_timeout,
        departure_timeout_s=room.departure_timeout,
    )
    return Found(livekit_id=info.sip_dispatch_rule_id, thing=rule)


def write_rule(rule: Rule, trunk_id: str) -> api.SIPDispatchRuleInfo:
    return api.SIPDispatchRuleInfo(
        name=rule.name,
        # The trunk has one number only. The rule's own ``numbers`` would match nothing:
        # livekit-server 1.13 compares them with a field that SIP gateways no longer send.
        trunk_ids=[trunk_id],
        # The rule "individual" would put the caller's number, or whatever a stranger wrote in its
        # place, into the room name, and so into logs, addresses and file names.
        rule=api.SIPDispatchRule(
            dispatch_rule_callee=api.SIPDispatchRuleCallee(
                room_prefix=rule.room_prefix, randomize=True
            )
        ),
        attributes=dict(rule.attributes),
        room_config=RoomConfiguration(
            empty_timeout=round(rule.empty_timeout_s),
            departure_timeout=round(rule.departure_timeout_s),
            agents=[
                api.RoomAgentDispatch(agent_name=agent.agent_name, metadata=agent.metadata)
                for agent in rule.agents
            ],
        ),
    )


async def list_all(client: api.LiveKitAPI) -> list[Found]:
    inbound, outbound, rules = await asyncio.gather(
        client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest()),
        client.sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest()),
        client.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest()),
    )
    names = {trunk.sip_trunk_id: trunk.name for trunk in inbound.items}
    return [
        *map(read_inbound, inbound.items),
        *map(read_outbound, outbound.items),
        *(read_rule(rule, names) for rule in rules.items),
    ]


async def apply(client: api.LiveKitAPI, change: Change) -> str:
    match change.thing:
        case InboundTrunk():
            return await apply_inbound(client, change, write_inbound(change.thing))
        case OutboundTrunk():
            return await apply_outbound(client, change, write_outbound(change.thing))
        case Rule():
            return await apply_rule(client, change, change.thing)


async def apply_inbound(
    client: api.LiveKitAPI, change: Change, info: api.SIPInboundTrunkInfo
) -> str:
    if change.action == "create":
        request = api.CreateSIPInboundTrunkRequest(trunk=info)
        return str((await client.sip.create_inbound_trunk(request)).sip_trunk_id)
    if change.action == "update":
        await client.sip.update_inbound_trunk(change.livekit_id, info)
    else:
        await client.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=change.livekit_id))
    return change.livekit_id


async def apply_outbound(
    client: api.LiveKitAPI, change: Change, info: api.SIPOutboundTrunkInfo
) -> str:
    if change.action == "create":
        request = api.CreateSIPOutboundTrunkRequest(trunk=info)
        return str((await client.sip.create_outbound_trunk(request)).sip_trunk_id)
    if change.action == "update":
        await client.sip.update_outbound_trunk(change.livekit_id, info)
    else:
        await client.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=change.livekit_id))
    return change.livekit_id


async def apply_rule(client: api.LiveKitAPI, change: Change, rule: Rule) -> str:
    if change.action == "delete":
        request = api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=change.livekit_id)
        await client.sip.delete_dispatch_rule(request)
        return change.livekit_id
    listed = await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())
    trunk_id = next((trunk.sip_trunk_id for trunk in listed.items if trunk.name == rule.trunk), "")
    if not trunk_id:
        raise api.ServerError(
            api.ServerErrorCode.NOT_FOUND, "the rule's trunk is not there", status=404
        )
    info = write_rule(rule, trunk_id)
    if change.action == "update":
        await client.sip.update_dispatch_rule(change.livekit_id, info)
        return change.livekit_id
    created = await client.sip.create_dispatch_rule(
        api.CreateSIPDispatchRuleRequest(dispatch_rule=info)
    )
    return str(created.sip_dispatch_rule_id)
