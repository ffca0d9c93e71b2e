"""The write connection, and whether it still leads to the store that was opened."""

import sqlite3
from contextlib import suppress

from lumyn.store.connections import connect_writer
from lumyn.store.errors import StoreReplacedError
from lumyn.store.place import Place, Stamp
from lumyn.store.rows import select_leaves
from lumyn.store.schema import read_version
from lumyn.store.shared_index import LogConnection

__all__ = ["Writer"]


class Writer:
    """Opened when it is needed, and anew after a fault; for one thread.

    newest: seq and leaf of the newest entry that is known; a log without it is not the one that was open
    """

    __slots__ = ("_connection", "_inode", "_place", "_stamp", "_store_id", "newest", "path")

    newest: tuple[int, bytes]

    def __init__(self, place: Place, inode: tuple[int, int], store_id: str, newest: tuple[int, bytes]) -> None:
        self._place = place
        self._inode = inode
        self._store_id = store_id
        self.newest = newest
        self.path = str(place.database)
        self._connection: LogConnection | None = None
        self._stamp: Stamp | None = None

    def begin(self) -> sqlite3.Connection:
        """The connection, with a transaction begun that may write.

        raises: StoreError, OSError; sqlite3.Error, which `is_busy` when another program writes for long
        """
        connection = self._connected()
        self.check()
        connection.execute("BEGIN IMMEDIATE")
        return connection

    def check(self) -> None:
        """See that what is written goes to the files that have the store's names.

        raises: StoreReplacedError, OSError
        """
        assert self._stamp is not None
        assert self._connection is not None
        self._place.check(self._stamp)
        self._connection.check_index()

    def disconnect(self) -> None:
        """Let go of the connection, and of what it has not committed."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _connected(self) -> LogConnection:
        """The connection, opened where there is none and the file is the one that was open.

        raises: StoreError, sqlite3.Error, OSError
        """
        if self._connection is not None:
            return self._connection
        # Opening another database would bring it together with a write-ahead log that isn't its own.
        self._place.check_database(self._inode)
        connection = connect_writer(self._place.database)
        try:
            self._check_same(connection)
            stamp = self._place.stamp()
            self._place.check_database(self._inode)
        except BaseException:
            connection.close()
            raise
        self._stamp = stamp
        self._connection = connection
        return connection

    def _check_same(self, connection: sqlite3.Connection) -> None:
        """See that a database is the store that was open, with all that was written to it.

        raises: StoreError, sqlite3.Error
        """
        _, store_id = read_version(connection, self.path)
        if store_id != self._store_id:
            raise StoreReplacedError(self.path, "the file holds another store")
        seq, leaf = self.newest
        if select_leaves(connection, seq, seq + 1) != [(seq, leaf)]:
            raise StoreReplacedError(self.path, f"entry {seq} was stored and is no longer there")
