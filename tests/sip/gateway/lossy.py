"""A network that loses, doubles and delays chosen SIP messages between two user agents."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sip.gateway.agent import UserAgent
from sip.gateway.transaction import Timers

# Sixteen times faster than life: a request is given up after 2 s.
FAST = Timers(t1_s=0.03, t2_s=0.24, t4_s=0.3)
DELAY_S = 0.1


@dataclass(kw_only=True)
class Faults:
    """What happens to the messages of one sender, named like ``INVITE`` or ``200 INVITE``.

    Attributes:
        lost: Name → which of its copies (1 is the first) never arrive.
        doubled: Names of messages that arrive twice.
        delayed: Names of messages that are overtaken by what follows.
    """

    lost: dict[str, set[int]] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)
    delayed: set[str] = field(default_factory=set)
    sent: Counter[str] = field(default_factory=Counter)


def name_of(data: bytes) -> str:
    lines = data.decode().split("\r\n")
    if not lines[0].startswith("SIP/2.0"):
        return lines[0].split()[0]
    sequence = next(line for line in lines if line.startswith("CSeq:"))
    return f"{lines[0].split()[1]} {sequence.split()[-1]}"


class LossyTransport(asyncio.DatagramTransport):
    """Stands between an agent and its socket."""

    def __init__(self, inner: asyncio.DatagramTransport, faults: Faults) -> None:
        super().__init__()
        self._inner = inner
        self._faults = faults

    def sendto(self, data: Any, addr: Any = None) -> None:
        name, faults = name_of(data), self._faults
        faults.sent[name] += 1
        if faults.sent[name] in faults.lost.get(name, ()):
            return
        if name in faults.delayed:
            asyncio.get_running_loop().call_later(DELAY_S, self._send, data, addr)
        else:
            self._send(data, addr)
        if name in faults.doubled:
            self._send(data, addr)

    def _send(self, data: Any, addr: Any) -> None:
        if not self._inner.is_closing():
            self._inner.sendto(data, addr)

    def is_closing(self) -> bool:
        return self._inner.is_closing()

    def close(self) -> None:
        self._inner.close()


async def lossy_agent(faults: Faults | None = None) -> UserAgent:
    """Return an open user agent whose messages suffer."""
    agent = UserAgent(host="127.0.0.1", timers=FAST)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: agent.layer, local_addr=("127.0.0.1", 0)
    )
    agent.port = transport.get_extra_info("sockname")[1]
    agent.layer.connection_made(LossyTransport(transport, faults or Faults()))
    return agent
