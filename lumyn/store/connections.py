"""Connections to a store's database: how each is set up, and a pool of those that read."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from lumyn.store.errors import StoreReplacedError, StoreUnreadableError
from lumyn.store.place import Place
from lumyn.store.shared_index import LogConnection, connect_sharing

__all__ = ["Readers", "connect", "connect_reader", "connect_writer", "is_busy"]

_IDLE_READERS_MAX = 8
_READ_TIMEOUT_SECONDS = 2.0
_WRITE_TIMEOUT_SECONDS = 0.25


def connect(database: Path, mode: str = "rw", timeout_seconds: float = _READ_TIMEOUT_SECONDS) -> sqlite3.Connection:
    """Open a database that exists; transactions are begun by hand.

    mode:   SQLite's: "rw" or "ro"
    raises: sqlite3.Error; a missing file is one
    """
    return sqlite3.connect(
        f"{database.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=timeout_seconds,
        isolation_level=None,
        check_same_thread=False,
    )


def connect_writer(database: Path) -> LogConnection:
    """A connection whose commits are on the disk when they return, and that zeroes what it deletes.

    raises: sqlite3.Error, StoreReplacedError, OSError
    """
    connection = connect_sharing(database, _WRITE_TIMEOUT_SECONDS)
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            message = f"the database can't keep a write-ahead log here (journal mode {mode})"
            raise sqlite3.OperationalError(message)  # noqa: TRY301
        for pragma in (
            "synchronous = FULL",
            # macOS flushes its drive's cache only when told so.
            "fullfsync = ON",
            "checkpoint_fullfsync = ON",
            # Another thread checkpoints, so that no commit has to.
            "wal_autocheckpoint = 0",
            "secure_delete = ON",
            "foreign_keys = ON",
            "trusted_schema = OFF",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        connection.note_index()
    except BaseException:
        connection.close()
        raise
    return connection


def connect_reader(database: Path) -> LogConnection:
    """A connection that changes nothing.

    raises: sqlite3.Error, StoreReplacedError, OSError
    """
    connection = connect_sharing(database, _READ_TIMEOUT_SECONDS)
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.note_index()
    except BaseException:
        connection.close()
        raise
    return connection


def is_busy(error: sqlite3.Error) -> bool:
    """True when another connection holds the lock that was wanted."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) == sqlite3.SQLITE_BUSY


class Readers:
    """Reading connections, each lent to one thread at a time."""

    __slots__ = ("_idle", "_inode", "_is_closed", "_lock", "_place")

    def __init__(self, place: Place, inode: tuple[int, int]) -> None:
        self._place = place
        self._inode = inode
        self._idle: list[LogConnection] = []
        self._is_closed = False
        self._lock = Lock()

    @contextmanager
    def lent(self) -> Iterator[sqlite3.Connection]:
        """A connection for one short read; leave no statement unfinished.

        raises: StoreReplacedError; StoreUnreadableError instead of sqlite3.Error and OSError
        """
        path = str(self._place.database)
        connection: LogConnection | None = None
        try:
            self.check()
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                connection = connect_reader(self._place.database)
            connection.check_index()
            yield connection
        except (sqlite3.Error, OSError) as error:
            if connection is not None:
                connection.close()
            raise StoreUnreadableError(path, str(error)) from error
        except StoreReplacedError:
            if connection is not None:
                connection.close()
            self.close_idle()
            raise
        except BaseException:
            if connection is not None:
                self._take_back(connection)
            raise
        self._take_back(connection)

    def check(self) -> None:
        """See that the database is the file that was opened.

        raises: StoreReplacedError, OSError
        """
        self._place.check_database(self._inode)

    def close(self) -> None:
        """Close what is idle now, and what is lent when it comes back."""
        self._is_closed = True
        self.close_idle()

    def close_idle(self) -> None:
        """Close what nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take_back(self, connection: LogConnection) -> None:
        with self._lock:
            if not self._is_closed and len(self._idle) < _IDLE_READERS_MAX:
                self._idle.append(connection)
                return
        connection.close()
