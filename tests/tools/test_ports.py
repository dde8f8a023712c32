"""A taken port is named with the process that holds it."""

from __future__ import annotations

import os
import socket

from tools import ports


def test_a_taken_port_names_its_holder() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        who = ports.holder("127.0.0.1", taken.getsockname()[1])

    assert who is not None
    assert str(os.getpid()) in who


def test_a_free_port_has_no_holder() -> None:
    assert ports.holder("127.0.0.1", ports.free()) is None
    assert ports.holder("127.0.0.1", ports.free(udp=True), udp=True) is None
