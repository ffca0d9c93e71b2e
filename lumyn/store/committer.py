"""The thread that owns the write connection: it commits everything that waits, in one transaction after another."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Thread
from typing import TypeGuard

from lumyn.store.connections import is_busy
from lumyn.store.entry import Draft, seal
from lumyn.store.errors import StorageUnavailableError, StoreError, StoreReplacedError
from lumyn.store.pending import Committed, Line, Pending
from lumyn.store.place import FileLock
from lumyn.store.rows import append, append_all, has_id, repeated, size_of
from lumyn.store.wal_keeper import WalKeeper
from lumyn.store.writer import Writer

__all__ = ["Committer"]

_PAUSE_SECONDS_MIN = 0.01
_PAUSE_SECONDS_MAX = 0.25

# About what an entry takes beside its payload.
_HEADER_BYTES = 512

_ROW_ERRORS = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError)


class Committer:
    """Group commit: one flush for all that queued up during the flush before.

    A fault costs the connection, which is opened again until the fault has gone; meanwhile the entries wait, until
    their callers give them up. Where a commit failed, nobody knows at once whether it happened: its entries are
    *doubtful*, and nothing else is written until it is known of each whether it is in the log.
    """

    def __init__(
        self,
        writer: Writer,
        lock: FileLock,
        *,
        line: Line,
        keeper: WalKeeper,
        batch_limit: int,
        unacknowledged: Callable[[Draft], Draft],
    ) -> None:
        self._writer = writer
        self._lock = lock
        self._line = line
        self._keeper = keeper
        self._batch_limit = batch_limit
        self._unacknowledged = unacknowledged
        self._doubtful: list[Pending] = []
        # How many entries are to be tried one by one, because a transaction with them failed.
        self._lone_count = 0
        # Ids of companions that are in the log.
        self._known_ids: set[str] = set()
        self._thread = Thread(target=self._run, name="lumyn-store-committer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def join(self, timeout_seconds: float) -> bool:
        """Wait for the thread to end, which it does once the line is closed and empty; False when it has not."""
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        pause_seconds = _PAUSE_SECONDS_MIN
        try:
            while self._line.wait_for_some(_PAUSE_SECONDS_MAX if self._doubtful else None) or (
                self._doubtful and not self._line.is_closed
            ):
                try:
                    # Entries are taken under the lock only: whoever gives up while it is held by others knows
                    # that nothing was stored.
                    with self._lock.held():
                        self._commit_some()
                    self._line.fault = ""
                    pause_seconds = _PAUSE_SECONDS_MIN
                    continue
                except StoreError as error:
                    # No wait mends a file that was swapped; should it come back, the next entry finds it.
                    self._line.fault = str(error)
                    self._line.refuse_all(StorageUnavailableError("not_stored", str(error)))
                except (sqlite3.Error, OSError) as error:
                    self._line.fault = f"{self._writer.path}: {error}"
                self._writer.disconnect()
                if self._line.is_closed:
                    break
                self._line.pause(pause_seconds)
                pause_seconds = min(2 * pause_seconds, _PAUSE_SECONDS_MAX)
        finally:
            # Also where the thread ends by a mistake of ours: nobody is to wait for what no longer runs.
            self._line.close()
            detail = self._line.fault or "the store was closed"
            self._line.refuse_all(StorageUnavailableError("not_stored", detail))
            self._line.finish([(pending, StorageUnavailableError("unknown", detail)) for pending in self._doubtful])
            self._writer.disconnect()
            self._lock.close()

    def _commit_some(self) -> None:
        """One transaction.

        raises: StoreError, sqlite3.Error, OSError
        """
        connection = self._begun()
        if connection is None:
            return
        if self._doubtful:
            self._resolve_doubts(connection)
            return
        batch = self._line.take(1 if self._lone_count else self._batch_limit)
        if not batch:
            connection.execute("ROLLBACK")
            return
        self._lone_count = max(0, self._lone_count - 1)
        outcomes = self._write(connection, batch)
        if outcomes is not None:
            self._commit(connection, batch, outcomes)

    def _begun(self) -> sqlite3.Connection | None:
        """The write connection, within a transaction; None when nobody waits for one any more.

        raises: StoreError, sqlite3.Error, OSError
        """
        while True:
            try:
                return self._writer.begin()
            except sqlite3.OperationalError as error:
                if not is_busy(error) or self._line.is_closed:
                    raise
                self._line.fault = f"{self._writer.path}: another program holds the write lock"
                if not len(self._line) and not self._doubtful:
                    return None

    def _write(
        self, connection: sqlite3.Connection, batch: Sequence[Pending]
    ) -> list[tuple[Pending, Committed | StoreError]] | None:
        """Write a batch; None when it was rolled back, to be tried one by one."""
        try:
            seq = size_of(connection)
            if self._is_plain(batch):
                with suppress(sqlite3.IntegrityError):
                    append_all(connection, seq, [pending.sealed for pending in batch])
                    return [
                        (pending, Committed(pending.sealed.draft.payload, number, is_replay=False))
                        for number, pending in enumerate(batch, seq)
                    ]
            outcomes: list[tuple[Pending, Committed | StoreError]] = []
            for pending in batch:
                answer, seq = self._write_one(connection, pending, seq)
                outcomes.append((pending, answer))
            return outcomes
        except sqlite3.Error as error:
            self._known_ids.clear()
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            is_row_error = isinstance(error, _ROW_ERRORS)
            if is_row_error and len(batch) == 1:
                self._line.finish([(batch[0], StorageUnavailableError("not_stored", str(error)))])
                return None
            self._line.put_back(batch)
            self._lone_count = len(batch)
            if not is_row_error:
                raise
            return None

    def _is_plain(self, batch: Sequence[Pending]) -> bool:
        """Whether all of a batch can be written at once, if nothing of it is a repetition."""
        return len(batch) > 1 and all(
            pending.sealed.draft.kind != "erasure"
            and pending.sealed.draft.earlier is None
            and all(draft.entry_id in self._known_ids for draft in pending.companions)
            for pending in batch
        )

    def _write_one(
        self, connection: sqlite3.Connection, pending: Pending, seq: int
    ) -> tuple[Committed | StoreError, int]:
        """Write an entry, after its companions; the answer, and the size of the log afterwards."""
        missing = [
            draft
            for draft in pending.companions
            if draft.entry_id not in self._known_ids and not has_id(connection, draft.entry_id)
        ]
        if missing and (answer := repeated(connection, pending.sealed.draft)) is not None:
            return answer, seq
        for draft in missing:
            seq += _is_written(append(connection, seq, seal(draft)))
        answer = append(connection, seq, pending.sealed)
        self._known_ids.update(draft.entry_id for draft in pending.companions)
        return answer, seq + _is_written(answer)

    def _commit(
        self,
        connection: sqlite3.Connection,
        batch: list[Pending],
        outcomes: list[tuple[Pending, Committed | StoreError]],
    ) -> None:
        """Commit, and only then answer."""
        try:
            connection.execute("COMMIT")
            self._writer.check()
        except (sqlite3.Error, OSError, StoreReplacedError):
            self._doubtful = batch
            self._known_ids.clear()
            raise
        self._line.fault = ""
        given_up = self._line.finish(outcomes)
        written = {pending: outcome.seq for pending, outcome in outcomes if _is_written(outcome)}
        if not written:
            return
        newest, seq = list(written.items())[-1]
        self._writer.newest = (seq, newest.sealed.leaf)
        self._keeper.note(sum(len(pending.sealed.draft.payload) + _HEADER_BYTES for pending in written))
        for pending in given_up:
            if pending in written:
                self._line.put_own(seal(self._unacknowledged(pending.sealed.draft)))

    def _resolve_doubts(self, connection: sqlite3.Connection) -> None:
        """Learn of each doubtful entry whether it is in the log, and make sure that it stays so.

        What is there was not acknowledged, and an event says so. What is not there might come back, from frames that a
        failed commit left behind the end of the write-ahead log, until another commit has overwritten them; so this
        one always writes a page.
        """
        present: list[Pending] = []
        absent: list[Pending] = []
        for pending in self._doubtful:
            row = connection.execute(
                "SELECT 1 FROM entries WHERE id = ? AND leaf = ?", (pending.sealed.draft.entry_id, pending.sealed.leaf)
            ).fetchone()
            (absent if row is None else present).append(pending)
        seq = size_of(connection)
        for pending in present:
            seq += _is_written(append(connection, seq, seal(self._unacknowledged(pending.sealed.draft))))
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
        self._writer.check()
        self._doubtful = []
        self._lone_count = len(absent)
        detail = self._line.fault or "the commit failed"
        self._line.fault = ""
        self._line.finish([(pending, StorageUnavailableError("unknown", detail)) for pending in present])
        self._line.put_back(absent)


def _is_written(answer: Committed | StoreError) -> TypeGuard[Committed]:
    """True when the log has grown by this entry."""
    return isinstance(answer, Committed) and not answer.is_replay
