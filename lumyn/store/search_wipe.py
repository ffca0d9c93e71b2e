"""Ridding the derived file of what was erased: deleting leaves copies of rows that had moved, in the file and its log."""

import sqlite3
from typing import Final

from lumyn.store.connections import is_busy
from lumyn.store.search_schema import BUSY_SECONDS

__all__ = ["note_erasure", "wipe"]

# In meta while there is something to get rid of, so that whoever opens the file next knows; the value tells one time from
# another.
_DUE: Final = "wipe_due"


def note_erasure(connection: sqlite3.Connection, entry_id: str) -> None:
    """Say that the file has to be wiped, within the transaction that deletes. Raises sqlite3.Error."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_DUE, entry_id))


def wipe(connection: sqlite3.Connection, timeout_seconds: float) -> bool:
    """Write the file anew where something was erased from it; False where another program kept the old bytes for now.

    timeout_seconds: to wait for other programs
    cost:            reads and writes the whole file
    raises:          sqlite3.Error
    """
    due = connection.execute("SELECT value FROM meta WHERE key = ?", (_DUE,)).fetchone()
    if due is None:
        return True
    connection.execute(f"PRAGMA busy_timeout = {int(timeout_seconds * 1_000)}")
    try:
        connection.execute("VACUUM")
        (is_kept, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not is_kept:
            connection.execute("DELETE FROM meta WHERE key = ? AND value = ?", (_DUE, *due))
        return not is_kept
    except sqlite3.OperationalError as error:
        if not is_busy(error):
            raise
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1_000)}")
