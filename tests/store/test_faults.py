"""What breaks under a store: nothing is acknowledged that is not stored, and it heals when the fault goes."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import attrs
import pytest

from lumyn.store import Pending
from lumyn.store.connections import connect_writer
from lumyn.store.entry import Draft, seal
from lumyn.store.errors import (
    StorageUnavailableError,
    StoreReplacedError,
    StoreUnreadableError,
)
from lumyn.store.pending import Line
from lumyn.store.place import FileLock, Place
from lumyn.store.sqlite import SqliteStore
from tests.store.stores import NOW, PATIENCE_SECONDS, eventually, hanging_commit, policy, record, wrong


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store is to be."""
    return tmp_path / "lumyn.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """A store with one record, entry 1."""
    with SqliteStore.open(path, create=True) as store:
        store.submit(record("first")).wait(PATIENCE_SECONDS)
        yield store


def outcome_of(pending: Pending, deadline_seconds: float = 0.2) -> str:
    """What is known of an entry whose deadline passes."""
    with pytest.raises(StorageUnavailableError) as caught:
        pending.wait(deadline_seconds)
    assert caught.value.detail
    return caught.value.outcome


def heals(store: SqliteStore, path: Path) -> None:
    """Entries are stored again, without a restart, and the log is whole."""

    def is_stored() -> bool:
        try:
            store.submit(record(f"again-{os.urandom(4).hex()}")).wait(PATIENCE_SECONDS)
        except StorageUnavailableError:
            return False
        return True

    eventually(is_stored)
    assert not store.fault
    assert wrong(path) == []
    assert [entry.seq for entry in store.scan()] == list(range(store.size()))


def fill_disk(filler: Path) -> None:
    """Leave no room."""
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1024))


def test_a_deleted_file_is_a_fault_and_no_empty_store(store: SqliteStore, path: Path) -> None:
    """Writing and reading fail until the same file is back; no other is made."""
    away = path.with_name("away")
    path.rename(away)
    assert outcome_of(store.submit(record("a"))) == "not_stored"
    assert "deleted" in store.fault
    with pytest.raises(StoreReplacedError):
        store.size()
    assert not path.exists()
    away.rename(path)
    heals(store, path)
    assert store.by_id("dec_a") is None


def test_a_swapped_file_is_a_fault(store: SqliteStore, path: Path) -> None:
    """A copy of the same store is another file too, and isn't touched."""
    away = path.with_name("away")
    path.rename(away)
    shutil.copy(away, path)
    content = path.read_bytes()
    assert outcome_of(store.submit(record("a"))) == "not_stored"
    with pytest.raises(StoreReplacedError):
        store.by_id("dec_first")
    assert path.read_bytes() == content
    away.replace(path)
    heals(store, path)


def test_a_deleted_write_ahead_log_is_a_fault(store: SqliteStore, path: Path) -> None:
    """What is written to a file that has no name is lost."""
    path.with_name("lumyn.db-wal").unlink()
    assert outcome_of(store.submit(record("a"))) == "not_stored"


def test_nothing_is_lost_where_log_and_index_are_deleted(store: SqliteStore, path: Path) -> None:
    """Nobody else has them, so what this process still holds of them goes into the database."""
    path.with_name("lumyn.db-wal").unlink()
    path.with_name("lumyn.db-shm").unlink()
    assert outcome_of(store.submit(record("a"))) == "not_stored"
    heals(store, path)
    assert store.by_id("dec_first") is not None


_ELSEWHERE = """
import sys
from lumyn.store.sqlite import SqliteStore
from tests.store.stores import PATIENCE_SECONDS, record
with SqliteStore.open(sys.argv[1]) as store:
    for name in sys.argv[2:]:
        store.submit(record(name)).wait(PATIENCE_SECONDS)
"""


def _store_elsewhere(path: Path, *names: str) -> None:
    """Store records by another process, which opens the store and closes it again."""
    subprocess.run([sys.executable, "-c", _ELSEWHERE, str(path), *names], check=True, timeout=PATIENCE_SECONDS)


@pytest.mark.parametrize("is_closed_at_once", [False, True])
def test_a_deleted_index_loses_nothing_of_any_process(
    store: SqliteStore, path: Path, *, is_closed_at_once: bool
) -> None:
    """Other processes make a new one, by which this process would write, move and delete the wrong frames."""
    assert store.size() == 2
    path.with_name("lumyn.db-shm").unlink()
    _store_elsewhere(path, "b1", "b2", "b3")
    if not is_closed_at_once:
        assert outcome_of(store.submit(record("a"))) == "not_stored"
        assert "lumyn.db-shm" in store.fault
        heals(store, path)
        _store_elsewhere(path, "b4")
        heals(store, path)
    store.close()
    with SqliteStore.open(path) as again:
        assert all(again.by_id(f"dec_{name}") for name in ("first", "b1", "b2", "b3"))
        assert again.by_id("dec_b4") is not None or is_closed_at_once
    assert wrong(path) == []


def test_a_deleted_index_heals_for_all_stores_of_a_process(store: SqliteStore, path: Path) -> None:
    """They share it, so it is let go of when the last of them has seen it."""
    with SqliteStore.open(path) as other:
        other.submit(record("other")).wait(PATIENCE_SECONDS)
        path.with_name("lumyn.db-shm").unlink()
        assert outcome_of(store.submit(record("a"))) == "not_stored"
        assert outcome_of(other.submit(record("b"))) == "not_stored"
        heals(store, path)
        heals(other, path)
        assert store.size() == other.size()


def test_a_log_that_lost_its_end_is_a_fault_even_where_file_and_id_are_the_same(path: Path) -> None:
    """An older state that was copied over the file."""
    with SqliteStore.open(path, create=True) as store:
        old = path.read_bytes()
        store.submit(record("first")).wait(PATIENCE_SECONDS)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        with _interrupted(store):
            path.write_bytes(old)
            assert outcome_of(store.submit(record("a")), PATIENCE_SECONDS) == "not_stored"
        assert "no longer there" in store.fault or "malformed" in store.fault


def test_a_lock_that_another_program_holds_costs_the_deadline_only(store: SqliteStore, path: Path) -> None:
    """Whoever gave up is not stored later."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert outcome_of(store.submit(record("a"))) == "not_stored"
        late = store.submit(record("b"))
        other.execute("ROLLBACK")
    assert late.wait(PATIENCE_SECONDS).seq == 2
    heals(store, path)
    assert store.by_id("dec_a") is None


def test_a_database_that_can_only_be_read_stores_nothing(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a file system that was mounted read-only after an error."""

    def connect_reader(database: Path) -> sqlite3.Connection:
        connection = connect_writer(database)
        connection.execute("PRAGMA query_only = ON")
        return connection

    assert store._committer._writer._connection is not None
    with monkeypatch.context() as changed:
        changed.setattr("lumyn.store.writer.connect_writer", connect_reader)
        store._committer._writer._connection.execute("PRAGMA query_only = ON")
        assert outcome_of(store.submit(record("a"))) == "not_stored"
        assert store.by_id("dec_first") is not None
    heals(store, path)


def test_a_write_that_fails_is_doubtful_until_it_is_known_to_be_absent(store: SqliteStore, path: Path) -> None:
    """The file may not grow, so that the commit itself fails; entries whose callers wait on are stored in the end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        given_up = store.submit(record("a", size=20_000))
        assert outcome_of(given_up) in {"unknown", "not_stored"}
        patient = store.submit(record("b", size=20_000))
        eventually(lambda: bool(store.fault))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert patient.wait(PATIENCE_SECONDS).payload == record("b", size=20_000).payload
    heals(store, path)
    assert store.by_id("dec_a") is None
    assert store.by_id("unacknowledged:dec_a") is None


def test_a_full_disk_stores_nothing_and_heals(tmp_path: Path) -> None:
    """A small file system of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        path = folder / "lumyn.db"
        with SqliteStore.open(path, create=True) as store:
            acknowledged = [store.submit(record("first")).wait(PATIENCE_SECONDS)]
            filler = folder / "filler"
            fill_disk(filler)
            refused = [store.submit(record(str(index), size=9000)) for index in range(20)]
            assert {outcome_of(one, 0.3) for one in refused[-1:]} <= {"unknown", "not_stored"}
            assert store.by_id("dec_first") is not None
            filler.unlink()
            heals(store, path)
            for index, one in enumerate(refused[:-1]):
                try:
                    acknowledged.append(one.wait(PATIENCE_SECONDS))
                except StorageUnavailableError:
                    continue
                assert store.by_id(f"dec_{index}") is not None
            stored = {entry.seq: entry.payload for entry in store.scan()}
            assert all(stored[one.seq] == one.payload for one in acknowledged)
            assert wrong(path) == []
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_commit_that_hangs_is_unknown_and_an_event_says_so_when_it_has_happened(
    store: SqliteStore, path: Path
) -> None:
    """Those behind it are withdrawn; a retry gets what was stored."""
    with hanging_commit(store) as is_hanging:
        hung = store.submit(record("a", request_id="r"))
        assert is_hanging.wait(PATIENCE_SECONDS)
        queued = store.submit(record("b"))
        assert outcome_of(hung) == "unknown"
        assert outcome_of(queued) == "not_stored"
    eventually(lambda: store.by_id("unacknowledged:dec_a") is not None)
    assert [entry.entry_id for entry in store.of_decision("dec_a")] == ["unacknowledged:dec_a"]
    assert [entry.entry_id for entry in store.with_prefix("unacknowledged:")] == ["unacknowledged:dec_a"]
    assert store.submit(record("c", request_id="r")).wait(PATIENCE_SECONDS).payload == record("a").payload
    heals(store, path)
    assert store.by_id("dec_b") is None


def test_what_the_event_says_is_the_callers_to_choose(path: Path) -> None:
    """The store asks for the draft of it."""

    def say(draft: Draft) -> Draft:
        return Draft("event", f"evt_{draft.entry_id}", draft.decision_id, "now", draft.tenant, None, None, b"said")

    with SqliteStore.open(path, create=True, unacknowledged=say) as store:
        store.submit(record("first")).wait(PATIENCE_SECONDS)
        with hanging_commit(store) as is_hanging:
            hung = store.submit(record("a"))
            assert is_hanging.wait(PATIENCE_SECONDS)
            hung.give_up()
        eventually(lambda: store.by_id("evt_dec_a") is not None)
        assert [entry.payload for entry in store.of_decision("dec_a")] == [b"said"]


def test_a_commit_that_failed_after_it_was_done_is_unknown_and_said_so(store: SqliteStore, path: Path) -> None:
    """The file is taken away during the commit and brought back."""
    away = path.with_name("away")
    with hanging_commit(store) as is_hanging:
        pending = store.submit(record("a"))
        assert is_hanging.wait(PATIENCE_SECONDS)
        path.rename(away)
    eventually(lambda: bool(store.fault))
    away.rename(path)
    assert outcome_of(pending, PATIENCE_SECONDS) == "unknown"
    assert store.by_id("dec_a") is not None
    assert store.by_id("unacknowledged:dec_a") is not None
    heals(store, path)


def test_a_commit_that_failed_is_tried_again_and_its_companions_too(store: SqliteStore, path: Path) -> None:
    """Whoever waits long enough never hears of it."""
    connection = store._committer._writer._connection
    assert connection is not None
    refused: list[str | None] = []

    def refuse_commit(action: int, first: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_TRANSACTION and first == "COMMIT":
            refused.append(first)
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    connection.set_authorizer(refuse_commit)
    pending = [store.submit(record(name), [policy()]) for name in "ab"]
    assert sorted(one.wait(PATIENCE_SECONDS).seq for one in pending) == [3, 4]
    assert refused
    assert store.by_id("unacknowledged:dec_a") is None
    heals(store, path)


def test_one_bad_row_harms_nobody_else(store: SqliteStore, path: Path) -> None:
    """Those beside it are stored, one by one."""
    with hanging_commit(store) as is_hanging:
        blocking = store.submit(record("blocking"))
        assert is_hanging.wait(PATIENCE_SECONDS)
        good = [store.submit(record(name)) for name in "ab"]
        bad = [store._line.put(attrs.evolve(seal(record(name)), leaf=b"short"), ()) for name in ("bad", "worse")]
        good.append(store.submit(record("c")))
    assert blocking.wait(PATIENCE_SECONDS).seq == 2
    assert [one.wait(PATIENCE_SECONDS).seq for one in good] == [3, 4, 5]
    assert [outcome_of(one, PATIENCE_SECONDS) for one in bad] == ["not_stored", "not_stored"]
    heals(store, path)


def test_a_database_of_garbage_is_unreadable(path: Path) -> None:
    """At open, as one error of the store's."""
    SqliteStore.open(path, create=True).close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(StoreUnreadableError):
        SqliteStore.open(path)
    assert wrong(path)


def test_the_write_ahead_log_stays_short_while_a_scan_is_held_open(store: SqliteStore, path: Path) -> None:
    """Its reader is in no transaction between two entries."""
    scan = store.scan()
    next(scan)
    largest = 0
    for _ in range(40):
        batch = [store.submit(record(os.urandom(8).hex(), size=4000)) for _ in range(200)]
        for one in batch:
            one.wait(PATIENCE_SECONDS)
        largest = max(largest, path.with_name("lumyn.db-wal").stat().st_size)
    assert largest < 64 << 20
    assert path.stat().st_size > 8 << 20
    scan.close()  # type: ignore[attr-defined]


def test_a_line_that_is_refused_answers_everyone_in_it() -> None:
    """So that nobody waits for a thread that has ended."""
    line = Line(10)
    pending = line.put(seal(record("a")), ())
    line.close()
    line.refuse_all(StorageUnavailableError("not_stored", "why"))
    assert outcome_of(pending) == "not_stored"


@contextmanager
def _interrupted(store: SqliteStore) -> Iterator[None]:
    """Let the next use of the write connection fail, so that it is opened anew."""
    connection = store._committer._writer._connection
    assert connection is not None
    connection.set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
    yield


def test_a_process_that_keeps_the_lock_keeps_nobody_from_giving_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither at open nor in an erasure."""
    monkeypatch.setattr("lumyn.store.sqlite._OPEN_TIMEOUT_SECONDS", 0.05)
    lock = FileLock(Place(path).lock)
    with SqliteStore.open(path, create=True) as store:
        store.submit(record("a")).wait(PATIENCE_SECONDS)
        with lock.held():
            with pytest.raises(StoreUnreadableError, match="holds the lock"):
                SqliteStore.open(path)
            with pytest.raises(StorageUnavailableError):
                store.erase("dec_a", created_at=NOW, payload=b"{}", deadline_seconds=0.05)
            assert store.by_id("dec_a") is not None
    lock.close()
