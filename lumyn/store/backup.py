"""A copy of a store that is taken while it is written to, and read again before it counts."""

import os
import sqlite3
from contextlib import closing

from lumyn.store.connections import connect
from lumyn.store.errors import StoreExistsError, StoreUnreadableError
from lumyn.store.place import Place, new_file, sync_folder, write_whole
from lumyn.store.rows import size_of
from lumyn.store.verify import verify

__all__ = ["write_backup"]


def write_backup(source: sqlite3.Connection, key: bytes, place: Place) -> int:
    """Copy a store and its key to where nothing is yet; the size of the copy in entries.

    One read transaction, so that the copy is the log as it was at one moment.

    raises: StoreExistsError, StoreUnreadableError, sqlite3.Error, OSError
    """
    for path in (place.database, place.key, place.wal):
        if path.exists():
            raise StoreExistsError(str(path), "a file is there already; a backup never overwrites")
    beside = place.database.with_name(f"{place.database.name}.new")
    beside.unlink(missing_ok=True)
    os.close(new_file(beside))
    try:
        with closing(connect(beside)) as copy:
            source.backup(copy)
            # One file, without a write-ahead log beside it.
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()
            size = size_of(copy)
        for finding in verify(beside):
            if finding.is_wrong:
                raise StoreUnreadableError(str(place.database), f"the copy doesn't verify: {finding}")
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        write_whole(place.key, key)
        beside.rename(place.database)
        sync_folder(place.database.parent)
    finally:
        beside.unlink(missing_ok=True)
    return size
