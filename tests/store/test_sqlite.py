"""Appending, reading and repeating, against a real database."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from lumyn.store import Committed, Pending, RecordStore
from lumyn.store.entry import Draft, commitment_of, header_of
from lumyn.store.errors import (
    EntryErasedError,
    EntryIdReusedError,
    NewerSchemaError,
    NotAStoreError,
    QueueFullError,
    RequestIdReusedError,
    StorageUnavailableError,
    StoreClosedError,
    StoreError,
    StoreKeyError,
    StoreMissingError,
)
from lumyn.store.merkle import leaf_hash
from lumyn.store.place import FileLock, Place
from lumyn.store.sqlite import SqliteStore
from tests.store.stores import NOW, PATIENCE_SECONDS, event, fill, policy, record, run_sql, wrong


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store is to be."""
    return tmp_path / "lumyn.db"


def put(store: RecordStore, draft: Draft, *companions: Draft) -> Committed:
    """Store an entry."""
    return store.submit(draft, companions).wait(PATIENCE_SECONDS)


def test_what_is_stored_is_read_back_byte_for_byte_after_a_restart(path: Path) -> None:
    """Every field, and hashes that follow from them."""
    draft = record("a", tenant="acme", request_id="r1", size=100)
    with SqliteStore.open(path, create=True) as store:
        answer = put(store, draft)
        assert answer == Committed(draft.payload, 1, is_replay=False)
        store_id, key = store.store_id, store.key
    with SqliteStore.open(path) as store:
        assert (store.store_id, store.key) == (store_id, key)
        entry = store.entry(1)
        assert entry is not None
        assert entry == store.by_id("dec_a") == store.by_request("acme", "r1")
        assert (entry.kind, entry.tenant, entry.request_id, entry.request_mac) == (
            "record",
            "acme",
            "r1",
            draft.request_mac,
        )
        assert (entry.payload, entry.decision_id, entry.created_at) == (draft.payload, "dec_a", NOW)
        assert entry.salt is not None
        assert entry.commitment == commitment_of(entry.salt, draft.payload)
        assert entry.leaf == leaf_hash(header_of(entry, entry.commitment))
        assert list(store.leaves(1, 2)) == [entry.leaf]
        assert store.entry(2) is None
        assert store.by_id("dec_b") is None


def test_a_log_begins_with_a_genesis_entry_that_carries_its_id(path: Path) -> None:
    """Random, so that no two logs are taken for one."""
    with SqliteStore.open(path, create=True) as store, SqliteStore.open(path.with_name("other"), create=True) as other:
        genesis = store.entry(0)
        assert genesis is not None
        assert (genesis.kind, genesis.entry_id) == ("genesis", store.store_id)
        assert store.store_id != other.store_id
        assert store.key != other.key
        assert len(store.key) == 32


def test_entries_are_scanned_in_the_order_of_the_log_however_many(path: Path) -> None:
    """Across the batches that a scan reads in, and from and to any index."""
    with SqliteStore.open(path, create=True) as store:
        pending = [store.submit(record(str(index))) for index in range(700)]
        seqs = [one.wait(PATIENCE_SECONDS).seq for one in pending]
        assert seqs == list(range(1, 701))
        assert [entry.seq for entry in store.scan()] == list(range(701))
        assert [entry.entry_id for entry in store.scan(255, 515)] == [f"dec_{seq - 1}" for seq in range(255, 515)]
        assert list(store.scan(701)) == []
        assert [entry.leaf for entry in store.scan()] == list(store.leaves(0, 701))


def test_events_of_a_decision_are_read_in_the_order_they_were_said(path: Path) -> None:
    """And never those of another."""
    with SqliteStore.open(path, create=True) as store:
        for decision in "ab":
            put(store, record(decision))
        for name, decision in (("z", "a"), ("y", "b"), ("x", "a")):
            put(store, event(name, decision))
        assert [entry.entry_id for entry in store.of_decision("dec_a")] == ["evt_z", "evt_x"]
        assert store.of_decision("dec_c") == ()


def test_a_companion_is_stored_once_in_the_transaction_of_the_first_that_needs_it(path: Path) -> None:
    """Before it in the log; a repetition needs none."""
    with SqliteStore.open(path, create=True) as store:
        assert put(store, record("a", request_id="r"), policy()).seq == 2
        assert put(store, record("b"), policy()).seq == 3
        assert put(store, record("c", request_id="r"), policy("2")).is_replay
        assert [entry.entry_id for entry in store.with_prefix("blake3:")] == ["blake3:1"]
    with SqliteStore.open(path) as store:
        assert put(store, record("d"), policy(), policy("2")).seq == 5
        assert [entry.kind for entry in store.scan()] == ["genesis", "policy", "record", "record", "policy", "record"]


def test_a_repeated_request_gets_the_bytes_of_the_first(path: Path) -> None:
    """Also after a restart; the log has not grown."""
    first = record("a", request_id="r")
    with SqliteStore.open(path, create=True) as store:
        put(store, first)
        assert put(store, record("b", request_id="r")) == Committed(first.payload, 1, is_replay=True)
    with SqliteStore.open(path) as store:
        assert put(store, record("c", request_id="r")) == Committed(first.payload, 1, is_replay=True)
        assert store.size() == 2


def test_another_request_of_the_same_id_is_refused_and_harms_nobody(path: Path) -> None:
    """The error names what the id belongs to."""
    with SqliteStore.open(path, create=True) as store:
        put(store, record("a", request_id="r", mac="one"))
        refused = store.submit(record("b", request_id="r", mac="two"))
        taken = store.submit(record("c"))
        with pytest.raises(RequestIdReusedError) as caught:
            refused.wait(PATIENCE_SECONDS)
        assert (caught.value.request_id, caught.value.entry_id) == ("r", "dec_a")
        assert taken.wait(PATIENCE_SECONDS).seq == 2


def test_request_ids_are_scoped_by_tenant_and_none_is_a_scope_of_its_own(path: Path) -> None:
    """An empty name is another tenant than none."""
    with SqliteStore.open(path, create=True) as store:
        for name, tenant in (("a", None), ("b", ""), ("c", "t")):
            assert not put(store, record(name, tenant=tenant, request_id="r")).is_replay
        for tenant, entry_id in ((None, "dec_a"), ("", "dec_b"), ("t", "dec_c")):
            found = store.by_request(tenant, "r")
            assert found is not None
            assert found.entry_id == entry_id


def test_an_event_is_idempotent_by_its_id(path: Path) -> None:
    """The same event again is a replay, another of its id an error; without a mac, the bytes decide."""
    with SqliteStore.open(path, create=True) as store:
        put(store, record("a"))
        first = put(store, event("1", "a", mac="one"))
        assert put(store, event("1", "a", mac="one", text="otherwise")) == Committed(first.payload, 2, is_replay=True)
        with pytest.raises(EntryIdReusedError):
            put(store, event("1", "a", mac="two"))
        put(store, event("2", "a", mac=None))
        assert put(store, event("2", "a", mac=None)).is_replay
        with pytest.raises(EntryIdReusedError):
            put(store, event("2", "a", mac=None, text="otherwise"))
        with pytest.raises(EntryIdReusedError):
            put(store, record("a", mac="another"))


def test_repetitions_within_one_transaction_are_found(path: Path) -> None:
    """What waits together is committed together."""
    with SqliteStore.open(path, create=True) as store, _held(path):
        pending = [store.submit(record(str(index), request_id="r")) for index in range(5)]
        other = store.submit(record("other", request_id="r", mac="other"))
    with SqliteStore.open(path) as again:
        answers = [one.committed() if one.is_done else one.wait(PATIENCE_SECONDS) for one in pending]
        assert {answer.seq for answer in answers} == {1}
        assert [answer.is_replay for answer in answers] == [False, True, True, True, True]
        with pytest.raises(RequestIdReusedError):
            other.committed()
        assert again.size() == 2


def test_who_waits_too_long_in_the_queue_knows_that_nothing_was_stored(path: Path) -> None:
    """The entry is withdrawn, so it isn't stored later either."""
    with SqliteStore.open(path, create=True) as store:
        with _held(path):
            with pytest.raises(StorageUnavailableError) as caught:
                store.submit(record("a")).wait(0.01)
            assert caught.value.outcome == "not_stored"
            assert store.queue_depth == 0
        assert put(store, record("b")).seq == 1


def test_a_full_queue_refuses_at_once(path: Path) -> None:
    """And takes entries again when some have left it."""
    with SqliteStore.open(path, create=True, queue_limit=2) as store:
        with _held(path):
            pending = [store.submit(record(name)) for name in "ab"]
            with pytest.raises(QueueFullError) as caught:
                store.submit(record("c"))
            assert caught.value.limit == 2
            pending[0].give_up()
            pending.append(store.submit(record("d")))
        assert [one.wait(PATIENCE_SECONDS).seq for one in pending[1:]] == [1, 2]


def test_callbacks_reach_an_event_loop(path: Path) -> None:
    """Late ones are called at once; a loop that was closed meanwhile does no harm."""

    async def decide(store: RecordStore) -> int:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Pending] = loop.create_future()
        store.submit(record("a")).add_done_callback(lambda one: loop.call_soon_threadsafe(done.set_result, one))
        return (await done).committed().seq

    with SqliteStore.open(path, create=True) as store:
        assert asyncio.run(decide(store)) == 1
        loop = asyncio.new_event_loop()
        with _held(path):
            pending = store.submit(record("b"))
            pending.add_done_callback(lambda _: loop.call_soon_threadsafe(print))
            loop.close()
        assert pending.wait(PATIENCE_SECONDS).seq == 2
        called: list[Pending] = []
        pending.add_done_callback(called.append)
        assert called == [pending]


def test_closing_stores_what_is_queued_and_takes_nothing_more(path: Path) -> None:
    """A store that can't be written to in time refuses what is left."""
    store = SqliteStore.open(path, create=True)
    pending = [store.submit(record(str(index))) for index in range(50)]
    assert store.close()
    assert [one.committed().seq for one in pending] == list(range(1, 51))
    with pytest.raises(StoreClosedError):
        store.submit(record("late"))
    with pytest.raises(StoreClosedError):
        store.size()
    assert store.close()
    assert not path.with_name("lumyn.db-wal").exists()

    store = SqliteStore.open(path)
    with _held(path):
        late = store.submit(record("late"))
        assert not store.close(timeout_seconds=0.05)
        with pytest.raises(StorageUnavailableError, match="not stored"):
            late.committed()


def test_files_are_readable_by_their_owner_only(path: Path) -> None:
    """Database, write-ahead log, key, lock and backup."""
    with SqliteStore.open(path, create=True) as store:
        put(store, record("a"))
        store.backup(path.with_name("backup.db"))
        files = sorted(path.parent.iterdir())
        assert {file.name for file in files} == {
            "backup.db",
            "backup.db.key",
            "lumyn.db",
            "lumyn.db-shm",
            "lumyn.db-wal",
            "lumyn.db.key",
            "lumyn.db.lock",
        }
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_missing_store_is_no_new_store(path: Path) -> None:
    """Nor does looking for it leave a file behind."""
    with pytest.raises(StoreMissingError):
        SqliteStore.open(path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + bytes(84)])
def test_another_file_is_refused_and_left_as_it_is(path: Path, content: bytes) -> None:
    """Whether a store was to be created there or not."""
    path.write_bytes(content)
    for create in (False, True):
        with pytest.raises(StoreError):
            SqliteStore.open(path, create=create)
    assert path.read_bytes() == content


def test_a_database_of_something_else_is_refused(path: Path) -> None:
    """Not every SQLite file is a store."""
    run_sql(path, "CREATE TABLE mine (a)")
    with pytest.raises(NotAStoreError):
        SqliteStore.open(path, create=True)


def test_a_newer_schema_is_refused(path: Path) -> None:
    """By open and by verify, which say what to do."""
    SqliteStore.open(path, create=True).close()
    run_sql(path, "INSERT INTO meta SELECT max(schema_version) + 1, store_id FROM meta")
    with pytest.raises(NewerSchemaError, match="upgrade"):
        SqliteStore.open(path)
    with pytest.raises(NewerSchemaError, match="upgrade"):
        wrong(path)


def test_a_key_that_is_missing_or_anothers_is_refused(path: Path) -> None:
    """With it, repetitions could no longer be told from other requests."""
    SqliteStore.open(path, create=True).close()
    key_path = path.with_name("lumyn.db.key")
    key = key_path.read_bytes()
    for other in (bytes(32), b"short", bytes(33), None):
        key_path.unlink()
        if other is not None:
            key_path.write_bytes(other)
        with pytest.raises(StoreKeyError):
            SqliteStore.open(path)
    key_path.write_bytes(key)
    SqliteStore.open(path).close()
    key_path.unlink()
    os.mkfifo(key_path)
    with pytest.raises(OSError, match="Not a regular file"):
        SqliteStore.open(path)


def test_the_key_is_in_no_other_file(path: Path) -> None:
    """Nor in any text of an error."""
    with SqliteStore.open(path, create=True) as store:
        fill(store)
        key = store.key
    for file in path.parent.iterdir():
        assert (key in file.read_bytes()) == (file.name == "lumyn.db.key")


def test_an_erased_payload_is_in_no_file_and_the_log_goes_on(path: Path) -> None:
    """Header and leaf stay; a second erasure says nothing new; its request_id is never another's."""
    canary = b"canary-4111-1111"
    draft = Draft("record", "dec_c", "dec_c", NOW, "t", "r", "mac", b'{"card":"%s"}' % (canary * 400))
    with SqliteStore.open(path, create=True) as store:
        put(store, draft)
        put(store, event("1", "c"))
        before = store.by_id("dec_c")
        assert before is not None
        assert before.salt is not None
        erased = store.erase("dec_c", created_at=NOW, payload=b"{}", deadline_seconds=PATIENCE_SECONDS)
        assert (erased.seq, erased.is_wiped) == (3, True)
        for file in path.parent.iterdir():
            data = file.read_bytes()
            assert canary not in data, file
            assert before.salt not in data, file
        after = store.by_id("dec_c")
        assert after is not None
        assert (after.payload, after.salt, after.leaf) == (None, None, before.leaf)
        assert store.erase("dec_c", created_at=NOW, payload=b"{}", deadline_seconds=PATIENCE_SECONDS).seq == 3
        with pytest.raises(EntryErasedError):
            put(store, record("d", tenant="t", request_id="r", mac="mac"))
        with pytest.raises(RequestIdReusedError):
            put(store, record("d", tenant="t", request_id="r", mac="other"))
    assert wrong(path) == []


@pytest.mark.parametrize("entry_id", ["dec_none", "blake3:1", "erasure:dec_1", "genesis"])
def test_only_records_and_events_can_be_erased(path: Path, entry_id: str) -> None:
    """Nothing else holds what people have a right to have erased."""
    with SqliteStore.open(path, create=True) as store:
        fill(store)
        size = store.size()
        with pytest.raises(StoreError, match="no such entry"):
            store.erase(
                store.store_id if entry_id == "genesis" else entry_id,
                created_at=NOW,
                payload=b"{}",
                deadline_seconds=PATIENCE_SECONDS,
            )
        assert store.size() == size


def test_a_reader_of_another_program_delays_the_wiping_but_not_the_erasure(path: Path) -> None:
    """The bytes go once it has."""
    canary = b"canary-4111-1111"
    with SqliteStore.open(path, create=True) as store:
        put(store, Draft("record", "dec_c", "dec_c", NOW, None, None, None, canary * 400))
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM payloads").fetchall()
            assert not store.erase("dec_c", created_at=NOW, payload=b"{}", deadline_seconds=0.3).is_wiped
        assert store.erase("dec_c", created_at=NOW, payload=b"{}", deadline_seconds=PATIENCE_SECONDS).is_wiped
        assert not any(canary in file.read_bytes() for file in path.parent.iterdir())


def test_a_backup_is_a_store_of_its_own_that_extends_nothing_and_misses_nothing(path: Path) -> None:
    """Taken while entries are written; it never overwrites."""
    backup = path.with_name("backup.db")
    with SqliteStore.open(path, create=True) as store:
        fill(store)
        size = store.backup(backup)
        assert size == store.size()
        put(store, record("later"))
        with pytest.raises(StoreError, match="never overwrites"):
            store.backup(backup)
        entries = list(store.scan(0, size))
        with SqliteStore.open(backup) as copy:
            assert list(copy.scan()) == entries
            assert copy.key == store.key
            assert put(copy, record("9", tenant="t0", request_id="r0")).is_replay
    assert wrong(backup) == []


def _held(path: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Hold the lock between processes, so that nothing is committed meanwhile."""
    return FileLock(Place(path).lock).held()
