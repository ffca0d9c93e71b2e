"""A refresh reaches one worker; by a file beside the log, every other worker and service of that log follows it."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from lumyn.gateway import Gateway
from lumyn.workspace import Workspace

__all__ = ["ask_others", "following_refreshes"]

_LOG: Final = logging.getLogger("lumyn.api")
_LOOK_SECONDS: Final = 0.5


def ask_others(workspace: Workspace) -> None:
    """Have every service of this log load its policy again. Raises OSError."""
    path = _marker(workspace)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    os.utime(path)


@asynccontextmanager
async def following_refreshes(gateway: Gateway, workspace: Workspace) -> AsyncIterator[None]:
    """Load the policy again whenever a service of this log was asked to, for as long as this lasts.

    The gateway loads what its own settings name, under its own pin, and keeps what it has where that is no policy.
    """
    path = _marker(workspace)
    following = asyncio.create_task(_follow(gateway, path, _changed_at(path)))
    try:
        yield
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def _follow(gateway: Gateway, path: Path, seen: int) -> None:
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        changed_at = await asyncio.to_thread(_changed_at, path)
        if changed_at == seen:
            continue
        seen = changed_at
        try:
            # What is refused is said in the gateway's own log lines.
            await asyncio.to_thread(gateway.refresh)
        except (MemoryError, RecursionError) as problem:  # of a source without end
            facts = {"event": "policy refused", "detail": type(problem).__name__, "stays": gateway.policy_hash}
            _LOG.warning("policy refused", extra={"lumyn": facts})


def _marker(workspace: Workspace) -> Path:
    # Where the log is, files can be made.
    return workspace.database.with_name(f"{workspace.database.name}.refresh")


def _changed_at(path: Path) -> int:
    """When a file was touched last, in nanoseconds; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
