"""How a store begins: its file appears whole, with its key beside it and entry 0 in it."""

import hmac
import os
import sqlite3

from lumyn.files import read_regular
from lumyn.store.connections import connect
from lumyn.store.entry import Draft, seal
from lumyn.store.errors import StoreKeyError
from lumyn.store.place import Place, new_file, sync_folder, write_whole
from lumyn.store.rows import append
from lumyn.store.schema import migrate

__all__ = ["KEY_SIZE", "found", "is_key_of", "key_id", "read_key"]

KEY_SIZE = 32


def found(place: Place, created_at: str) -> None:
    """Make a store, while the caller holds its lock; nothing happens where one is.

    raises: StoreKeyError, sqlite3.Error, OSError
    """
    if place.database.exists():
        return
    if not place.key.exists():
        write_whole(place.key, os.urandom(KEY_SIZE))
    # One that is there already was left by a process that ended in between.
    key = read_key(place)
    beside = place.database.with_name(f"{place.database.name}.new")
    beside.unlink(missing_ok=True)
    os.close(new_file(beside))
    connection = connect(beside)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        store_id = os.urandom(16).hex()
        migrate(connection, 0, store_id)
        payload = f'{{"key_id":"{key_id(key)}","schema_version":"log.v0","store_id":"{store_id}"}}'
        append(connection, 0, seal(Draft("genesis", store_id, None, created_at, None, None, None, payload.encode())))
        connection.execute("COMMIT")
    finally:
        connection.close()
    beside.rename(place.database)
    sync_folder(place.database.parent)


def read_key(place: Place) -> bytes:
    """The key beside a store.

    raises: StoreKeyError, OSError
    """
    try:
        key = read_regular(place.key, KEY_SIZE)
    except FileNotFoundError:
        raise StoreKeyError(str(place.key), "the store's key is missing; restore it from a backup") from None
    if len(key) != KEY_SIZE:
        size = "more" if len(key) > KEY_SIZE else len(key)
        raise StoreKeyError(str(place.key), f"a store's key has {KEY_SIZE} bytes, this file {size}")
    return key


def key_id(key: bytes) -> str:
    """Tells one key from another without giving it away."""
    return hmac.digest(key, b"lumyn store key", "sha256").hex()[:16]


def is_key_of(connection: sqlite3.Connection, key: bytes) -> bool:
    """True when entry 0 names this key."""
    row = connection.execute("SELECT payload FROM payloads WHERE seq = 0").fetchone()
    return row is not None and f'"key_id":"{key_id(key)}"'.encode() in row[0]
