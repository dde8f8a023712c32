"""The SIP gateway as a whole: opens everything, takes calls, drains, closes."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Final

from contactcenter.config import Config
from sip.gateway import admission, inbound, media, outbound, wire
from sip.gateway.agent import UserAgent
from sip.gateway.bus import Bus
from sip.gateway.call import IncomingCall
from sip.gateway.digest import Digest
from sip.gateway.exchange import Ending, Exchange, Limits
from sip.gateway.rtp import Clock, Ports

logger = logging.getLogger(__name__)

END_S: Final = 2.0


class Gateway:
    """One SIP gateway process."""

    def __init__(self, config: Config, *, limits: Limits | None = None) -> None:
        self.exchange = Exchange(
            config=config,
            agent=UserAgent(
                host=config.sip_host, port=config.sip_port, public_ip=config.sip_public_ip
            ),
            bus=Bus(config.redis_url),
            studio=media.studio(),
            clock=Clock(),
            ports=Ports(config.sip_host, *config.rtp_ports),
            digest=Digest(),
            limits=limits or Limits(),
        )

    async def open(self) -> None:
        """Listen.

        Raises:
            OSError: The SIP port is taken.
            RedisError: Redis does not answer.
        """
        exchange = self.exchange
        exchange.agent.on_call = self._take
        await exchange.bus.open()
        await exchange.bus.serve(
            "CreateSIPParticipant",
            wire.CreateRequest,
            partial(outbound.create, exchange),
            affinity=exchange.affinity,
        )
        await exchange.agent.open()
        exchange.clock.start()

    def _take(self, call: IncomingCall) -> None:
        if admission.admits(self.exchange.config, call.source[0]):
            self.exchange.agent.spawn(inbound.answer(self.exchange, call))
        else:
            call.reject(403)

    async def drain(self, within_s: float, hurry: asyncio.Event) -> None:
        """Take no more calls; wait until the living ones are over, or somebody is in a hurry."""
        self.exchange.draining = True
        waiting = asyncio.create_task(hurry.wait())
        deadline = asyncio.get_running_loop().time() + within_s
        while self.exchange.legs and asyncio.get_running_loop().time() < deadline:
            await asyncio.wait({waiting}, timeout=0.1)
            if waiting.done():
                break
        waiting.cancel()

    async def close(self) -> None:
        """End what is left with BYE and close."""
        self.exchange.draining = True
        for leg in tuple(self.exchange.legs.values()):
            leg.end(Ending.SHUTDOWN)
        await self.exchange.agent.settle(END_S)
        await self.exchange.agent.close()
        await self.exchange.bus.close()
        await self.exchange.clock.stop()
