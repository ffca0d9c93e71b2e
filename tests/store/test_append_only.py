"""What the database itself refuses, whoever asks."""

# The tests write SQL as somebody who tampers would.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lumyn.store.schema import SCHEMA_VERSION, expected_objects, objects_of
from lumyn.store.sqlite import SqliteStore
from tests.store.stores import fill, run_sql, wrong


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A store that has every kind of entry, and stays open while others try."""
    path = tmp_path_factory.mktemp("store") / "lumyn.db"
    with SqliteStore.open(path, create=True) as store:
        fill(store)
        yield path


COLUMNS = ("kind", "id", "decision_id", "created_at", "tenant", "request_id", "request_mac", "commitment", "leaf")

NEXT = "(SELECT max(seq) + 1 FROM entries)"


def copy_of(source_seq: int, seq: str = NEXT, *, verb: str = "INSERT", **changed: str) -> str:
    """SQL that writes an entry again, with some of its columns changed."""
    columns = ", ".join(changed.get(column, column) for column in COLUMNS)
    return f"{verb} INTO entries SELECT {seq}, {columns} FROM entries WHERE seq = {source_seq}"


REFUSED = {
    "update an entry": "UPDATE entries SET tenant = 'other' WHERE seq = 2",
    "update entries to themselves": "UPDATE entries SET seq = seq",
    "update or replace an entry": "UPDATE OR REPLACE entries SET seq = 3 WHERE seq = 2",
    "delete an entry": "DELETE FROM entries WHERE seq = 2",
    "delete the last entry": "DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)",
    "replace an entry by seq": copy_of(2, "2", verb="REPLACE"),
    "replace an entry by id": copy_of(2, verb="REPLACE"),
    "replace an entry by request_id": copy_of(2, verb="REPLACE", id="'new'"),
    "insert with a gap": copy_of(3, "1000", id="'new'"),
    "insert before the beginning": copy_of(3, "-1", id="'new'"),
    "insert without a place": copy_of(3, "NULL", id="'new'"),
    "insert an id again": copy_of(3),
    "insert or ignore an id again": copy_of(3, verb="INSERT OR IGNORE"),
    "insert a request_id again": copy_of(2, id="'new'"),
    "upsert an entry": copy_of(3) + " ON CONFLICT (id) DO UPDATE SET tenant = 'other'",
    "insert a kind that nobody knows": copy_of(3, id="'new'", kind="'other'"),
    "insert a blob for a text": copy_of(3, id="x'00'"),
    "insert a short leaf": copy_of(3, id="'new'", leaf="x'00'"),
    "update a payload": "UPDATE payloads SET payload = x'00' WHERE seq = 2",
    "update a salt": "UPDATE payloads SET salt = zeroblob(16) WHERE seq = 2",
    "delete a payload": "DELETE FROM payloads WHERE seq = 2",
    "delete a policy": "DELETE FROM payloads WHERE seq = 1",
    "replace a payload": "REPLACE INTO payloads VALUES (2, zeroblob(16), x'00')",
    "replace the last payload": "REPLACE INTO payloads SELECT max(seq), zeroblob(16), x'00' FROM payloads",
    "overwrite a payload that no erasure names": "UPDATE payloads SET salt = zeroblob(16), payload = zeroblob(length(payload)) WHERE seq = 2",
    "overwrite an erased payload with another": "UPDATE payloads SET payload = x'01' WHERE seq = 4",
    "shorten an erased payload": "UPDATE payloads SET payload = x'' WHERE seq = 4",
    "move an erased payload": "UPDATE payloads SET seq = 1000 WHERE seq = 4",
    "delete an erased payload": "DELETE FROM payloads WHERE seq = 4",
    "give an erased payload back": "INSERT INTO payloads VALUES (4, zeroblob(16), x'00')",
    "insert a payload without a place": "INSERT INTO payloads VALUES (NULL, zeroblob(16), x'00')",
    "insert a payload of no entry": "INSERT INTO payloads VALUES (1000, zeroblob(16), x'00')",
    "insert a payload before its entry": "INSERT INTO payloads SELECT max(seq) + 1, zeroblob(16), x'00' FROM payloads",
    "update the version": "UPDATE meta SET store_id = 'other'",
    "delete the version": "DELETE FROM meta",
    "replace the version": "REPLACE INTO meta VALUES (1, 'other')",
    "skip a version": "INSERT INTO meta SELECT max(schema_version) + 2, 'other' FROM meta",
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED.keys())
def test_the_database_refuses_to(path: Path, statement: str) -> None:
    """Through a connection that the store knows nothing of, with SQLite's usual settings."""
    with pytest.raises(sqlite3.IntegrityError):
        run_sql(path, "PRAGMA recursive_triggers = OFF", statement)
    assert wrong(path) == []


def test_every_table_has_a_trigger_for_every_way_to_change_it() -> None:
    """A table that is added is thought of, too."""
    objects = expected_objects(SCHEMA_VERSION)
    tables = {name for kind, name in objects if kind == "table"}
    triggers = {name for kind, name in objects if kind == "trigger"}
    assert triggers == {f"{table}_{change}" for table in tables for change in ("insert", "update", "delete")}


def test_a_store_has_the_objects_of_its_migrations_and_looks_up_by_index(path: Path) -> None:
    """Neither a repetition nor the events of a decision scan the log."""
    with closing(sqlite3.connect(path)) as connection:
        assert objects_of(connection) == expected_objects(SCHEMA_VERSION)
        for condition in (
            "kind = 'record' AND request_id IS NOT NULL AND ifnull(tenant, x'') = ? AND request_id = ?",
            "kind = 'event' AND decision_id = ? AND id IS NOT ?",
            "id >= ? AND id > ?",
        ):
            plan = connection.execute(
                f"EXPLAIN QUERY PLAN SELECT seq FROM entries WHERE {condition} ",
                ("", ""),
            ).fetchall()
            assert all("SEARCH" in detail for *_, detail in plan), plan


def test_an_erasure_lets_exactly_its_payload_go(tmp_path: Path) -> None:
    """An entry of that name but of another kind lets nothing go."""
    path = tmp_path / "lumyn.db"
    with SqliteStore.open(path, create=True) as store:
        fill(store)
    run_sql(path, copy_of(3, id="'erasure:dec_2'"))
    with pytest.raises(sqlite3.IntegrityError):
        run_sql(
            path,
            "UPDATE payloads SET salt = zeroblob(16), payload = zeroblob(length(payload))"
            " WHERE seq = (SELECT seq FROM entries WHERE id = 'dec_2')",
        )
