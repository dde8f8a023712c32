"""The tools a language model on a telephone line has for orders, served over MCP."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, Final, ParamSpec, TypeVar

from django.db import Error as DatabaseError
from django.utils.timezone import localdate
from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import AnyHttpUrl, BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from contactcenter.config import Config
from contactcenter.db import with_fresh_connection
from contactcenter.errors import Invalid, NotFound
from contactcenter.rooms import read_call_token
from orders import services
from orders.answers import IdentifiedCustomer, OrderList, OrderState
from orders.models import Customer
from orders.policy import REQUIRED

logger = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

READ_ONLY: Final = ToolAnnotations(read_only_hint=True, open_world_hint=False)
# Identification only binds the call; nothing of the shop changes.
IDENTIFIES: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
INSTRUCTIONS: Final = (
    "Orders of the shop's customers. The caller must be identified first with"
    " find_customer_by_order; after that the other tools act on this caller's orders only."
)

OrderNumber = Annotated[
    str,
    Field(max_length=80, description='As the caller read it out, for example "W1001".'),
]
ZipCode = Annotated[
    str,
    Field(max_length=20, description='Digits as the caller read them out, for example "94110".'),
]


class CallTokens:
    """Accepts the bearer token that proves in which call the asker is."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    async def verify_token(self, token: str) -> AccessToken | None:
        try:
            room_name = read_call_token(self.secret, token)
        except Invalid:
            return None
        return AccessToken(token=token, client_id=room_name, scopes=[])


class OrdersServer(MCPServer):
    """An ``MCPServer`` whose refusals reach the model as the plain sentences they are."""

    async def call_tool(
        self,
        name: str,
        arguments: dict[str, Any],
        context: Context[Any, Any] | None = None,
    ) -> CallToolResult | InputRequiredResult:
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            match error.__cause__:
                case ToolError() as refusal:
                    raise refusal from None
                case ValidationError() as invalid:
                    raise ToolError(wrong_arguments(invalid)) from None
                case _:
                    raise


def wrong_arguments(invalid: ValidationError) -> str:
    wrong = "; ".join(
        f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in invalid.errors()
    )
    return f"The arguments are wrong ({wrong}). Ask the caller for what is missing."


def room_of_call() -> str:
    """Return the room named by the token of the request that is being answered."""
    token = get_access_token()
    assert token is not None, "requests without a valid token are refused before any tool runs"
    return token.client_id


def customer_for(tool: str) -> Customer:
    """Return the caller, identified well enough for the tool.

    Raises:
        ToolError: The caller must be identified first.
    """
    try:
        return services.customer_of_call(room_of_call(), at_least=REQUIRED[tool])
    except services.NotIdentified:
        raise ToolError(
            "The caller is not identified yet. Ask for an order number and the ZIP code that"
            " order goes to, then call find_customer_by_order."
        ) from None


def with_database(function: Callable[P, R]) -> Callable[P, R]:
    """Turn a database that does not answer into a sentence the model can act on."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except DatabaseError as error:
            # The text of the error may quote values; its type does not.
            logger.error("database failed", extra={"error": type(error).__name__})  # noqa: TRY400
            raise ToolError(
                "The order system does not answer. Tell the caller that you cannot look this up"
                " at the moment, and offer a person or a call back."
            ) from None

    return with_fresh_connection(wrapped)


@with_database
def find_customer_by_order(order_number: OrderNumber, zip_code: ZipCode) -> IdentifiedCustomer:
    """Identify the caller by an order number and the ZIP code that order goes to.

    Call this before any other order tool, once the caller has said both. Read the number back
    digit by digit first if it was hard to hear. Call it again only if the caller corrects the
    number or the ZIP code: after five failures this call can no longer identify anybody.
    """
    try:
        identity = services.identify_by_order(
            room_name=room_of_call(), number=order_number, zip_code=zip_code
        )
    except Invalid:
        raise ToolError(
            "Both the order number and the ZIP code are needed. Ask the caller for what is missing."
        ) from None
    except NotFound:
        raise ToolError(
            "No order has this number and ZIP code. Read both back to the caller digit by digit"
            " and ask which one is wrong."
        ) from None
    except services.IdentificationLocked:
        raise ToolError(
            "Identification is locked for the rest of this call after five failures. Do not try"
            " again. Say that you cannot open the orders in this call, and offer a person."
        ) from None
    return IdentifiedCustomer.of(identity)


@with_database
def get_order_status(order_number: OrderNumber) -> OrderState:
    """Say where one of the caller's orders is, what is in it, and when it should arrive.

    Use it whenever the caller asks about an order; never answer from memory. Say "Your order",
    the number, and then status_text as it stands. Mention items, carrier, tracking number or
    total only if the caller asks.
    """
    customer = customer_for("get_order_status")
    try:
        order = services.order_of(customer, order_number)
    except NotFound:
        raise ToolError(
            "This caller has no order with that number. Read the number back digit by digit and"
            " ask for it again; list_orders shows which orders the caller has."
        ) from None
    return OrderState.of(order, today=localdate())


@with_database
def list_orders() -> OrderList:
    """List the caller's orders, newest first.

    Use it if the caller does not know the order number or asks about several orders. Read out
    at most three, then ask which one is meant.
    """
    return OrderList.of(services.orders_of(customer_for("list_orders")))


async def healthz(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


def build(config: Config) -> MCPServer:
    """Return the server; every request to it must carry a call's token."""
    server = OrdersServer(
        "orders",
        instructions=INSTRUCTIONS,
        token_verifier=CallTokens(config.orders_secret),
        # The token is minted by the worker; nobody can ask an address for one.
        auth=AuthSettings(issuer_url=AnyHttpUrl(config.web_url), resource_server_url=None),
        log_level="WARNING",
    )
    tools: dict[Callable[..., BaseModel], ToolAnnotations] = {
        find_customer_by_order: IDENTIFIES,
        get_order_status: READ_ONLY,
        list_orders: READ_ONLY,
    }
    for tool, hints in tools.items():
        # The docstring without the indentation it has in this file.
        server.tool(description=inspect.getdoc(tool), annotations=hints)(tool)
    server.custom_route("/healthz", methods=["GET"])(healthz)
    return server
