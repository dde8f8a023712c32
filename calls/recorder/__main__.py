"""``python -m calls.recorder start``: the recorder process."""

from __future__ import annotations

import asyncio
import sys

from calls.recorder import server
from contactcenter import logs
from contactcenter.config import load


def main() -> int:
    if sys.argv[1:] != ["start"]:
        sys.stderr.write("usage: python -m calls.recorder start\n")
        return 2
    logs.configure()
    asyncio.run(server.serve(load()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
