"""`make run`: every process of the product on this machine, from one command to Ctrl-C."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from contactcenter.config import ROOT, Config
from contactcenter.errors import Misconfigured
from tools import machine, ports, postgres
from tools.machine import HOST
from tools.supervisor import Service, StartFailed, Supervisor

LEAST_FREE_BYTES: Final = 500_000_000
ROLES: Final = ("supervisor", "representative", "administrator")


def services(var: Path, env: Mapping[str, str]) -> list[Service]:
    """Return the processes of design.md §2 in the order in which they can start."""
    python = env["PYTHON"]
    manage = (python, str(ROOT / "manage.py"))
    database = postgres.serve(var / "postgres")
    machine.write_livekit_config(var, env)
    redis = (
        *(
            machine.valkey(),
            "--bind",
            HOST,
            "--port",
            env["REDIS_PORT"],
            "--dir",
            str(var / "redis"),
        ),
        # Trunks and rules live in Redis: without the file they vanish with a restart.
        *("--appendonly", "yes", "--save", "", "--protected-mode", "yes"),
    )
    return [
        Service(
            name="postgres",
            argv=database.argv,
            options=database.options,
            ready=partial(postgres.is_ready, var / "postgres"),
            stop=signal.SIGINT,
        ),
        Service(name="redis", argv=redis, ready=f"tcp:{env['REDIS_PORT']}"),
        Service(
            name="livekit",
            argv=(str(ROOT / ".local/bin/livekit-server"), "--config", str(var / "livekit.yaml")),
            after=("redis",),
            ready=f"http://{HOST}:{env['LIVEKIT_PORT']}/",
            stop=signal.SIGINT,
            stop_after_s=5,
        ),
        Service(
            name="prepare",
            argv=(
                *(*manage, "prepare", f"--number={env.get('SIP_NUMBER', '+15550100')}"),
                f"--passwords={var / 'secrets.toml'}",
            ),
            after=("postgres", "livekit"),
            once=True,
        ),
        Service(
            name="web",
            argv=(
                *(python, "-m", "uvicorn", "contactcenter.asgi:application", "--host", HOST),
                *("--port", env["WEB_PORT"], "--lifespan", "off", "--no-access-log"),
                *("--timeout-graceful-shutdown", "5"),
            ),
            after=("prepare",),
            ready=f"http://{HOST}:{env['WEB_PORT']}/healthz",
        ),
        Service(
            name="orders",
            argv=(python, "-m", "orders"),
            after=("prepare",),
            ready=f"http://{HOST}:{env['ORDERS_PORT']}/healthz",
        ),
        Service(
            name="recorder",
            argv=(python, "-m", "calls.recorder", "start"),
            after=("livekit",),
            ready="log:registered worker",
        ),
        Service(
            name="worker",
            argv=(python, "-m", "agents.voice", "start"),
            after=("livekit",),
            ready="log:registered worker",
        ),
        Service(
            name="gateway",
            argv=(python, "-m", "sip.gateway"),
            after=("livekit",),
            ready="log:gateway ready",
        ),
        Service(
            name="clock", argv=(*manage, "runclock"), after=("web",), ready="log:clock started"
        ),
    ]


def check_machine(var: Path, env: Mapping[str, str]) -> None:
    """Refuse to start where it cannot work, in one sentence that says what to do."""
    free = shutil.disk_usage(var).free
    if free < LEAST_FREE_BYTES:
        raise SystemExit(
            f"Cannot start: only {free // 2**20} MB are free in {var}; make room there."
        )
    taken = []
    for name in machine.PORTS:
        udp = name in machine.UDP
        host = env.get("SIP_HOST", HOST) if name == "SIP_PORT" else HOST
        if who := ports.holder(host, int(env[name]), udp=udp):
            kind = "udp" if udp else "tcp"
            taken.append(
                f"  {kind} port {env[name]} is held by {who};"
                f" stop it, or run: {name}=<another port> make run"
            )
    if taken:
        raise SystemExit("Cannot start:\n" + "\n".join(taken))
    try:
        Config.from_env(env)
    except Misconfigured as error:
        raise SystemExit(f"Cannot start: {error}.") from None


def show_logins(var: Path, env: Mapping[str, str]) -> None:
    """Print the generated passwords the first time; later say where they are kept."""
    shown = var / "logins-shown"
    if shown.exists():
        print(f"Log-ins   {', '.join(ROLES)}: passwords in {var / 'secrets.toml'}")
        return
    for role in ROLES:
        print(f"Log-in    {role:<15} {env[f'{role.upper()}_PASSWORD']}")
    print(f"          (shown once; kept in {var / 'secrets.toml'})")
    shown.touch()


def show_where(var: Path, env: Mapping[str, str], began: float) -> None:
    print(f"\nThe line is open after {time.monotonic() - began:.0f} s.")
    print(f"Dial      {machine.dial_address(env)}    (or, without a phone: make call)")
    print(f"Open      {env['WEB_URL']}/admin/")
    show_logins(var, env)
    print(f"Try       order W1001, zip 94110.   Logs: {var / 'log'}   Ctrl-C ends everything.")
    if not machine.is_open(env):
        print("          Only this machine can dial. For a desk phone see docs/administrator.md.")
    sys.stdout.flush()


def main() -> int:
    began = time.monotonic()
    os.umask(0o077)
    var = Path(os.environ.get("VAR_DIR", ROOT / "var"))
    var.mkdir(parents=True, exist_ok=True)
    env = machine.environment(var, os.environ)
    check_machine(var, env)
    supervisor = Supervisor(
        services(var, env),
        env=env,
        logs=var / "log",
        tell=lambda text: print(f"· {text}", flush=True),
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisor.stopping.set())
    try:
        supervisor.start()
        if not supervisor.stopping.is_set():
            show_where(var, env, began)
        supervisor.stopping.wait()
    except StartFailed as error:
        print(f"Cannot start: {error}", file=sys.stderr)
        return 1
    finally:
        supervisor.stop()
        postgres.tidy(var / "postgres")
    print("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
