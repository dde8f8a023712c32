"""``python -m sip.gateway``: serves telephone legs until SIGTERM, then drains and ends them."""

from __future__ import annotations

import asyncio
import logging
import os
import signal

from redis.exceptions import RedisError

from contactcenter import config, logs
from contactcenter.errors import Misconfigured
from sip.gateway.server import Gateway

logger = logging.getLogger("sip.gateway")


async def serve(settings: config.Config) -> None:
    stop, hurry = asyncio.Event(), asyncio.Event()

    def stopped() -> None:
        if stop.is_set():
            hurry.set()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped)
    gateway = Gateway(settings)
    try:
        await gateway.open()
        logger.info("gateway ready", extra={"port": settings.sip_port})
        await stop.wait()
        logger.info("gateway draining")
        await gateway.drain(settings.sip_drain_s, hurry)
    finally:
        await gateway.close()
    logger.info("gateway stopped")


def main() -> int:
    logs.configure()
    # Its lines carry identities, and an identity holds the number of the telephone.
    logging.getLogger("livekit").setLevel(logging.ERROR)
    try:
        asyncio.run(serve(config.load()))
    except Misconfigured as error:
        logger.error("misconfigured", extra={"error": str(error)})  # noqa: TRY400
        return 2
    except (OSError, RedisError) as error:
        logger.error("cannot start", extra={"error": str(error)})  # noqa: TRY400
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    # LiveKit's native threads call into Python until the very end, and abort the process when
    # the interpreter is no longer there to answer.
    os._exit(code)
