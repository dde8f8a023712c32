"""Everything of livekit-agents that is not public, for version 1.8.9."""

from __future__ import annotations

import os

from livekit.agents import JobContext


def join_with(ctx: JobContext, token: str) -> None:
    """Make ``ctx.connect`` use another token than the job's own.

    The server mints a job's token and never gives it the recorder's grants. Everything else of
    a job stays as it is: it ends when the room does, and leaves the room when it ends.
    """
    ctx._info.token = token


def load_no_models() -> None:
    """Keep the speech models of livekit-agents, 244 MB, out of a process that does not speak."""
    # Written, not read: livekit-agents offers nothing else.
    os.environ["LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE"] = "0"  # noqa: TID251
