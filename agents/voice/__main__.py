"""``python -m agents.voice start``: the voice worker."""

from __future__ import annotations

import argparse

from agents.voice import worker


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m agents.voice", description=__doc__)
    parser.add_argument("command", choices=["start"])
    parser.parse_args()
    worker.main()


if __name__ == "__main__":
    main()
