"""SIGHUP: load the policy again, and go on serving whatever comes of it."""

import asyncio
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Final

from lumyn.gateway import Gateway

__all__ = ["refreshed_on_hangup"]

_LOG: Final = logging.getLogger("lumyn.api")


@contextmanager
def refreshed_on_hangup(gateway: Gateway) -> Iterator[None]:
    """Have a gateway load its policy again at each SIGHUP; where that can be heard: in the main thread, in Unix."""
    if current_thread() is not main_thread() or not hasattr(signal, "SIGHUP"):
        yield
        return
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGHUP)
    loop.add_signal_handler(signal.SIGHUP, lambda: loop.run_in_executor(None, _refresh, gateway))
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        signal.signal(signal.SIGHUP, before)


def _refresh(gateway: Gateway) -> None:
    """Swap the policy, or keep the one there is; the log lines say which."""
    before = gateway.policy_hash
    try:
        error = gateway.refresh()
    except (MemoryError, RecursionError) as problem:  # of a source without end
        _LOG.warning("policy refused: %s", type(problem).__name__, extra=_said("refused", before))
        return
    if error is None:
        outcome = "unchanged" if gateway.policy_hash == before else "replaced"
        _LOG.info("policy %s: %s", outcome, gateway.policy_hash, extra=_said(outcome, gateway.policy_hash))
    else:
        _LOG.warning("policy refused: %s", error, extra=_said("refused", before, detail=str(error)))


def _said(outcome: str, policy_hash: str, **facts: str) -> dict[str, object]:
    """What the log line has."""
    return {"lumyn": {"event": "hangup", "policy": outcome, "policy_hash": policy_hash, **facts}}
