"""The log in one SQLite file."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from time import monotonic
from typing import Self

from lumyn.store import Erased
from lumyn.store.backup import write_backup
from lumyn.store.committer import Committer
from lumyn.store.connections import Readers, connect_reader, connect_writer
from lumyn.store.entry import Draft, Entry, erasure_id, seal
from lumyn.store.errors import (
    SqliteTooOldError,
    StorageUnavailableError,
    StoreClosedError,
    StoreKeyError,
    StoreMissingError,
    StoreReplacedError,
    StoreUnreadableError,
)
from lumyn.store.founding import found, is_key_of, read_key
from lumyn.store.pending import Line, Pending
from lumyn.store.place import FileLock, Place
from lumyn.store.rows import (
    as_entry,
    find_id,
    find_request,
    peek_id,
    select_events,
    select_leaves,
    select_prefix,
    select_range,
    size_of,
    sound,
)
from lumyn.store.schema import SCHEMA_VERSION, migrate, read_version
from lumyn.store.unacknowledged import unacknowledged_event, utc_now
from lumyn.store.wal_keeper import WalKeeper, truncate_wal
from lumyn.store.writer import Writer

__all__ = ["SqliteStore"]

# The first one with STRICT tables.
_SQLITE_VERSION_MIN = (3, 37, 0)

_QUEUE_LIMIT = 4096
_BATCH_LIMIT = 512
_OPEN_TIMEOUT_SECONDS = 10.0
_SCAN_BATCH = 256
_LEAF_BATCH = 8192


class SqliteStore:
    """A RecordStore in one SQLite file, on a local disk."""

    def __init__(
        self, place: Place, *, queue_limit: int, batch_limit: int, unacknowledged: Callable[[Draft], Draft]
    ) -> None:
        """See `open`; the lock file exists, and so does the database."""
        self._place = place
        self._process_id = os.getpid()
        self._is_closed = False
        inode = place.inode()
        with closing(connect_reader(place.database)) as connection:
            # Setting up a writer changes the file, so it must be a store's.
            read_version(connection, str(place.database))
        with closing(connect_writer(place.database)) as connection:
            self.store_id = self._prepared(connection)
            self.key = read_key(place)
            if not is_key_of(connection, self.key):
                raise StoreKeyError(str(place.key), "this is the key of another store")
            last_seq = size_of(connection) - 1
            newest = select_leaves(connection, last_seq, last_seq + 1)[0]
            self._line = Line(queue_limit)
            self._readers = Readers(place, inode)
            self._keeper = WalKeeper(place, inode, self._readers)
            self._committer = Committer(
                Writer(place, inode, self.store_id, newest),
                FileLock(place.lock),
                line=self._line,
                keeper=self._keeper,
                batch_limit=batch_limit,
                unacknowledged=unacknowledged,
            )
        self._keeper.start()
        self._committer.start()

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        create: bool = False,
        queue_limit: int = _QUEUE_LIMIT,
        batch_limit: int = _BATCH_LIMIT,
        clock: Callable[[], str] = utc_now,
        unacknowledged: Callable[[Draft], Draft] | None = None,
    ) -> Self:
        """Open a store, bringing its schema up to date.

        create:         make a store where no file is; its folder must exist
        queue_limit:    entries that may wait
        batch_limit:    entries that one transaction may hold
        unacknowledged: makes the entry that says of another that it was stored and never acknowledged; called by the
                        store's thread, must not raise
        raises:         SqliteTooOldError, StoreMissingError, NotAStoreError, NewerSchemaError, StoreKeyError,
                        StoreUnreadableError, OSError
        """
        if sqlite3.sqlite_version_info < _SQLITE_VERSION_MIN:
            needed = ".".join(map(str, _SQLITE_VERSION_MIN))
            raise SqliteTooOldError(sqlite3.sqlite_version, needed)
        place = Place.of(Path(path))
        if not place.database.exists() and not create:
            raise StoreMissingError(str(place.database), "there is no store")
        lock = FileLock(place.lock)
        try:
            with lock.held(_OPEN_TIMEOUT_SECONDS):
                if create:
                    found(place, clock())
                return cls(
                    place,
                    queue_limit=queue_limit,
                    batch_limit=batch_limit,
                    unacknowledged=unacknowledged or (lambda draft: unacknowledged_event(draft, clock())),
                )
        except (sqlite3.Error, TimeoutError) as error:
            raise StoreUnreadableError(str(place.database), str(error)) from error
        finally:
            lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def queue_depth(self) -> int:
        """See RecordStore."""
        return len(self._line)

    @property
    def fault(self) -> str:
        """See RecordStore."""
        return self._line.fault

    def submit(self, draft: Draft, companions: Sequence[Draft] = ()) -> Pending:
        """See RecordStore."""
        assert draft.kind != "genesis", "a log begins once"
        self._check_open()
        return self._line.put(seal(draft), tuple(companions))

    def entry(self, seq: int) -> Entry | None:
        """See RecordStore."""
        return next(self.scan(seq, seq + 1), None)

    def by_id(self, entry_id: str) -> Entry | None:
        """See RecordStore."""
        with self._reading() as connection:
            return find_id(connection, entry_id)

    def by_request(self, tenant: str | None, request_id: str) -> Entry | None:
        """See RecordStore."""
        with self._reading() as connection:
            return find_request(connection, tenant, request_id)

    def of_decision(self, decision_id: str) -> tuple[Entry, ...]:
        """See RecordStore."""
        with self._reading() as connection:
            return tuple(sound(as_entry(row)) for row in select_events(connection, decision_id))

    def with_prefix(self, prefix: str) -> Iterator[Entry]:
        """See RecordStore."""
        after = ""
        while True:
            with self._reading() as connection:
                rows = select_prefix(connection, prefix, after, _SCAN_BATCH)
            if not rows:
                return
            yield from map(as_entry, rows)
            after = rows[-1][2]

    def scan(self, from_seq: int = 0, to_seq: int | None = None) -> Iterator[Entry]:
        """See RecordStore."""
        stop = self.size() if to_seq is None else to_seq
        for start in range(from_seq, stop, _SCAN_BATCH):
            with self._reading() as connection:
                rows = select_range(connection, start, min(start + _SCAN_BATCH, stop))
            if not rows:
                return
            yield from map(as_entry, rows)

    def leaves(self, from_seq: int, to_seq: int) -> Iterator[bytes]:
        """See RecordStore."""
        for start in range(from_seq, to_seq, _LEAF_BATCH):
            with self._reading() as connection:
                rows = select_leaves(connection, start, min(start + _LEAF_BATCH, to_seq))
            for _, leaf in rows:
                yield leaf

    def size(self) -> int:
        """See RecordStore."""
        with self._reading() as connection:
            return size_of(connection)

    def erase(self, entry_id: str, *, created_at: str, payload: bytes, deadline_seconds: float) -> Erased:
        """See RecordStore."""
        stop_at = monotonic() + deadline_seconds
        with self._reading() as connection:
            # One that was altered can be erased like any other.
            erased = peek_id(connection, entry_id)
        draft = Draft(
            kind="erasure",
            entry_id=erasure_id(entry_id),
            decision_id=None if erased is None else erased.decision_id,
            created_at=created_at,
            tenant=None if erased is None else erased.tenant,
            request_id=None,
            request_mac=None,
            payload=payload,
        )
        committed = self.submit(draft).wait(deadline_seconds)
        # Before anything can go wrong here: the keeper goes on where this call leaves off.
        self._keeper.wipe()
        try:
            is_wiped = truncate_wal(self._place, max(0.0, stop_at - monotonic()))
        except (sqlite3.Error, StoreReplacedError, OSError):
            is_wiped = False
        return Erased(committed.seq, is_wiped)

    def backup(self, path: Path) -> int:
        """See RecordStore."""
        self._check_open()
        self._readers.check()
        try:
            with closing(connect_reader(self._place.database)) as source:
                return write_backup(source, self.key, Place(path.absolute()))
        except sqlite3.Error as error:
            raise StoreUnreadableError(str(self._place.database), str(error)) from error

    def close(self, timeout_seconds: float = 5.0) -> bool:
        """See RecordStore."""
        if self._process_id != os.getpid() or self._is_closed:
            return True
        self._is_closed = True
        self._line.close()
        is_clean = self._committer.join(timeout_seconds)
        if not is_clean:
            self._line.refuse_all(StorageUnavailableError("not_stored", "the store was closed"))
        self._keeper.stop(timeout_seconds)
        self._readers.close()
        return is_clean

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        self._check_open()
        return self._readers.lent()

    def _check_open(self) -> None:
        if self._is_closed or self._process_id != os.getpid():
            raise StoreClosedError

    def _prepared(self, connection: sqlite3.Connection) -> str:
        """Bring the schema up to date, and return the store_id."""
        version, store_id = read_version(connection, str(self._place.database))
        if version < SCHEMA_VERSION:
            connection.execute("BEGIN IMMEDIATE")
            migrate(connection, version, store_id)
            connection.execute("COMMIT")
        return store_id
