"""The thread that moves what the write-ahead log holds into the database, so that no commit waits for it."""

import sqlite3
from contextlib import closing
from threading import Event, Thread
from time import monotonic, sleep

from lumyn.store.connections import Readers, connect_writer
from lumyn.store.errors import StoreError
from lumyn.store.place import FileLock, Place
from lumyn.store.shared_index import LogConnection

__all__ = ["WalKeeper", "truncate_wal"]

# A log is moved after so many bytes, or when a second has passed.
_WAKE_BYTES = 1 << 20
_INTERVAL_SECONDS = 1.0

# Beyond this, writers wait until the log begins anew: busy ones would otherwise never leave a moment for it.
_RESTART_FRAMES = 2048
_TRUNCATE_BYTES = 32 << 20

# How long writers may have to wait for a reader that keeps the log from beginning anew.
_READERS_TIMEOUT_MS = 100


class WalKeeper:
    """Keeps the write-ahead log short.

    A reader of another program that stays within one transaction keeps it from that; the store's own never do.
    """

    __slots__ = (
        "_due",
        "_inode",
        "_is_dirty",
        "_is_stopped",
        "_is_wipe_due",
        "_place",
        "_readers",
        "_thread",
        "_written_bytes",
    )

    def __init__(self, place: Place, inode: tuple[int, int], readers: Readers) -> None:
        self._place = place
        self._inode = inode
        self._readers = readers
        self._due = Event()
        self._is_dirty = True
        self._is_stopped = False
        self._is_wipe_due = False
        self._written_bytes = 0
        self._thread = Thread(target=self._run, name="lumyn-store-wal", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def note(self, written_bytes: int) -> None:
        """Hear that so much was committed."""
        self._is_dirty = True
        self._written_bytes += written_bytes
        if self._written_bytes >= _WAKE_BYTES:
            self._written_bytes = 0
            self._due.set()

    def wipe(self) -> None:
        """Empty the log as soon as no reader needs it: it holds what was erased."""
        self._is_wipe_due = True
        self._due.set()

    def stop(self, timeout_seconds: float) -> None:
        """End the thread."""
        self._is_stopped = True
        self._due.set()
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        lock = FileLock(self._place.lock)
        connection: LogConnection | None = None
        try:
            while not self._is_stopped:
                self._due.wait(_INTERVAL_SECONDS)
                self._due.clear()
                try:
                    if connection is not None:
                        connection.check_index()
                    if not (self._is_dirty or self._is_wipe_due):
                        continue
                    self._place.check_database(self._inode)
                    if connection is None:
                        connection = self._connect()
                    self._checkpoint(connection, lock)
                except (sqlite3.Error, OSError, StoreError):
                    # The committer meets the same fault and says so; here it is enough to try again.
                    if connection is not None:
                        connection.close()
                        connection = None
                    # What nobody reads with would hold on to an index that was deleted.
                    self._readers.close_idle()
                    sleep(_INTERVAL_SECONDS / 10)
        finally:
            if connection is not None:
                connection.close()
            lock.close()

    def _connect(self) -> LogConnection:
        connection = connect_writer(self._place.database)
        connection.execute(f"PRAGMA busy_timeout = {_READERS_TIMEOUT_MS}")
        return connection

    def _checkpoint(self, connection: sqlite3.Connection, lock: FileLock) -> None:
        self._is_dirty = False
        _, frame_count, moved_count = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        is_large = self._place.wal_size_bytes() > _TRUNCATE_BYTES
        if self._is_wipe_due or is_large or frame_count > _RESTART_FRAMES:
            mode = "TRUNCATE" if self._is_wipe_due or is_large else "RESTART"
            is_wipe = self._is_wipe_due
            with lock.held():
                busy, frame_count, moved_count = connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
            if is_wipe and not busy:
                self._is_wipe_due = False
        if frame_count != moved_count:
            self._is_dirty = True


def truncate_wal(place: Place, timeout_seconds: float) -> bool:
    """Empty the write-ahead log now; False when a reader kept it from that until the time had passed.

    raises: sqlite3.Error, StoreReplacedError, OSError; TimeoutError when another process keeps the lock
    """
    lock = FileLock(place.lock)
    try:
        with closing(connect_writer(place.database)) as connection:
            connection.execute(f"PRAGMA busy_timeout = {_READERS_TIMEOUT_MS}")
            stop_at = monotonic() + timeout_seconds
            while True:
                with lock.held(max(0.0, stop_at - monotonic())):
                    (is_busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not is_busy:
                    return True
                if monotonic() >= stop_at:
                    return False
                sleep(0.01)
    finally:
        lock.close()
