"""The messages that livekit-server and a SIP service exchange, built from a table.

``livekit.protocol`` has no rpc messages. Requests travel without their type name, so a proto
package of our own can neither be noticed by the other side nor clash with a later release.
"""

from __future__ import annotations

from typing import Any, Final

from google.protobuf import (
    any_pb2,  # noqa: F401  (registers the types that the table refers to)
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    message_factory,
)
from livekit.protocol import (
    room,  # noqa: F401
    sip,  # noqa: F401
)

PACKAGE: Final = "contactcenter.wire"
FIELD: Final = descriptor_pb2.FieldDescriptorProto
SCALARS: Final = {
    "string": FIELD.TYPE_STRING,
    "bytes": FIELD.TYPE_BYTES,
    "int64": FIELD.TYPE_INT64,
    "int32": FIELD.TYPE_INT32,
    "bool": FIELD.TYPE_BOOL,
    "float": FIELD.TYPE_FLOAT,
}
DURATION: Final = ".google.protobuf.Duration"
URI: Final = ".livekit.SIPUri"
MEDIA: Final = ".livekit.SIPMediaConfig"
# name: "field number type", one field a part; "map" is string to string, "*" means repeated.
TABLE: Final = {
    "Msg": "type_url 1 string, value 2 bytes, channel 3 string",
    "Request": "request_id 1 string, client_id 2 string, sent_at 3 int64, expiry 4 int64,"
    " multi 5 bool, metadata 7 map, raw_request 8 bytes",
    "Response": "request_id 1 string, server_id 2 string, sent_at 3 int64, error 5 string,"
    " code 6 string, raw_response 7 bytes, error_details 8 *.google.protobuf.Any",
    "ClaimRequest": "request_id 1 string, server_id 2 string, affinity 3 float",
    "ClaimResponse": "request_id 1 string, server_id 2 string",
    "SIPCall": f"lk_call_id 1 string, source_ip 2 string, address 3 {URI}, from 4 {URI},"
    f" to 5 {URI}, via 6 *{URI}, sip_call_id 7 string",
    "GetSIPTrunkAuthenticationRequest": f"call 8 .{PACKAGE}.SIPCall",
    "GetSIPTrunkAuthenticationResponse": "username 1 string, password 2 string, drop 3 bool,"
    " sip_trunk_id 4 string, error_code 7 int32, realm 9 string",
    "EvaluateSIPDispatchRulesRequest": "pin 5 string, no_pin 6 bool, extra_attributes 9 map,"
    f" sip_trunk_id 10 string, call 12 .{PACKAGE}.SIPCall",
    "EvaluateSIPDispatchRulesResponse": "room_name 1 string, participant_identity 2 string,"
    " token 4 string, ws_url 5 string, result 6 int32, participant_name 7 string,"
    " participant_metadata 8 string, sip_trunk_id 9 string, sip_dispatch_rule_id 10 string,"
    " participant_attributes 11 map, headers 13 map, headers_to_attributes 14 map,"
    f" ringing_timeout 16 {DURATION}, max_call_duration 17 {DURATION},"
    " attributes_to_headers 18 map, include_headers 19 int32, room_preset 20 string,"
    f" room_config 21 .livekit.RoomConfiguration, media 24 {MEDIA}",
    "InternalCreateSIPParticipantRequest": "address 2 string, number 3 string, call_to 4 string,"
    " username 5 string, password 6 string, room_name 7 string, participant_identity 8 string,"
    " token 9 string, ws_url 10 string, dtmf 11 string, play_dialtone 12 bool,"
    " sip_call_id 13 string, participant_name 14 string, participant_metadata 15 string,"
    " transport 16 int32, participant_attributes 17 map, sip_trunk_id 19 string,"
    " hostname 20 string, headers 21 map, headers_to_attributes 22 map,"
    f" ringing_timeout 23 {DURATION}, max_call_duration 24 {DURATION},"
    " attributes_to_headers 26 map, include_headers 27 int32, wait_until_answered 29 bool,"
    f" display_name 31 string, media 34 {MEDIA}",
    "InternalCreateSIPParticipantResponse": "participant_id 1 string,"
    " participant_identity 2 string, sip_call_id 3 string",
    "InternalTransferSIPParticipantRequest": "sip_call_id 1 string, transfer_to 2 string,"
    f" play_dialtone 3 bool, headers 4 map, ringing_timeout 5 {DURATION}",
}


def add_map(message: Any, field: Any) -> str:
    """Add the entry type of a map from string to string; return its name."""
    name = "".join(part.capitalize() for part in field.name.split("_")) + "Entry"
    entry = message.nested_type.add(name=name)
    entry.options.map_entry = True
    for number, part in enumerate(("key", "value"), start=1):
        entry.field.add(name=part, number=number, label=FIELD.LABEL_OPTIONAL, type=9)
    return f".{PACKAGE}.{message.name}.{name}"


def add_field(message: Any, spec: str) -> None:
    name, number, kind = spec.split()
    field = message.field.add(name=name, number=int(number), label=FIELD.LABEL_OPTIONAL)
    if kind in SCALARS:
        field.type = SCALARS[kind]
        return
    field.type = FIELD.TYPE_MESSAGE
    if kind == "map":
        field.label = FIELD.LABEL_REPEATED
        field.type_name = add_map(message, field)
        return
    if kind.startswith("*"):
        field.label = FIELD.LABEL_REPEATED
    field.type_name = kind.removeprefix("*")


def build() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="contactcenter/wire.proto",
        package=PACKAGE,
        syntax="proto3",
        dependency=[
            "google/protobuf/any.proto",
            "google/protobuf/duration.proto",
            "livekit_sip.proto",
            "livekit_room.proto",
        ],
    )
    for name, fields in TABLE.items():
        message = file.message_type.add(name=name)
        for spec in fields.split(","):
            add_field(message, spec)
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}"))
        for name in TABLE
    }


messages: Final = build()
Msg: Any = messages["Msg"]
Request: Any = messages["Request"]
Response: Any = messages["Response"]
ClaimRequest: Any = messages["ClaimRequest"]
ClaimResponse: Any = messages["ClaimResponse"]
SIPCall: Any = messages["SIPCall"]
GetSIPTrunkAuthenticationRequest: Any = messages["GetSIPTrunkAuthenticationRequest"]
GetSIPTrunkAuthenticationResponse: Any = messages["GetSIPTrunkAuthenticationResponse"]
EvaluateSIPDispatchRulesRequest: Any = messages["EvaluateSIPDispatchRulesRequest"]
EvaluateSIPDispatchRulesResponse: Any = messages["EvaluateSIPDispatchRulesResponse"]
CreateRequest: Any = messages["InternalCreateSIPParticipantRequest"]
CreateResponse: Any = messages["InternalCreateSIPParticipantResponse"]
TransferRequest: Any = messages["InternalTransferSIPParticipantRequest"]


def seconds(duration: Any, default: float) -> float:
    """Read a protobuf duration; an absent or zero one means the default."""
    return (duration.seconds + duration.nanos / 1e9) or default


def duration(value_s: float) -> Any:
    whole = int(value_s)
    return duration_pb2.Duration(seconds=whole, nanos=int((value_s - whole) * 1e9))
