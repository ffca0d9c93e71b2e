"""Rows of the log: entries written and read, in SQL."""

import sqlite3
from collections.abc import Sequence

from lumyn.store.entry import ERASURE_PREFIX, Draft, Earlier, Entry, EntryKind, Sealed, commitment_of, header_of
from lumyn.store.errors import (
    EntryAlteredError,
    EntryErasedError,
    EntryIdReusedError,
    EntryNotFoundError,
    RequestIdReusedError,
    StoreError,
)
from lumyn.store.merkle import leaf_hash
from lumyn.store.pending import Committed

__all__ = [
    "EntryRow",
    "append",
    "append_all",
    "as_entry",
    "find_id",
    "find_request",
    "has_id",
    "peek_id",
    "repeated",
    "select_erased_ids",
    "select_events",
    "select_from",
    "select_leaves",
    "select_prefix",
    "select_range",
    "size_of",
    "sound",
]

# seq, kind, id, decision_id, created_at, tenant, request_id, request_mac, commitment, leaf, salt, payload
EntryRow = tuple[
    int,
    EntryKind,
    str,
    str | None,
    str,
    str | None,
    str | None,
    str | None,
    bytes,
    bytes,
    bytes | None,
    bytes | None,
]

# A salt of zeros comes of an erasure alone: chance makes one in 2^128.
_SELECT = (
    "SELECT entries.seq, kind, id, decision_id, created_at, tenant, request_id, request_mac, commitment, leaf,"
    " iif(salt = zeroblob(16) AND payload = zeroblob(length(payload)), NULL, salt),"
    " iif(salt = zeroblob(16) AND payload = zeroblob(length(payload)), NULL, payload)"
    " FROM entries LEFT JOIN payloads ON payloads.seq = entries.seq"
)


def append(connection: sqlite3.Connection, seq: int, sealed: Sealed) -> Committed | StoreError:
    """Write an entry at the end of the log, within a transaction, or say why the log answers otherwise.

    seq:     the size of the log; it has grown by one when the answer is Committed and no replay
    raises:  sqlite3.Error
    """
    draft = sealed.draft
    if draft.earlier is not None and (answer := _decided_before(connection, draft.tenant, draft.earlier)) is not None:
        return answer
    if draft.kind == "erasure" and not _is_erasable(connection, draft.entry_id.removeprefix(ERASURE_PREFIX)):
        return EntryNotFoundError(draft.entry_id.removeprefix(ERASURE_PREFIX))
    try:
        connection.execute(_INSERT_ENTRY, _entry_values(seq, sealed))
    except sqlite3.IntegrityError:
        # The database has refused the insert, so looking first would only cost time.
        answer = repeated(connection, draft)
        if answer is None:
            raise
        return answer
    connection.execute(_INSERT_PAYLOAD, (seq, sealed.salt, draft.payload))
    if draft.kind == "erasure":
        connection.execute(
            "UPDATE payloads SET salt = zeroblob(16), payload = zeroblob(length(payload))"
            " WHERE seq = (SELECT seq FROM entries WHERE id = ?)",
            (draft.entry_id.removeprefix(ERASURE_PREFIX),),
        )
    return Committed(draft.payload, seq, is_replay=False)


def append_all(connection: sqlite3.Connection, seq: int, batch: Sequence[Sealed]) -> None:
    """Write entries that are no erasures at the end of the log, in two statements, within a transaction.

    Each statement lets other threads run meanwhile, which are in no hurry to let this one go on.

    seq:    the size of the log
    raises: sqlite3.IntegrityError where the log has an id or request_id of theirs; nothing is written then; sqlite3.Error
    """
    entries: list[object] = []
    payloads: list[object] = []
    for number, sealed in enumerate(batch, seq):
        entries += _entry_values(number, sealed)
        payloads += (number, sealed.salt, sealed.draft.payload)
    connection.execute(_INSERT_ENTRY + _ONE_MORE_ENTRY * (len(batch) - 1), entries)
    connection.execute(_INSERT_PAYLOAD + _ONE_MORE_PAYLOAD * (len(batch) - 1), payloads)


_INSERT_ENTRY = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ONE_MORE_ENTRY = ", (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_PAYLOAD = "INSERT INTO payloads VALUES (?, ?, ?)"
_ONE_MORE_PAYLOAD = ", (?, ?, ?)"


def _entry_values(seq: int, sealed: Sealed) -> tuple[object, ...]:
    """The columns of an entry."""
    draft = sealed.draft
    return (
        seq,
        draft.kind,
        draft.entry_id,
        draft.decision_id,
        draft.created_at,
        draft.tenant,
        draft.request_id,
        draft.request_mac,
        sealed.commitment,
        sealed.leaf,
    )


def repeated(connection: sqlite3.Connection, draft: Draft) -> Committed | StoreError | None:
    """What to answer a draft whose request_id or id the log has; None when it has neither.

    raises: sqlite3.Error
    """
    try:
        return _repeated(connection, draft)
    except EntryAlteredError as error:
        return error


def _repeated(connection: sqlite3.Connection, draft: Draft) -> Committed | StoreError | None:
    if draft.kind == "record" and draft.request_id is not None:
        first = find_request(connection, draft.tenant, draft.request_id)
        if first is not None:
            is_same = first.request_mac is not None and first.request_mac == draft.request_mac
            return _replay_of(first) if is_same else RequestIdReusedError(draft.request_id, first.entry_id)
    first_by_id = find_id(connection, draft.entry_id)
    if first_by_id is None:
        return None
    return _replay_of(first_by_id) if _is_repetition(draft, first_by_id) else EntryIdReusedError(draft.entry_id)


def find_id(connection: sqlite3.Connection, entry_id: str) -> Entry | None:
    """The entry of an id. Raises EntryAlteredError."""
    found = peek_id(connection, entry_id)
    return None if found is None else sound(found)


def peek_id(connection: sqlite3.Connection, entry_id: str) -> Entry | None:
    """The entry of an id, whether or not it is what was stored."""
    row = connection.execute(f"{_SELECT} WHERE id = ?", (entry_id,)).fetchone()
    return None if row is None else as_entry(row)


def find_request(connection: sqlite3.Connection, tenant: str | None, request_id: str) -> Entry | None:
    """The record of a request_id within its tenant. Raises EntryAlteredError."""
    row = connection.execute(
        f"{_SELECT} WHERE kind = 'record' AND request_id IS NOT NULL AND ifnull(tenant, x'') = ? AND request_id = ?",
        (b"" if tenant is None else tenant, request_id),
    ).fetchone()
    return None if row is None else sound(as_entry(row))


def has_id(connection: sqlite3.Connection, entry_id: str) -> bool:
    """True when the log has an entry of that id."""
    return connection.execute("SELECT 1 FROM entries WHERE id = ?", (entry_id,)).fetchone() is not None


def size_of(connection: sqlite3.Connection) -> int:
    """How many entries the log has."""
    (size,) = connection.execute("SELECT ifnull(max(seq), -1) + 1 FROM entries").fetchone()
    return int(size)


def select_range(connection: sqlite3.Connection, start: int, stop: int) -> list[EntryRow]:
    """Rows from one seq up to another, that one excluded."""
    return connection.execute(
        f"{_SELECT} WHERE entries.seq >= ? AND entries.seq < ? ORDER BY entries.seq", (start, stop)
    ).fetchall()


def select_from(connection: sqlite3.Connection, start: int, count_max: int) -> list[EntryRow]:
    """The next rows from one seq on, whether there are gaps between them or not."""
    return connection.execute(
        f"{_SELECT} WHERE entries.seq >= ? ORDER BY entries.seq LIMIT ?", (start, count_max)
    ).fetchall()


def select_events(connection: sqlite3.Connection, decision_id: str) -> list[EntryRow]:
    """Rows of the events of a decision, in log order."""
    return connection.execute(
        f"{_SELECT} WHERE kind = 'event' AND decision_id = ? ORDER BY entries.seq", (decision_id,)
    ).fetchall()


def select_prefix(connection: sqlite3.Connection, prefix: str, after: str, limit: int) -> list[EntryRow]:
    """Rows whose id begins with a prefix and comes after another id, in order of ids."""
    return connection.execute(
        f"{_SELECT} WHERE id >= ? AND id > ? AND substr(id, 1, ?) = ? ORDER BY id LIMIT ?",
        (prefix, after, len(prefix), prefix, limit),
    ).fetchall()


def select_leaves(connection: sqlite3.Connection, start: int, stop: int) -> list[tuple[int, bytes]]:
    """(seq, leaf) from one seq up to another, that one excluded."""
    return connection.execute(
        "SELECT seq, leaf FROM entries WHERE seq >= ? AND seq < ? ORDER BY seq", (start, stop)
    ).fetchall()


def select_erased_ids(connection: sqlite3.Connection) -> set[str]:
    """Ids of what the log says to be erased."""
    rows = connection.execute(
        "SELECT id FROM entries WHERE id >= ? AND substr(id, 1, ?) = ? AND kind = 'erasure'",
        (ERASURE_PREFIX, len(ERASURE_PREFIX), ERASURE_PREFIX),
    )
    return {entry_id.removeprefix(ERASURE_PREFIX) for (entry_id,) in rows}


def as_entry(row: EntryRow) -> Entry:
    """A row as the entry it is."""
    seq, kind, entry_id, decision_id, created_at, tenant, request_id, request_mac, commitment, leaf, salt, payload = row
    return Entry(
        seq, kind, entry_id, decision_id, created_at, tenant, request_id, request_mac, payload, salt, commitment, leaf
    )


def sound(entry: Entry) -> Entry:
    """The entry, if its bytes and columns are those that its leaf is the hash of; some µs."""
    is_sound = leaf_hash(header_of(entry, entry.commitment)) == entry.leaf
    if is_sound and entry.payload is not None and entry.salt is not None:
        is_sound = commitment_of(entry.salt, entry.payload) == entry.commitment
    if not is_sound:
        raise EntryAlteredError(entry.entry_id)
    return entry


def _decided_before(
    connection: sqlite3.Connection, tenant: str | None, earlier: Earlier
) -> Committed | StoreError | None:
    """The answer that the log has already; one that was erased is none."""
    for request_id in earlier.request_ids:
        try:
            found = find_request(connection, tenant, request_id)
        except EntryAlteredError as error:
            return error
        if found is not None and found.payload is not None and found.created_at >= earlier.since:
            return Committed(found.payload, found.seq, is_replay=True)
    return None


def _is_erasable(connection: sqlite3.Connection, entry_id: str) -> bool:
    row = connection.execute("SELECT kind FROM entries WHERE id = ?", (entry_id,)).fetchone()
    return row is not None and row[0] in {"record", "event"}


def _is_repetition(draft: Draft, first: Entry) -> bool:
    """True when a draft says again what an entry of its id said."""
    if (draft.kind, draft.request_mac) != (first.kind, first.request_mac):
        return False
    return draft.request_mac is not None or draft.kind == "erasure" or draft.payload == first.payload


def _replay_of(first: Entry) -> Committed | StoreError:
    if first.payload is None:
        return EntryErasedError(first.entry_id)
    return Committed(first.payload, first.seq, is_replay=True)
