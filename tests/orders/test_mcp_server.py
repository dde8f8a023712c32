from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2
import jwt
import pytest
import uvicorn
from django.db import OperationalError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, TextContent

from contactcenter.rooms import call_token
from contactcenter.settings import CONFIG
from orders import mcp_server
from orders.models import CallIdentity, Fulfilment
from orders.policy import REQUIRED
from tests.orders.shop import make_customer, make_order, make_variant

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a running orders server."""
    app = mcp_server.build(CONFIG).streamable_http_app(stateless_http=True, json_response=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=20)
            assert not thread.is_alive()


class Caller:
    """The voice worker in one call; every use is a session of its own, as after a restart."""

    def __init__(self, address: str, room_name: str = "call-one") -> None:
        self.address = address
        self.headers = {"Authorization": f"Bearer {call_token(CONFIG, room_name)}"}

    async def converse(self, tool: str, arguments: dict[str, str]) -> CallToolResult:
        async with (
            httpx2.AsyncClient(headers=self.headers, timeout=20) as http,
            streamable_http_client(f"{self.address}/mcp", http_client=http) as streams,
            ClientSession(streams[0], streams[1]) as session,
        ):
            await session.initialize()
            answer = await session.call_tool(tool, arguments)
            assert isinstance(answer, CallToolResult)
            return answer

    def ask(self, tool: str, **arguments: str) -> dict[str, Any]:
        answer = asyncio.run(self.converse(tool, arguments))
        assert not answer.is_error, answer.content
        assert isinstance(answer.structured_content, dict)
        return answer.structured_content

    def refusal(self, tool: str, **arguments: str) -> str:
        answer = asyncio.run(self.converse(tool, arguments))
        assert answer.is_error
        (content,) = answer.content
        assert isinstance(content, TextContent)
        return content.text


def test_a_caller_is_identified_and_hears_where_the_order_is(address: str) -> None:
    throw, mug = make_variant("Linen throw", "49.00"), make_variant("Stoneware mug", "18.50")
    order = make_order("W1001", items=(throw, mug, mug), expected_on=date(2026, 1, 5))
    Fulfilment.objects.create(
        order=order, carrier="UPS", tracking_number="1Z1001", shipped_on=date(2026, 1, 2)
    )

    caller = Caller(address)
    who = caller.ask("find_customer_by_order", order_number="w 1001", zip_code="94110")
    state = caller.ask("get_order_status", order_number="W-1001")

    assert who == {"first_name": "Ana", "last_name": "Silva", "level": 1}
    assert state == {
        "order_number": "W1001",
        "status": "shipped",
        "status_text": "has shipped and was expected on Monday, January 5, so it is late",
        "items": [
            {"name": "Linen throw (sage)", "quantity": 1},
            {"name": "Stoneware mug (sage)", "quantity": 2},
        ],
        "carrier": "UPS",
        "tracking_number": "1Z1001",
        "expected_on": "2026-01-05",
        "total": "86.00",
        "currency": "USD",
    }


def test_a_caller_can_ask_which_orders_there_are(address: str) -> None:
    ana = make_customer()
    make_order("W1001", customer=ana)
    make_order("W1003", customer=ana, status="pending")
    make_order("W2001", customer=make_customer("ben"), zip_code="10001")
    caller = Caller(address)
    caller.ask("find_customer_by_order", order_number="W1001", zip_code="94110")

    found = caller.ask("list_orders")

    assert found == {
        "orders": [
            {"order_number": "W1003", "status": "pending", "placed_on": "2026-11-20"},
            {"order_number": "W1001", "status": "shipped", "placed_on": "2026-11-20"},
        ]
    }


@pytest.mark.parametrize(
    ("tool", "arguments"), [("get_order_status", {"order_number": "W1001"}), ("list_orders", {})]
)
def test_nothing_is_told_before_the_caller_is_identified(
    address: str, tool: str, arguments: dict[str, str]
) -> None:
    make_order("W1001")

    told = Caller(address).refusal(tool, **arguments)

    assert told == (
        "The caller is not identified yet. Ask for an order number and the ZIP code that order"
        " goes to, then call find_customer_by_order."
    )


def test_an_identification_counts_in_its_own_call_only(address: str) -> None:
    make_order("W1001")
    Caller(address, "call-one").ask(
        "find_customer_by_order", order_number="W1001", zip_code="94110"
    )

    told = Caller(address, "call-two").refusal("get_order_status", order_number="W1001")

    assert told.startswith("The caller is not identified yet.")


def test_the_order_of_somebody_else_answers_like_one_that_does_not_exist(address: str) -> None:
    make_order("W1001")
    make_order("W1002", customer=make_customer("ben"))
    caller = Caller(address)
    caller.ask("find_customer_by_order", order_number="W1001", zip_code="94110")

    of_somebody_else = caller.refusal("get_order_status", order_number="W1002")

    assert of_somebody_else == caller.refusal("get_order_status", order_number="W9999")
    assert of_somebody_else.startswith("This caller has no order with that number.")


def test_identification_locks_after_five_failures_even_for_the_right_answer(address: str) -> None:
    make_order("W1001")
    caller = Caller(address)
    for zip_code in ("10001", "10002", "10003", "10004", "10005"):
        told = caller.refusal("find_customer_by_order", order_number="W1001", zip_code=zip_code)
        assert told.startswith("No order has this number and ZIP code.")

    told = caller.refusal("find_customer_by_order", order_number="W1001", zip_code="94110")

    assert told.startswith("Identification is locked for the rest of this call")
    identity = CallIdentity.objects.get(room_name="call-one")
    assert (identity.customer, identity.level, identity.failed_attempts) == (None, 0, 5)


def test_an_incomplete_identification_asks_and_is_not_counted(address: str) -> None:
    told = Caller(address).refusal("find_customer_by_order", order_number=" - ", zip_code="94110")

    assert told.startswith("Both the order number and the ZIP code are needed.")
    assert not CallIdentity.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({"order_number": "W1001"}, "zip_code: Field required"),
        (
            {"order_number": "1" * 81, "zip_code": "94110"},
            "order_number: String should have at most 80 characters",
        ),
    ],
)
def test_wrong_arguments_are_named(address: str, arguments: dict[str, str], wrong: str) -> None:
    told = Caller(address).refusal("find_customer_by_order", **arguments)

    assert told == f"The arguments are wrong ({wrong}). Ask the caller for what is missing."


def minted(*, secret: str = CONFIG.orders_secret, **changes: Any) -> str:
    claims = {"aud": "orders", "room": "call-one", "exp": datetime.now(UTC) + timedelta(minutes=5)}
    return jwt.encode(claims | changes, secret, algorithm="HS256")


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer",
        "Bearer nonsense",
        f"Bearer {CONFIG.worker_token}",
        "Bearer " + minted(secret="another-secret-of-at-least-thirty-two-characters"),
        "Bearer " + minted(exp=datetime.now(UTC) - timedelta(seconds=1)),
        "Bearer " + minted(aud="livekit"),
    ],
)
def test_a_request_without_the_token_of_a_call_is_refused(
    address: str, authorization: str | None
) -> None:
    make_order("W1001")
    arguments = {"order_number": "W1001", "zip_code": "94110"}
    call = {"name": "find_customer_by_order", "arguments": arguments}

    answer = httpx2.post(
        f"{address}/mcp",
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call},
        headers={"Authorization": authorization} if authorization else {},
        timeout=20,
    )

    assert answer.status_code == 401
    assert not CallIdentity.objects.exists()


def test_whoever_watches_the_process_hears_that_it_is_well(address: str) -> None:
    answer = httpx2.get(f"{address}/healthz", timeout=20)

    assert (answer.status_code, answer.text) == (200, "ok")


async def test_every_tool_has_a_level_a_description_and_an_object_as_its_answer() -> None:
    tools = await mcp_server.build(CONFIG).list_tools()

    assert {tool.name for tool in tools} == set(REQUIRED)
    for tool in tools:
        assert tool.description
        assert "\n  " not in tool.description
        assert tool.output_schema
        assert tool.output_schema["type"] == "object"


def test_a_database_that_does_not_answer_becomes_a_sentence() -> None:
    @mcp_server.with_database
    def broken() -> None:
        raise OperationalError("password=secret")

    with pytest.raises(ToolError, match="The order system does not answer") as raised:
        broken()

    assert "secret" not in str(raised.value)
