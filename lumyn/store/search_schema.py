"""The derived file: its tables, and how it is opened or made anew."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from lumyn.store.connections import is_busy
from lumyn.store.errors import StoreUnreadableError

__all__ = ["BUSY_SECONDS", "connect_follower", "empty", "open_search"]

# To wait for another process.
BUSY_SECONDS: Final = 10.0

# More than the default, so that a portion of entries finds the pages that it changes; and no more than this, since every
# process that follows a log fills it, within ten thousand decisions.
_FOLLOWER_CACHE_KIB: Final = 8_192

_VERSION: Final = "2"

_SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE decisions (
  seq INTEGER PRIMARY KEY, decision_id TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL, tenant TEXT,
  action_type TEXT NOT NULL, verdict TEXT NOT NULL, mode TEXT NOT NULL, is_dry_run INTEGER NOT NULL, request_id TEXT,
  policy_hash TEXT NOT NULL, target_system TEXT, target_id TEXT, correlation_id TEXT, context_digest TEXT NOT NULL,
  intent TEXT NOT NULL
);
CREATE INDEX decisions_by_time ON decisions (created_at);
CREATE INDEX decisions_by_tenant ON decisions (tenant, seq);
CREATE INDEX decisions_by_action ON decisions (action_type, seq);
CREATE INDEX decisions_by_verdict ON decisions (verdict, seq);
CREATE INDEX decisions_by_target ON decisions (target_id, seq);
CREATE INDEX decisions_by_correlation ON decisions (correlation_id, seq);
CREATE INDEX decisions_by_context ON decisions (context_digest, seq);
CREATE TABLE reasons (code TEXT, seq INTEGER, PRIMARY KEY (code, seq)) WITHOUT ROWID;
CREATE TABLE rules (rule_id TEXT, seq INTEGER, PRIMARY KEY (rule_id, seq)) WITHOUT ROWID;
CREATE TABLE labels (
  seq INTEGER PRIMARY KEY, decision_id TEXT NOT NULL, label TEXT NOT NULL, actor TEXT NOT NULL, scope TEXT NOT NULL,
  features TEXT NOT NULL, is_last INTEGER NOT NULL
);
CREATE INDEX labels_by_decision ON labels (decision_id, seq);
CREATE INDEX labels_by_situation ON labels (scope, features, label, seq) WHERE is_last = 1;
CREATE TABLE situations (
  scope TEXT, features TEXT, label TEXT, count INTEGER NOT NULL, last_seq INTEGER NOT NULL,
  PRIMARY KEY (scope, features, label)
) WITHOUT ROWID;
CREATE INDEX situations_by_last ON situations (scope, label, last_seq);
CREATE TABLE scopes (scope TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE policies (policy_hash TEXT PRIMARY KEY, seq INTEGER NOT NULL, created_at TEXT NOT NULL) WITHOUT ROWID;
"""


def open_search(path: Path, store_id: str) -> sqlite3.Connection:
    """The file, made anew where it is not this store's or can't be read.

    raises: StoreUnreadableError where another program keeps it locked; OSError
    """
    for _ in range(2):
        try:
            connection = _connected(path)
            with closing(connection.cursor()) as cursor:
                cursor.execute("BEGIN IMMEDIATE")
                if cursor.execute("SELECT 1 FROM sqlite_master").fetchone() is None:
                    for statement in _SCHEMA.split(";"):
                        cursor.execute(statement)
                    known = {"version": _VERSION, "store_id": store_id, "next_seq": "0", "leaf": "", "changes": "0"}
                    cursor.executemany("INSERT INTO meta VALUES (?, ?)", known.items())
                found = dict(cursor.execute("SELECT key, value FROM meta"))
                cursor.execute("COMMIT")
            if (found.get("version"), found.get("store_id")) == (_VERSION, store_id):
                return connection
            connection.close()
        except sqlite3.DatabaseError as error:
            if is_busy(error):
                # Somebody uses it, so nothing is wrong with it.
                raise StoreUnreadableError(str(path), "another program keeps it locked") from error
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
    return _connected(path)


def empty(connection: sqlite3.Connection) -> None:
    """Forget everything, as if no entry had been followed, within a transaction. Raises sqlite3.Error."""
    for table in ("decisions", "reasons", "rules", "labels", "situations", "policies"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own words
    # Versions go on: whoever holds what was remembered before has to learn that it is to be read anew.
    connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'changes'")
    connection.execute("UPDATE scopes SET version = (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'changes')")
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('next_seq', '0'), ('leaf', '')")


def connect_follower(path: Path) -> sqlite3.Connection:
    """A connection that writes much at a time: its pages are changed in memory before they go to the disk.

    raises: sqlite3.Error, OSError
    """
    connection = _connected(path)
    connection.execute(f"PRAGMA cache_size = -{_FOLLOWER_CACHE_KIB}")
    return connection


def _connected(path: Path) -> sqlite3.Connection:
    # Only its owner may read it: it says who did what.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA secure_delete=ON")
    return connection
