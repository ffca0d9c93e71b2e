"""A decision that an event loop waits for."""

import asyncio
import time
from collections.abc import Callable

from lumyn.answering import Begun
from lumyn.loop_worker import Reply
from lumyn.store import Committed, Pending
from lumyn_runtime.errors import LumynError

__all__ = ["Flight", "outcome_of"]


class Flight:
    """A decision for an event loop: begun by one thread, stored by another, and given up by the loop, whichever comes first.

    Whoever finds that another was here before does what was left to do.
    """

    __slots__ = ("_abandon", "_begin", "_begun", "_is_abandoned", "_timer")

    def __init__(self, begin: Callable[[], Begun], abandon: Callable[[Begun], None]) -> None:
        self._begin = begin
        self._abandon = abandon
        self._begun: Begun | None = None
        self._is_abandoned = False
        self._timer: asyncio.TimerHandle | None = None

    def depart(self, reply: Reply[Begun]) -> None:
        """Decide, and answer once it is known what became of the record. Raises RequestError."""
        begun = self._begun = self._begin()
        if isinstance(begun.pending, Pending):
            begun.pending.add_done_callback(lambda _: reply.give(begun))
        else:
            reply.give(begun)
        if self._is_abandoned:
            self._abandon(begun)

    def watch(self, loop: asyncio.AbstractEventLoop, deadline_seconds: float) -> None:
        """Give it up once it has waited so long to be stored; its turn to be decided does not count."""
        begun = self._begun
        left_seconds = deadline_seconds if begun is None else begun.submitted + deadline_seconds - time.perf_counter()
        if left_seconds > 0:
            self._timer = loop.call_later(left_seconds, self.watch, loop, deadline_seconds)
        elif begun is not None and isinstance(begun.pending, Pending):
            begun.pending.give_up()

    def arrive(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()

    def abandon(self) -> None:
        """Nobody waits any more."""
        self._is_abandoned = True
        if self._begun is not None:
            self._abandon(self._begun)


def outcome_of(begun: Begun) -> Committed | LumynError:
    """What became of a decision, which is known by now."""
    if not isinstance(begun.pending, Pending):
        return begun.pending
    try:
        return begun.pending.committed()
    except LumynError as error:
        return error
