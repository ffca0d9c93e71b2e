"""Entries on their way into the log: the line they wait in, and what their callers hold meanwhile."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from enum import Enum
from threading import Lock
from time import monotonic
from typing import Final

import attrs

from lumyn.store.entry import Draft, Sealed
from lumyn.store.errors import QueueFullError, StorageUnavailableError, StoreClosedError, StoreError

__all__ = ["Committed", "Line", "Pending"]


@attrs.frozen
class Committed:
    """An entry that is durable.

    payload:   the stored bytes; of the first submission where this one is its repetition
    seq:       its index in the log
    is_replay: True when an earlier submission had stored it
    """

    payload: bytes = attrs.field(repr=False)
    seq: int
    is_replay: bool


class _State(Enum):
    QUEUED = "queued"
    COMMITTING = "committing"
    DONE = "done"


class Pending:
    """An entry that was submitted; made by a store.

    sealed:     the entry
    companions: drafts that go into the same transaction where the log does not have them yet
    """

    __slots__ = ("_arrived", "_callbacks", "_line", "_outcome", "_state", "companions", "is_given_up", "sealed")

    sealed: Final[Sealed]
    companions: Final[tuple[Draft, ...]]
    is_given_up: bool

    def __init__(self, line: "Line", sealed: Sealed, companions: tuple[Draft, ...]) -> None:
        self.sealed = sealed
        self.companions = companions
        self.is_given_up = False
        self._line = line
        self._state = _State.QUEUED
        self._outcome: Committed | StoreError | None = None
        # Held until the entry is done: an Event would do the same in ten times as many steps, for each decision.
        self._arrived = Lock()
        self._arrived.acquire()
        self._callbacks: list[Callable[[Pending], object]] = []

    @property
    def is_done(self) -> bool:
        """True when `committed` answers at once."""
        return self._state is _State.DONE

    def wait(self, deadline_seconds: float) -> Committed:
        """Wait until the entry is durable.

        raises: what `committed` raises; StorageUnavailableError when the deadline passes first
        """
        self.settle(deadline_seconds)
        return self.committed()

    def settle(self, deadline_seconds: float) -> None:
        """Wait until the entry is durable, or give it up when the deadline passes: it is done then."""
        if self._arrived.acquire(timeout=deadline_seconds):
            self._arrived.release()  # others may wait as well
        else:
            self.give_up()

    def committed(self) -> Committed:
        """The answer of an entry that is done.

        raises: StorageUnavailableError, RequestIdReusedError, EntryIdReusedError, EntryErasedError, EntryNotFoundError
        """
        outcome = self._outcome
        assert outcome is not None, "not done yet"
        if isinstance(outcome, StoreError):
            raise outcome
        return outcome

    def give_up(self) -> None:
        """Wait no longer: withdraw the entry while it is queued, else leave it with outcome "unknown".

        Nothing happens to an entry that is done.
        """
        self._line.give_up(self)

    def add_done_callback(self, callback: Callable[["Pending"], object]) -> None:
        """Call back once the entry is done or given up; at once if it is.

        The store's own thread calls, so the callback must be quick and must not raise; a RuntimeError, which an event
        loop that is closed meanwhile raises, is dropped.
        """
        if not self._line.add_callback(self, callback):
            _call(callback, self)


class Line:
    """The bounded line of entries that wait; one lock for it and for the state of every entry in it.

    Any thread may put entries into it; one takes them.

    limit: how many entries may wait
    """

    __slots__ = ("_bell", "_is_closed", "_lock", "_queued", "fault", "limit")

    limit: Final[int]
    # Why nothing gets stored right now, for those who give up waiting; empty while all is well.
    fault: str

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.fault = ""
        self._is_closed = False
        # A dict keeps the order and lets go of any entry at once.
        self._queued: dict[Pending, None] = {}
        self._lock = Lock()
        # Rings for the one thread that takes entries: released when there is something new, acquired to wait for that.
        self._bell = Lock()
        self._bell.acquire()

    def __len__(self) -> int:
        return len(self._queued)

    def put(self, sealed: Sealed, companions: tuple[Draft, ...]) -> Pending:
        """Queue an entry.

        raises: QueueFullError, StoreClosedError
        """
        pending = Pending(self, sealed, companions)
        with self._lock:
            if self._is_closed:
                raise StoreClosedError
            if len(self._queued) >= self.limit:
                raise QueueFullError(self.limit)
            self._queued[pending] = None
            self._ring()
        return pending

    def put_own(self, sealed: Sealed) -> None:
        """Queue an entry of the store's own: it is taken whether the line is full, closed or neither."""
        with self._lock:
            self._queued[Pending(self, sealed, ())] = None
            self._ring()

    def wait_for_some(self, timeout_seconds: float | None = None) -> bool:
        """Wait until something is queued: True; or until the line is closed and empty, or time has passed: False."""
        while not self._queued and not self._is_closed:
            if not self._bell.acquire(timeout=-1 if timeout_seconds is None else timeout_seconds):
                break
        return bool(self._queued)

    def pause(self, timeout_seconds: float) -> None:
        """Wait for time to pass, or for the line to be closed."""
        stop_at = monotonic() + timeout_seconds
        while not self._is_closed and (left_seconds := stop_at - monotonic()) > 0:
            self._bell.acquire(timeout=left_seconds)

    @property
    def is_closed(self) -> bool:
        """True when nothing more is taken."""
        return self._is_closed

    def take(self, count_max: int) -> list[Pending]:
        """The longest-waiting entries, from now on under way."""
        with self._lock:
            taken = [pending for pending, _ in zip(self._queued, range(count_max), strict=False)]
            for pending in taken:
                del self._queued[pending]
                pending._state = _State.COMMITTING  # noqa: SLF001
        return taken

    def put_back(self, batch: Sequence[Pending]) -> None:
        """Queue entries again, before all others: they are certainly not stored. Those given up are let go."""
        with self._lock:
            kept = [pending for pending in batch if not pending.is_given_up]
            for pending in kept:
                pending._state = _State.QUEUED  # noqa: SLF001
            self._queued = dict.fromkeys([*kept, *self._queued])

    def finish(self, outcomes: Iterable[tuple[Pending, Committed | StoreError]]) -> list[Pending]:
        """Give entries that are under way their outcomes, and return those that were given up meanwhile."""
        called: list[tuple[Callable[[Pending], object], Pending]] = []
        given_up: list[Pending] = []
        with self._lock:
            for pending, outcome in outcomes:
                if pending.is_given_up:
                    given_up.append(pending)
                else:
                    called += self._settle(pending, outcome)
        for callback, pending in called:
            _call(callback, pending)
        return given_up

    def give_up(self, pending: Pending) -> None:
        """See Pending.give_up."""
        called: list[tuple[Callable[[Pending], object], Pending]] = []
        with self._lock:
            if pending._state is _State.QUEUED:  # noqa: SLF001
                del self._queued[pending]
                called = self._settle(pending, StorageUnavailableError("not_stored", self._why("was not its turn yet")))
            elif not pending.is_done:
                pending.is_given_up = True
                called = self._settle(pending, StorageUnavailableError("unknown", self._why("a commit is under way")))
        for callback, _ in called:
            _call(callback, pending)

    def refuse_all(self, error: StoreError) -> None:
        """Take everything out of the line, with an error."""
        self.finish([(pending, error) for pending in self.take(len(self))])

    def close(self) -> None:
        """Take nothing more."""
        with self._lock:
            self._is_closed = True
            self._ring()

    def add_callback(self, pending: Pending, callback: Callable[[Pending], object]) -> bool:
        """Register a callback; False when the entry is done already."""
        with self._lock:
            if pending.is_done:
                return False
            pending._callbacks.append(callback)  # noqa: SLF001
            return True

    def _ring(self) -> None:
        """Under the lock, so that no two ring at once."""
        if self._bell.locked():
            self._bell.release()

    def _why(self, otherwise: str) -> str:
        return self.fault or otherwise

    @staticmethod
    def _settle(pending: Pending, outcome: Committed | StoreError) -> list[tuple[Callable[[Pending], object], Pending]]:
        """Set an outcome under the lock; the callbacks are to be called outside of it."""
        pending._state = _State.DONE  # noqa: SLF001
        pending._outcome = outcome  # noqa: SLF001
        pending._arrived.release()  # noqa: SLF001
        return [(callback, pending) for callback in pending._callbacks]  # noqa: SLF001


def _call(callback: Callable[[Pending], object], pending: Pending) -> None:
    with suppress(RuntimeError):
        callback(pending)
