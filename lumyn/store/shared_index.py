"""The index of the write-ahead log, SQLite's -shm: all connections of a process to one database share one.

Where its file is deleted, this process goes on with what it has mapped and other processes make a new one; then each
writes over what the other wrote. So nothing goes on with an index that has lost its name: all connections let go of it,
and only then is there a new one.
"""

import sqlite3
from contextlib import suppress
from pathlib import Path
from threading import RLock

from lumyn.store.errors import StoreReplacedError
from lumyn.store.place import Place, inode_of

__all__ = ["LogConnection", "connect_sharing"]

# One lock for all databases: connections are opened and closed rarely.
_lock = RLock()


class _Use:
    """What the connections of this process to one database share.

    index: device and inode; None until a connection has read a write-ahead log
    """

    __slots__ = ("_anchor", "_path", "_place", "count", "index", "inode")

    def __init__(self, place: Place, inode: tuple[int, int]) -> None:
        self.inode = inode
        self.index: tuple[int, int] | None = None
        self.count = 0
        self._place = place
        # A text: making one of a Path takes longer than looking at the file.
        self._path = str(place.index)
        self._anchor: sqlite3.Connection | None = None

    def check(self) -> None:
        """One stat that says whether the index still has its name.

        raises: StoreReplacedError, OSError
        """
        if self.index is not None and inode_of(self._path) != self.index:
            raise StoreReplacedError(self._path, "another file is where the store was opened")

    def is_of_the_log(self) -> bool:
        """Whether what this process knows of the log is all that is known of it.

        Also where neither the log nor its index has a name any more: then nobody else has opened them since.
        """
        try:
            self.check()
        except OSError:
            return False
        except StoreReplacedError:
            return not self._place.index.exists() and not self._place.wal.exists()
        return True

    def anchor(self) -> None:
        """Hold the log open by a connection that can only read, once there is one."""
        if self.index is not None:
            return
        with suppress(sqlite3.Error, StoreReplacedError):
            if self._anchor is None:
                self._anchor = sqlite3.connect(
                    f"{self._place.database.as_uri()}?mode=ro", uri=True, check_same_thread=False
                )
            self._anchor.execute("SELECT 1 FROM sqlite_master").fetchone()
            self.index = inode_of(self._path)

    def weigh_anchor(self) -> None:
        """Let go of that connection."""
        if self._anchor is not None:
            self._anchor.close()
            self._anchor = None


_uses: dict[tuple[int, int], _Use] = {}


class LogConnection(sqlite3.Connection):
    """A connection to a store's database; of `connect_sharing`, and to be closed."""

    _use: _Use | None = None

    def share(self, database: Path) -> None:
        """Be one of those of this process.

        raises: StoreReplacedError while others still use an index that was deleted; OSError
        """
        status = database.stat()
        inode = status.st_dev, status.st_ino
        with _lock:
            use = _uses.get(inode) or _Use(Place(database), inode)
            use.check()
            use.count += 1
            self._use = _uses[inode] = use

    def note_index(self) -> None:
        """Learn which file the index is, once this connection has read something."""
        assert self._use is not None
        with _lock:
            self._use.anchor()

    def check_index(self) -> None:
        """See that other processes use the index that this one uses.

        raises: StoreReplacedError, OSError
        """
        assert self._use is not None
        self._use.check()

    def close(self) -> None:
        """Let go of the database."""
        with _lock:
            use, self._use = self._use, None
            if use is not None:
                use.count -= 1
            if use is None or use.count:
                super().close()
                return
            del _uses[use.inode]
            # The last connection of all moves the log into the database and deletes it. By an index that is not that of
            # others it would move the wrong pages and delete what they wrote; one that can only read does neither.
            if use.is_of_the_log():
                use.weigh_anchor()
                super().close()
            else:
                super().close()
                use.weigh_anchor()


def connect_sharing(database: Path, timeout_seconds: float) -> LogConnection:
    """Open a database that exists.

    database: of a Place
    raises: sqlite3.Error; a missing file is one; StoreReplacedError, OSError
    """
    connection: LogConnection = sqlite3.connect(
        f"{database.as_uri()}?mode=rw",
        uri=True,
        timeout=timeout_seconds,
        isolation_level=None,
        check_same_thread=False,
        factory=LogConnection,
    )
    try:
        connection.share(database)
    except BaseException:
        connection.close()
        raise
    return connection
