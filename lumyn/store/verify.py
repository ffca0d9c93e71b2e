"""Everything that a store says of itself, computed again from its bytes."""

import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from lumyn.store.checkpoint import Checkpoint
from lumyn.store.connections import connect, connect_reader
from lumyn.store.entry import ERASURE_PREFIX, KINDS, SALT_SIZE, Entry, commitment_of, erasure_id, header_of
from lumyn.store.errors import NewerSchemaError, NotAStoreError, StoreMissingError
from lumyn.store.findings import Finding, FindingCode, Verified
from lumyn.store.merkle import Frontier, leaf_hash
from lumyn.store.place import Place
from lumyn.store.rows import EntryRow, as_entry, select_erased_ids, select_from, select_range, size_of
from lumyn.store.schema import APPLICATION_ID, SCHEMA_VERSION, expected_objects, objects_of

__all__ = ["verify"]

_BATCH = 256
_DAMAGE_MAX = 20
_UNREADABLE_MAX = 10_000


def verify(
    path: Path,
    *,
    checkpoints: Iterable[Checkpoint] = (),
    contents: Callable[[Entry], Iterable[str]] = lambda _: (),
    progress: Callable[[int, int], object] | None = None,
) -> Generator[Finding, None, Verified]:
    """Yield what is wrong with a store, and what was erased from it; return the log that was read.

    checkpoints: what the log is to extend; without one, a history that was rewritten from some entry on, consistently,
                 or cut off at its end, looks like any other
    contents:    what is wrong with what an entry says, in words; asked of each that has the payload that it is committed to
    progress:    told after each batch how many entries are read, and how many there are
    cost:        reads the file about twice, the second time within one read transaction; checkpoints cost one root each
    raises:      StoreMissingError, NewerSchemaError, NotAStoreError for a database of something else
    """
    if not path.exists():
        raise StoreMissingError(str(path), "there is no store")
    try:
        with closing(_open(Place.of(path))) as connection:
            walk = _Walk(connection, sorted(checkpoints, key=lambda checkpoint: checkpoint.size), contents)
            yield from _check_schema(connection, str(path))
            yield from walk.entries(progress)
            yield from walk.history()
            yield from _check_file(connection)
            return Verified(walk.store_id, walk.frontier.size, walk.frontier.root())
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter where what SQLite says repeats a damaged name
        yield Finding("unreadable", None, None, None, f"the database can't be read: {error}")
        return Verified("", 0, b"")


class _Walk:
    """One pass over the entries, in order."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        checkpoints: Sequence[Checkpoint],
        contents: Callable[[Entry], Iterable[str]],
    ) -> None:
        self.frontier = Frontier()
        self.store_id = ""
        self._connection = connection
        self._checkpoints = checkpoints
        self._by_size: dict[int, list[Checkpoint]] = {}
        for checkpoint in checkpoints:
            self._by_size.setdefault(checkpoint.size, []).append(checkpoint)
        self._contents = contents
        self._differing: list[Finding] = []
        self._proved_size = 0
        self._size = 0
        # False once entries are missing: those behind them stand elsewhere in the tree then.
        self._is_whole = True
        self._erased_ids: set[str] = set()

    def entries(self, progress: Callable[[int, int], object] | None) -> Iterator[Finding]:
        """Check every entry, in order, and the roots of the checkpoints on the way."""
        first = self._connection.execute("SELECT store_id FROM meta WHERE schema_version = 1").fetchone()
        if first is not None:  # else the table of versions is among the findings
            (self.store_id,) = first
        self._size = size = size_of(self._connection)
        self._erased_ids = select_erased_ids(self._connection)
        if not size:
            yield Finding("genesis", 0, 0, None, "the log is empty")
        (lowest,) = self._connection.execute("SELECT min(seq) FROM entries").fetchone()
        next_seq = min(0, lowest or 0)
        unreadable_count = 0
        while next_seq < size and unreadable_count < _UNREADABLE_MAX:
            rows, unreadable = self._read(next_seq, size)
            yield from unreadable
            unreadable_count += len(unreadable)
            for row in rows:
                entry = as_entry(row)
                if entry.seq > next_seq:
                    self._is_whole = False
                    yield from _gaps(next_seq, entry.seq, [finding.first for finding in unreadable])
                yield from self._check(entry, row)
                next_seq = entry.seq + 1
            for finding in unreadable:
                self._is_whole = False
                next_seq = max(next_seq, 1 + (finding.last or 0))
            if not rows and not unreadable:
                break
            if progress is not None:
                progress(min(next_seq, size), size)
        if next_seq < size:
            yield Finding("unreadable", next_seq, size - 1, None, "not looked at: too much before it can't be read")

    def history(self) -> Iterator[Finding]:
        """What the checkpoints found."""
        yield from self._differing
        for checkpoint in self._checkpoints:
            if checkpoint.store_id != self.store_id:
                detail = f"the checkpoint is of another log, {checkpoint.store_id}"
                yield Finding("history", None, None, None, detail)
            elif checkpoint.size > self._size:
                detail = f"the log had {checkpoint.size} entries at the checkpoint, and has {self._size} now"
                yield Finding("history", self._size, checkpoint.size - 1, None, detail)
            elif not self._is_whole and checkpoint.size > self._proved_size:
                detail = "can't be compared with the checkpoint: some of these entries are missing"
                yield Finding("history", self._proved_size, checkpoint.size - 1, None, detail)

    def _read(self, start: int, size: int) -> tuple[list[EntryRow], list[Finding]]:
        """The next rows; where they can't be read at once, those that can be read alone, and findings for the others."""
        try:
            return select_from(self._connection, start, _BATCH), []
        except sqlite3.Error:
            rows: list[EntryRow] = []
            unreadable: list[Finding] = []
            for seq in range(start, min(start + _BATCH, size)):
                try:
                    rows += select_range(self._connection, seq, seq + 1)
                except sqlite3.Error as error:
                    unreadable.append(Finding("unreadable", seq, seq, None, str(error)))
            return rows, unreadable

    def _check(self, entry: Entry, row: EntryRow) -> Iterator[Finding]:
        """One entry: types, header against leaf, payload against header, and its place in the log."""

        def finding(code: FindingCode, detail: str) -> Finding:
            return Finding(code, entry.seq, entry.seq, entry.entry_id, detail)

        if not _is_well_typed(row):
            yield Finding("header", entry.seq, entry.seq, None, "a column holds what it can't hold")
            self._append(b"")
            return
        leaf = leaf_hash(header_of(entry, entry.commitment))
        if leaf != entry.leaf:
            yield finding("header", "its columns are not those that its leaf was made from")
        self._append(leaf)
        if (entry.seq == 0) != (entry.kind == "genesis") or (entry.seq == 0 and entry.entry_id != self.store_id):
            yield finding("genesis", "a log begins with its genesis entry, and has one only")
        if entry.kind == "erasure":
            erased_id = entry.entry_id.removeprefix(ERASURE_PREFIX)
            if entry.entry_id == erased_id or _kind_of(self._connection, erased_id) not in {"record", "event"}:
                yield finding("erasure", "it erases no record and no event")
        if entry.payload is not None and entry.salt is not None:
            if entry.entry_id in self._erased_ids:
                yield finding("erasure", "the log says that it was erased, and its payload is there")
            if commitment_of(entry.salt, entry.payload) != entry.commitment:
                yield finding("payload", "its payload is not the one that its header commits to")
            else:
                yield from (finding("contents", detail) for detail in self._contents(entry))
        elif entry.kind in {"record", "event"} and _kind_of(self._connection, erasure_id(entry.entry_id)) == "erasure":
            yield finding("erased", "its payload was erased")
        else:
            yield finding("payload", "its payload is missing, and no erasure says so")

    def _append(self, leaf: bytes) -> None:
        """Grow the tree, and compare it where a checkpoint was made."""
        self.frontier.append(leaf)
        if not self._is_whole:
            return
        for checkpoint in self._by_size.get(self.frontier.size, ()):
            if checkpoint.store_id != self.store_id:
                continue
            if checkpoint.root == self.frontier.root():
                self._proved_size = checkpoint.size
            else:
                detail = "not as it was at the checkpoint: some of these entries were changed"
                self._differing.append(Finding("history", self._proved_size, checkpoint.size - 1, None, detail))


def _gaps(start: int, stop: int, unreadable: Sequence[int | None]) -> Iterator[Finding]:
    """Entries from one seq up to another that are missing; those that are there and can't be read are no gap."""
    first = start
    for seq in [*(seq for seq in unreadable if seq is not None and start <= seq < stop), stop]:
        if first < seq:
            yield Finding("gap", first, seq - 1, None, "missing from the log")
        first = seq + 1


def _open(place: Place) -> sqlite3.Connection:
    """Open a database to read; one on a read-only medium too, where it has no write-ahead log.

    raises: sqlite3.Error
    """
    connection = connect_reader(place.database)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        return connection
    except sqlite3.OperationalError:
        connection.close()
        if place.wal_size_bytes():
            raise
        return connect(place.database, "ro&immutable=1")


def _check_schema(connection: sqlite3.Connection, path: str) -> Iterator[Finding]:
    """Tables, indexes and triggers against what this version has.

    raises: NewerSchemaError, NotAStoreError, sqlite3.Error
    """
    objects = objects_of(connection)
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if ("table", "meta") not in objects:
        raise NotAStoreError(path, "not a store of Lumyn's")
    if application_id != APPLICATION_ID:
        yield Finding("schema", None, None, None, "the file doesn't say that it is a store")
    versions = connection.execute("SELECT schema_version, store_id FROM meta ORDER BY schema_version").fetchall()
    version = len(versions)
    if versions and isinstance(versions[-1][0], int) and versions[-1][0] > SCHEMA_VERSION:
        raise NewerSchemaError(path, versions[-1][0], SCHEMA_VERSION)
    if [number for number, _ in versions] != list(range(1, version + 1)) or len({name for _, name in versions}) != 1:
        yield Finding("schema", None, None, None, "its table of versions was changed")
    expected = expected_objects(min(version, SCHEMA_VERSION))
    # In a damaged file a name may be anything.
    for kind, name in sorted(expected.keys() | objects.keys(), key=str):
        if (kind, name) not in objects:
            yield Finding("schema", None, None, None, f"the {kind} {name} is missing")
        elif (kind, name) not in expected:
            yield Finding("schema", None, None, None, f"the {kind} {name} does not belong there")
        elif objects[kind, name] != expected[kind, name]:
            yield Finding("schema", None, None, None, f"the {kind} {name} was changed")


def _check_file(connection: sqlite3.Connection) -> Iterator[Finding]:
    """What rows alone don't show: pages and indexes, payloads of no entry, ids of two."""
    for (seq,) in connection.execute(
        "SELECT payloads.seq FROM payloads LEFT JOIN entries ON entries.seq = payloads.seq WHERE entries.seq IS NULL"
    ):
        yield Finding("payload", seq, seq, None, "a payload of no entry")
    for entry_id, first, last in connection.execute(
        "SELECT id, min(seq), max(seq) FROM entries NOT INDEXED GROUP BY id HAVING count(*) > 1"
    ):
        yield Finding("duplicate", first, last, entry_id, "the id of two entries or more")
    for first_id, first, last in connection.execute(
        "SELECT id, min(seq), max(seq) FROM entries NOT INDEXED WHERE kind = 'record' AND request_id IS NOT NULL"
        " GROUP BY ifnull(tenant, x''), request_id HAVING count(*) > 1"
    ):
        yield Finding("duplicate", first, last, first_id, "the request_id of two records or more")
    for (detail,) in connection.execute(f"PRAGMA integrity_check({_DAMAGE_MAX})"):
        if detail != "ok":
            yield Finding("damaged", None, None, None, detail)


def _kind_of(connection: sqlite3.Connection, entry_id: str) -> str | None:
    row = connection.execute("SELECT kind FROM entries WHERE id = ?", (entry_id,)).fetchone()
    return None if row is None else row[0]


def _is_well_typed(row: Sequence[object]) -> bool:
    """True when every column holds what the schema lets it hold."""
    seq, kind, entry_id, decision_id, created_at, tenant, request_id, request_mac, commitment, leaf, salt, payload = row
    return (
        isinstance(seq, int)
        and kind in KINDS
        and isinstance(entry_id, str)
        and isinstance(created_at, str)
        and all(text is None or isinstance(text, str) for text in (decision_id, tenant, request_id, request_mac))
        and all(isinstance(digest, bytes) and len(digest) == 32 for digest in (commitment, leaf))
        and (salt is None) == (payload is None)
        and (salt is None or (isinstance(salt, bytes) and len(salt) == SALT_SIZE and isinstance(payload, bytes)))
    )
