"""Migrations."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lumyn.store import schema
from lumyn.store.errors import NewerSchemaError
from lumyn.store.sqlite import SqliteStore
from tests.store.stores import PATIENCE_SECONDS, checkpoint_of, fill, record, wrong


def test_a_migration_adds_and_the_log_stays_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Same root before and after; whoever does not know it stays away."""
    path = tmp_path / "lumyn.db"
    with SqliteStore.open(path, create=True) as store:
        fill(store)
        before = checkpoint_of(store)

    statements = schema._statements
    known = schema.SCHEMA_VERSION

    def with_another(name: str) -> tuple[str, ...]:
        return ("CREATE TABLE added (a INTEGER PRIMARY KEY) STRICT",) if name == "another" else statements(name)

    with monkeypatch.context() as newer:
        newer.setattr(schema, "_MIGRATIONS", (*schema._MIGRATIONS, "another"))
        newer.setattr(schema, "_statements", with_another)
        for module in ("schema", "sqlite", "verify"):
            newer.setattr(f"lumyn.store.{module}.SCHEMA_VERSION", known + 1)
        assert wrong(path, before) == []
        with SqliteStore.open(path) as store:
            assert checkpoint_of(store) == before
            store.submit(record("later")).wait(PATIENCE_SECONDS)
        assert wrong(path, before) == []
        with SqliteStore.open(path) as store:
            assert store.size() == before.size + 1

    schema.expected_objects.cache_clear()
    with pytest.raises(NewerSchemaError) as caught:
        SqliteStore.open(path)
    assert (caught.value.found, caught.value.known) == (known + 1, known)


def test_a_store_of_every_version_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps what it has, takes more, and has then the very objects of a new one."""
    for version in range(1, schema.SCHEMA_VERSION):
        path = tmp_path / f"{version}.db"
        with monkeypatch.context() as older:
            older.setattr(schema, "_MIGRATIONS", schema._MIGRATIONS[:version])
            for module in ("schema", "sqlite", "verify"):
                older.setattr(f"lumyn.store.{module}.SCHEMA_VERSION", version)
            with SqliteStore.open(path, create=True) as store:
                fill(store)
                before = checkpoint_of(store)
        with SqliteStore.open(path) as store:
            assert checkpoint_of(store) == before
            store.submit(record("later")).wait(PATIENCE_SECONDS)
        assert wrong(path, before) == []
        with closing(sqlite3.connect(path)) as connection:
            assert schema.objects_of(connection) == schema.expected_objects(schema.SCHEMA_VERSION)


def test_the_migrations_are_numbered_without_gaps() -> None:
    """The number of one is the schema version after it."""
    assert [name.partition("_")[0] for name in schema._MIGRATIONS] == [
        f"{number:04}" for number in range(1, schema.SCHEMA_VERSION + 1)
    ]
