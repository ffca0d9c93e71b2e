"""A decision that an event loop waits for."""

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

    __slots__ = ("_abandon", "_begin", "_begun", "_is_abandoned", "_is_late")

    def __init__(self, begin: Callable[[], Begun], abandon: Callable[[Begun], None]) -> None:
        self._begin = begin
        self._abandon = abandon
        self._begun: Begun | None = None
        self._is_late = False
        self._is_abandoned = False

    def depart(self, reply: Reply[Begun]) -> None:
        """Decide, and answer once it is known what became of the record. Raises RequestError."""
        begun = self._begun = self._begin()
        if isinstance(begun.pending, Pending):
            if self._is_late:
                begun.pending.give_up()
            begun.pending.add_done_callback(lambda _: reply.give(begun))
        else:
            reply.give(begun)
        if self._is_abandoned:
            self._abandon(begun)

    def give_up(self) -> None:
        """The deadline has passed."""
        self._is_late = True
        if self._begun is not None and isinstance(self._begun.pending, Pending):
            self._begun.pending.give_up()

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
