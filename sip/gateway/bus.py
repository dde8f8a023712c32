"""psrpc over Redis pub/sub: how livekit-server and its SIP services call each other.

A request goes to everyone who serves the method; a server that wants it sends a claim, the caller
grants one claim, and that server answers (facts: livekit/psrpc, queued requests with claims).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import redis.asyncio
from google.protobuf import any_pb2
from redis.exceptions import RedisError

from sip.gateway import wire
from sip.gateway.rpc import Method, RpcFailed, always, channel, new_id

logger = logging.getLogger(__name__)

TYPE_URL: Final = "type.googleapis.com/internal."
CALL_TIMEOUT_S: Final = 3.0
# A queued request may be taken by one server only, for as long as it may be claimed.
LOCK_S: Final = 5
RECONNECT_S: Final = 1.0


class Bus:
    """One connection to LiveKit's message bus, as client of ``service`` and as server."""

    def __init__(self, url: str, *, client_of: str = "IOInfo") -> None:
        # A read may wait for ever here, so a connection that died in silence is found by asking.
        self._redis = redis.asyncio.from_url(
            url,
            socket_connect_timeout=CALL_TIMEOUT_S,
            socket_keepalive=True,
            health_check_interval=10,
        )
        self._subscriptions = self._redis.pubsub(ignore_subscribe_messages=True)
        self._client_of = client_of
        self._client_id = new_id("CLI_")
        self._server_id = new_id("SRV_")
        self._handlers: dict[str, Callable[[bytes], Awaitable[None]]] = {}
        self._claims: dict[str, asyncio.Future[str]] = {}
        self._responses: dict[str, asyncio.Future[Any]] = {}
        self._grants: dict[str, asyncio.Future[str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._reader: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect.

        Raises:
            RedisError: Redis does not answer.
        """
        await self._subscribe(channel(self._client_of, self._client_id, "CLAIM"), self._on_claim)
        await self._subscribe(channel(self._client_of, self._client_id, "RES"), self._on_response)
        self._reader = asyncio.create_task(self._read())

    async def close(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._subscriptions.aclose()  # type: ignore[no-untyped-call]
        await self._redis.aclose()

    async def call(
        self, method: str, request: Any, response: Any, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> Any:
        """Ask a server of the bus and return its answer as a ``response``.

        Raises:
            RpcFailed: It answered with an error, or not in time.
        """
        request_id = new_id("REQ_")
        loop = asyncio.get_running_loop()
        claim = self._claims[request_id] = loop.create_future()
        answer = self._responses[request_id] = loop.create_future()
        now = time.time_ns()
        envelope = wire.Request(
            request_id=request_id,
            client_id=self._client_id,
            sent_at=now,
            expiry=now + int(timeout_s * 1e9),
            raw_request=request.SerializeToString(),
        )
        try:
            async with asyncio.timeout(timeout_s):
                await self._publish(channel(self._client_of, method, "REQ"), "Request", envelope)
                await asyncio.wait({claim, answer}, return_when=asyncio.FIRST_COMPLETED)
                if claim.done():
                    grant = wire.ClaimResponse(request_id=request_id, server_id=claim.result())
                    granted = channel(self._client_of, method, "RCLAIM")
                    await self._publish(granted, "ClaimResponse", grant)
                reply = await answer
        except TimeoutError:
            raise RpcFailed("deadline_exceeded", f"{method}: no answer in {timeout_s} s") from None
        except RedisError as error:
            raise RpcFailed("unavailable", f"{method}: {type(error).__name__}") from None
        finally:
            del self._claims[request_id], self._responses[request_id]
        if reply.error:
            raise RpcFailed(reply.code or "unknown", reply.error, reply.error_details)
        return response.FromString(reply.raw_response)

    async def serve(
        self,
        name: str,
        request: Any,
        answer: Callable[[Any, float], Awaitable[Any]],
        *,
        service: str = "SIPInternal",
        topic: str = "",
        affinity: Callable[[], float | None] = always,
    ) -> Method:
        """Answer a method until ``stop_serving``.

        Raises:
            RpcFailed: Redis does not answer.
        """
        method = Method(
            service=service,
            name=name,
            topic=topic,
            request=request,
            answer=answer,
            affinity=affinity,
        )

        async def on_request(data: bytes) -> None:
            await self._on_request(method, data)

        try:
            await self._subscribe(method.channel("RCLAIM"), self._on_grant)
            await self._subscribe(method.channel("REQ"), on_request)
        except RedisError as error:
            raise RpcFailed("unavailable", f"{name}: {type(error).__name__}") from None
        return method

    async def stop_serving(self, method: Method) -> None:
        for kind in ("REQ", "RCLAIM"):
            self._handlers.pop(method.channel(kind), None)
            try:
                await self._subscriptions.unsubscribe(method.channel(kind))
            except RedisError as error:
                # The server has forgotten the subscription together with the connection.
                logger.warning("unsubscribe failed", extra={"error": type(error).__name__})

    async def _subscribe(self, name: str, handler: Callable[[bytes], Awaitable[None]]) -> None:
        self._handlers[name] = handler
        await self._subscriptions.subscribe(name)

    async def _publish(self, name: str, kind: str, message: Any) -> None:
        envelope = wire.Msg(type_url=TYPE_URL + kind, value=message.SerializeToString())
        await self._redis.publish(name, envelope.SerializeToString())

    async def _read(self) -> None:
        while True:
            try:
                # redis-py subscribes again by itself after a reconnection.
                async for message in self._subscriptions.listen():
                    self._handle(message["channel"].decode(), message["data"])
            except RedisError as error:
                logger.warning("Redis is away", extra={"error": type(error).__name__})
            except Exception:
                logger.exception("reading from Redis failed")
            await asyncio.sleep(RECONNECT_S)

    def _handle(self, name: str, data: bytes) -> None:
        handler = self._handlers.get(name)
        if handler is None:
            return
        task = asyncio.create_task(self._guard(handler, data))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guard(self, handler: Callable[[bytes], Awaitable[None]], data: bytes) -> None:
        try:
            await handler(data)
        except Exception:
            logger.exception("message of the bus failed")

    async def _on_claim(self, data: bytes) -> None:
        claim = wire.ClaimRequest.FromString(wire.Msg.FromString(data).value)
        settle(self._claims.get(claim.request_id), claim.server_id)

    async def _on_response(self, data: bytes) -> None:
        response = wire.Response.FromString(wire.Msg.FromString(data).value)
        settle(self._responses.get(response.request_id), response)

    async def _on_grant(self, data: bytes) -> None:
        grant = wire.ClaimResponse.FromString(wire.Msg.FromString(data).value)
        settle(self._grants.get(grant.request_id), grant.server_id)

    async def _on_request(self, method: Method, data: bytes) -> None:
        lock = base64.b64encode(hashlib.sha256(data).digest())
        if not await self._redis.set(lock, random.getrandbits(62), nx=True, ex=LOCK_S):
            return
        request = wire.Request.FromString(wire.Msg.FromString(data).value)
        left_s = (request.expiry - time.time_ns()) / 1e9
        affinity = method.affinity()
        if left_s <= 0 or affinity is None:
            return
        if not await self._is_granted(method, request, affinity, left_s):
            return
        response = wire.Response(request_id=request.request_id, server_id=self._server_id)
        try:
            message = method.request.FromString(request.raw_request)
            response.raw_response = (await method.answer(message, left_s)).SerializeToString()
        except RpcFailed as error:
            response.error, response.code = error.message, error.rpc_code
            for detail in error.details:
                packed = any_pb2.Any()
                packed.Pack(detail)
                response.error_details.append(packed)
        except Exception:
            logger.exception("request failed", extra={"method": method.name})
            response.error, response.code = "internal error of the SIP gateway", "internal"
        response.sent_at = time.time_ns()
        await self._publish(channel(method.service, request.client_id, "RES"), "Response", response)

    async def _is_granted(
        self, method: Method, request: Any, affinity: float, left_s: float
    ) -> bool:
        grant = self._grants[request.request_id] = asyncio.get_running_loop().create_future()
        claim = wire.ClaimRequest(
            request_id=request.request_id, server_id=self._server_id, affinity=affinity
        )
        claimed = channel(method.service, request.client_id, "CLAIM")
        try:
            await self._publish(claimed, "ClaimRequest", claim)
            winner: str = await asyncio.wait_for(grant, left_s)
        except TimeoutError:
            return False
        else:
            return winner == self._server_id
        finally:
            del self._grants[request.request_id]


def settle(future: asyncio.Future[Any] | None, value: Any) -> None:
    """Resolve a future that may be gone or resolved already: every message may come twice."""
    if future is not None and not future.done():
        future.set_result(value)
