"""``python -m agents.voice start``, ``transcribe FILE`` or ``speak TEXT FILE``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from agents.voice import worker
from agents.voice.local import files
from contactcenter.config import load
from contactcenter.errors import ContactCenterError


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m agents.voice", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("start", help="take calls")
    transcribe = commands.add_parser("transcribe", help="write down what a WAV file says")
    transcribe.add_argument("file", type=Path)
    speak = commands.add_parser("speak", help="write a WAV file that says a text")
    speak.add_argument("text")
    speak.add_argument("file", type=Path)
    return top


def main() -> None:
    arguments = parser().parse_args()
    try:
        run(arguments)
    except (ContactCenterError, OSError) as error:
        sys.exit(str(error))


def run(arguments: argparse.Namespace) -> None:
    match arguments.command:
        case "transcribe":
            sys.stdout.write(files.transcribe(arguments.file, models=load().models) + "\n")
        case "speak":
            files.speak(arguments.text, arguments.file)
        case _:
            worker.main()


if __name__ == "__main__":
    main()
