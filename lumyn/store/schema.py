"""The database's schema: numbered migrations that add and never rewrite."""

import sqlite3
from functools import cache
from importlib.resources import files

from lumyn.store.errors import NewerSchemaError, NotAStoreError

__all__ = ["APPLICATION_ID", "SCHEMA_VERSION", "expected_objects", "migrate", "objects_of", "read_version"]

# "Lumy": what `file` and SQLite itself see of a store.
APPLICATION_ID = 0x4C756D79

_MIGRATIONS = ("0001_log.sql", "0002_payloads_in_turn.sql")

SCHEMA_VERSION = len(_MIGRATIONS)


def read_version(connection: sqlite3.Connection, path: str) -> tuple[int, str]:
    """Schema version and store_id of a store.

    path:   for the errors
    raises: NotAStoreError, NewerSchemaError, sqlite3.Error
    """
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID:
        raise NotAStoreError(path, "not a store of Lumyn's")
    row = connection.execute(
        "SELECT schema_version, store_id FROM meta ORDER BY schema_version DESC LIMIT 1"
    ).fetchone()
    if row is None:
        raise NotAStoreError(path, "not a store of Lumyn's: it has no schema version")
    version, store_id = row
    if version > SCHEMA_VERSION:
        raise NewerSchemaError(path, version, SCHEMA_VERSION)
    return version, store_id


def migrate(connection: sqlite3.Connection, version: int, store_id: str) -> None:
    """Bring a schema from a version, 0 for an empty database, to the newest, within the caller's transaction.

    raises: sqlite3.Error
    """
    for number, name in enumerate(_MIGRATIONS[version:], version + 1):
        for statement in _statements(name):
            connection.execute(statement)
        connection.execute("INSERT INTO meta VALUES (?, ?)", (number, store_id))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def objects_of(connection: sqlite3.Connection) -> dict[tuple[str, str], str | None]:
    """Every table, index and trigger of a database: (type, name) → its SQL, None for what SQLite makes itself."""
    return {(kind, name): sql for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master")}


@cache
def expected_objects(version: int) -> dict[tuple[str, str], str | None]:
    """What `objects_of` a store of that version should be."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for name in _MIGRATIONS[:version]:
            for statement in _statements(name):
                connection.execute(statement)
        return objects_of(connection)
    finally:
        connection.close()


@cache
def _statements(name: str) -> tuple[str, ...]:
    """The statements of a migration: executescript would commit the transaction that they belong to."""
    text = files("lumyn.store").joinpath("migrations", name).read_text(encoding="utf-8")
    statements: list[str] = []
    pending = ""
    for line in text.splitlines(keepends=True):
        if line.startswith("--"):
            continue
        pending += line
        if sqlite3.complete_statement(pending) and pending.strip():
            statements.append(pending.strip())
            pending = ""
    assert not pending.strip(), f"{name} ends within a statement"
    return tuple(statements)
