"""A real SIP telephone for tests: baresip without a sound card, driven over its control port."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import threading
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from tools import ports

RATE: Final = 8000
HOST: Final = "127.0.0.1"
# baresip hangs up at the end of a file, so whatever it plays ends in silence.
SILENCE_S: Final = 60
NARROW: Final = "pcmu/8000/1,pcma/8000/1"
WIDE: Final = "g722/16000/1"
DIGIT_GAP_S: Final = 0.25

CONFIG: Final = """\
poll_method epoll
sip_listen {host}:{sip_port}
net_interface {host}
audio_path /nonexistent
audio_player aubridge,{name}-spk
audio_source aufile,{folder}/silence.wav
audio_alert aubridge,{name}-alert
ausrc_srate {rate}
auplay_srate {rate}
ausrc_channels 1
auplay_channels 1
ausrc_format s16
auplay_format s16
audio_level no
rtp_ports {rtp}-{rtp_end}
jitter_buffer_type fixed
jitter_buffer_delay 2-10
call_local_timeout 120
call_max_calls 4
module_path /usr/lib/baresip/modules
module g711.so
module g722.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {host}:{control_port}
snd_path {folder}/rec
statmode_default off
"""
ACCOUNT: Final = (
    "<sip:{user}@{host}:{sip_port};transport=udp>{login};regint=0;answermode={answer}"
    ";dtmfmode=rtpevent;audio_codecs={codecs};ptime=20\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened on the telephone, for example ``CALL_ESTABLISHED``."""

    kind: str
    param: str
    at: float


def free_block() -> int:
    """Return the first of 100 ports for one telephone: SIP (TLS above it), control, audio.

    They lie below the range from which the system gives out ports to others.
    """
    while True:
        first = random.randrange(20_000, 28_900, 100)
        wanted = ((first, True), (first, False), (first + 1, False), (first + 2, False))
        if not any(ports.holder(HOST, port, udp=udp) for port, udp in wanted):
            return first


def write_silence(path: Path, seconds: int, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(bytes(2 * rate * seconds))


class Phone:
    """A telephone on loopback; ``stop`` it, or it stops itself after ``most_s``.

    Args:
        folder: A folder of its own; recordings appear in ``rec/``.
        user: The number it calls from.
        answer: ``auto`` for a person who always answers.
        login: Digest user name and password.
        wide: Speak G.722 only; WAVs are then of 16 kHz.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "caller",
        user: str = "+15550142",
        answer: Literal["manual", "auto"] = "manual",
        login: tuple[str, str] | None = None,
        wide: bool = False,
        most_s: int = 300,
    ) -> None:
        self.folder = folder / name
        self.rate = 2 * RATE if wide else RATE
        self.sip_port = free_block()
        self.uri = f"sip:{user}@{HOST}:{self.sip_port}"
        self.events: list[Event] = []
        self._buffer = b""
        self._changed = threading.Condition()
        self._write_files(name, user, answer, login, most_s)
        # -t ends the process after that time, with BYE: a failed test leaves no orphan.
        with (self.folder / "log.txt").open("wb") as log:
            self.process = subprocess.Popen(
                ["baresip", "-f", str(self.folder), "-t", str(most_s)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._control = self._connect()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _write_files(
        self, name: str, user: str, answer: str, login: tuple[str, str] | None, most_s: int
    ) -> None:
        (self.folder / "rec").mkdir(parents=True)
        self._control_port = self.sip_port + 2
        config = CONFIG.format(
            host=HOST,
            name=f"{name}-{self.sip_port}",
            folder=self.folder,
            sip_port=self.sip_port,
            control_port=self._control_port,
            rate=self.rate,
            rtp=self.sip_port + 10,
            rtp_end=self.sip_port + 99,
        )
        digest = f";auth_user={login[0]};auth_pass={login[1]}" if login else ""
        account = ACCOUNT.format(
            user=user,
            host=HOST,
            sip_port=self.sip_port,
            login=digest,
            answer=answer,
            codecs=NARROW if self.rate == RATE else WIDE,
        )
        (self.folder / "config").write_text(config)
        (self.folder / "accounts").write_text(account)
        (self.folder / "contacts").write_text("")
        write_silence(self.folder / "silence.wav", most_s + 30, self.rate)

    def _connect(self) -> socket.socket:
        deadline = time.monotonic() + 15
        while True:
            try:
                control = socket.create_connection((HOST, self._control_port), 1)
            except OSError:
                running = self.process.poll() is None
                assert running, (self.folder / "log.txt").read_text()
                assert time.monotonic() < deadline, "baresip opened no control port"
                time.sleep(0.05)
            else:
                control.settimeout(None)
                return control

    def _read(self) -> None:
        while data := self._receive():
            self._buffer += data
            while b":" in self._buffer:
                size, _, rest = self._buffer.partition(b":")
                if len(rest) <= int(size):
                    break
                self._note(json.loads(rest[: int(size)]))
                self._buffer = rest[int(size) + 1 :]

    def _receive(self) -> bytes:
        try:
            return self._control.recv(65536)
        except OSError:
            return b""

    def _note(self, message: dict[str, Any]) -> None:
        if not message.get("event") or message["type"] == "CALL_RTCP":
            return
        event = Event(
            kind=message["type"], param=str(message.get("param") or ""), at=time.monotonic()
        )
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def _command(self, command: str, params: str = "") -> None:
        text = json.dumps({"command": command, "params": params, "token": ""}).encode()
        self._control.sendall(b"%d:%s," % (len(text), text))

    def dial(self, uri: str) -> None:
        self._command("dial", uri)

    def accept(self) -> None:
        self._command("accept")

    def hold(self) -> None:
        self._command("hold")

    def resume(self) -> None:
        self._command("resume")

    def hangup(self) -> None:
        """End the call: BYE, CANCEL while it rings, or 486 to a caller."""
        self._command("hangup")

    def say(self, path: Path, *, wait: bool = True) -> float:
        """Play a mono 16-bit WAV of 8 kHz; return its length in seconds after it has been said."""
        with wave.open(str(path), "rb") as file:
            shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            assert shape == (self.rate, 1, 2), f"{path} is not {self.rate} Hz mono 16-bit"
            frames = file.readframes(file.getnframes())
        copy = self.folder / f"say-{time.monotonic_ns()}.wav"
        with wave.open(str(copy), "wb") as file:
            file.setparams((1, 2, self.rate, 0, "NONE", ""))
            file.writeframes(frames + bytes(2 * self.rate * SILENCE_S))
        self._command("ausrc", f"aufile,{copy}")
        seconds = len(frames) / 2 / self.rate
        if wait:
            time.sleep(seconds)
        return seconds

    def dtmf(self, digits: str) -> None:
        for digit in digits:
            self._command("sndcode", digit)
            time.sleep(DIGIT_GAP_S)

    def wait(
        self, kind: str, timeout_s: float = 10, *, where: Callable[[Event], bool] = lambda _: True
    ) -> Event:
        """Return the first event of the kind, also one that came before.

        Raises:
            AssertionError: It did not come; shows the last events.
        """

        def found() -> Event | None:
            return next((e for e in self.events if e.kind == kind and where(e)), None)

        with self._changed:
            event = self._changed.wait_for(found, timeout_s)
        assert event, f"no {kind} in {timeout_s} s; last events: {self.events[-8:]}"
        return event

    def digits(self) -> str:
        """The digits that the far end has sent so far."""
        return "".join(
            e.param for e in self.events if e.kind == "CALL_DTMF_START" and e.param.strip()
        )

    def heard(self) -> Path:
        """The recording of the far end; it grows during the call and is complete after it."""
        return self._recording("dec")

    def sent(self) -> Path:
        """The recording of what this telephone sent."""
        return self._recording("enc")

    def _recording(self, side: str) -> Path:
        deadline = time.monotonic() + 5
        while not (found := sorted((self.folder / "rec").glob(f"*-{side}.wav"))):
            assert time.monotonic() < deadline, "baresip recorded nothing"
            time.sleep(0.05)
        return found[-1]

    def stop(self) -> None:
        """Hang up and end; safe to repeat."""
        if self.process.poll() is None:
            try:
                self._command("quit")
                self.process.wait(5)
            except (OSError, subprocess.TimeoutExpired):
                self.process.terminate()
                self.process.wait(5)
        self._control.close()
        self._reader.join(5)
