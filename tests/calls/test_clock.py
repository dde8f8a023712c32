"""The clock process: one of two works, and it survives what it depends on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from calls.management.commands.runclock import LEASES_LOCK, LOCK, Clock
from calls.states import CallState
from contactcenter.config import ROOT
from contactcenter.errors import Unavailable
from tests.calls.rows import NOW, make_call
from tests.calls.test_reconcile import AI, CUSTOMER, room
from tests.fakes.leases import FakeLeases
from tests.fakes.telephony import FakeTelephony
from tests.sip.rows import make_number


@pytest.fixture
def lock(db: None) -> Iterator[None]:
    """The lock belongs to the connection, which outlives a test."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


@pytest.mark.usefixtures("lock")
def test_a_tick_ends_lost_calls_and_tells_livekit_of_numbers() -> None:
    make_number()
    call = make_call(state=CallState.ACTIVE)
    clock = Clock(network := FakeTelephony(), FakeLeases())

    for second in range(0, 14, 2):
        assert clock.tick(NOW + timedelta(seconds=second))

    call.refresh_from_db()
    assert call.end_reason == "lost"
    assert len(network.has) == 2


@pytest.mark.usefixtures("lock")
def test_a_tick_survives_livekits_absence() -> None:
    call = make_call(state=CallState.ACTIVE)
    clock = Clock(FakeTelephony(down=Unavailable("LiveKit: TimeoutError")), FakeLeases())

    assert clock.tick(NOW)

    call.refresh_from_db()
    assert call.state == "active"


@pytest.mark.usefixtures("lock")
def test_of_two_clocks_only_the_one_with_the_lock_works() -> None:
    call = make_call(state=CallState.ACTIVE)
    clock = Clock(FakeTelephony(), FakeLeases())
    parameters = connection.get_connection_params()
    with psycopg.connect(
        host=parameters["host"], user=parameters["user"], dbname=parameters["dbname"]
    ) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK])

        ticked = [clock.tick(NOW + timedelta(seconds=second)) for second in range(0, 60, 2)]
        call.refresh_from_db()
        assert (any(ticked), call.state) == (False, "active")

    assert clock.tick(NOW + timedelta(seconds=60))


@pytest.fixture
def scene(lock: None) -> tuple[FakeTelephony, FakeLeases, Clock]:
    """A clock that has been looking at a call with a living voice agent."""
    make_call("call-one", state=CallState.ACTIVE)
    network = FakeTelephony(live=[room(CUSTOMER, AI)])
    leases = FakeLeases(holders={"call-one": "AJ_1"})
    clock = Clock(network, leases)
    for second in range(-12, 1):
        clock.look_at_leases(NOW + timedelta(seconds=second))
    return network, leases, clock


@pytest.mark.usefixtures("lock")
def test_a_voice_agent_whose_job_died_is_replaced(
    scene: tuple[FakeTelephony, FakeLeases, Clock],
) -> None:
    network, leases, clock = scene
    leases.holders.clear()

    clock.look_at_leases(NOW + timedelta(seconds=1))

    assert network.removed == [("call-one", "ai")]


@pytest.mark.usefixtures("lock")
def test_after_livekits_absence_no_lease_is_believed_for_ten_seconds(
    scene: tuple[FakeTelephony, FakeLeases, Clock],
) -> None:
    network, leases, clock = scene
    network.down = Unavailable("LiveKit: TimeoutError")
    clock.tick(NOW)
    network.down = None
    leases.holders.clear()

    for second in range(1, 10):
        clock.look_at_leases(NOW + timedelta(seconds=second))
    assert network.removed == []

    clock.look_at_leases(NOW + timedelta(seconds=10))
    assert network.removed == [("call-one", "ai")]


@pytest.mark.usefixtures("lock")
def test_the_clock_survives_the_absence_of_redis() -> None:
    clock = Clock(FakeTelephony(), leases := FakeLeases(away=True))

    clock.look_at_leases(NOW)

    assert leases.asked == 1


@pytest.mark.usefixtures("lock")
def test_of_two_clocks_only_one_looks_at_leases() -> None:
    clock = Clock(FakeTelephony(), leases := FakeLeases())
    parameters = connection.get_connection_params()
    with psycopg.connect(
        host=parameters["host"], user=parameters["user"], dbname=parameters["dbname"]
    ) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LEASES_LOCK])
        clock.look_at_leases(NOW)

    assert leases.asked == 0


def test_the_process_says_that_it_started_and_ends_cleanly_when_told() -> None:
    # The server without tables is enough: the clock must live through a database in trouble.
    with subprocess.Popen(
        [sys.executable, "manage.py", "runclock"],
        cwd=ROOT,
        env=os.environ | {"LIVEKIT_URL": "ws://127.0.0.1:9"},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        started = process.stderr.readline()
        for line in process.stderr:
            if "does not answer" in line:
                break
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
    assert "clock started" in started
    assert "clock stopped" in rest
    assert process.returncode == 0
