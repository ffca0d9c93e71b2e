"""Entries that are written together are written as they would be one by one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn.store.entry import Draft, Sealed
from lumyn.store.errors import StoreError
from lumyn.store.pending import Pending
from lumyn.store.rows import append_all
from lumyn.store.sqlite import SqliteStore
from tests.store.stores import PATIENCE_SECONDS, checkpoint_of, event, hanging_commit, policy, record, wrong

ENTRIES = st.lists(
    st.one_of(
        st.builds(
            lambda number, tenant, key: record(number, tenant=tenant, request_id=key),
            st.sampled_from("abcdef"),
            st.sampled_from([None, "t", "u"]),
            st.sampled_from([None, "r1", "r2", "r3"]),
        ),
        st.builds(event, st.sampled_from("abc"), st.sampled_from("abc")),
        st.just(policy()),
    ),
    min_size=1,
    max_size=12,
)


def answer(pending: Pending) -> object:
    """What a caller hears."""
    try:
        committed = pending.wait(PATIENCE_SECONDS)
    except StoreError as error:
        return type(error), str(error)
    return attrs.astuple(committed)


def answers(path: Path, drafts: list[Draft], batch_limit: int) -> tuple[list[object], list[object]]:
    """What all hear who wait for one commit that hangs, and what is stored."""
    with SqliteStore.open(path, create=True, batch_limit=batch_limit) as store:
        store.submit(record("first"), [policy()]).wait(PATIENCE_SECONDS)
        with hanging_commit(store) as hangs:
            blocking = store.submit(record("second"))
            assert hangs.wait(PATIENCE_SECONDS)
            waiting = [store.submit(draft, [policy()] if draft.kind == "record" else []) for draft in drafts]
        blocking.wait(PATIENCE_SECONDS)
        heard = [answer(pending) for pending in waiting]
        # The genesis entry is another in each store, and so are salts.
        stored: list[object] = [attrs.evolve(entry, salt=b"", commitment=b"", leaf=b"") for entry in store.scan(1)]
        assert wrong(path, checkpoint_of(store)) == []
    return heard, stored


@given(ENTRIES)
def test_together_or_one_by_one_is_the_same(drafts: list[Draft]) -> None:
    """The same answers, and the same log, whatever is said again among them."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        assert answers(folder / "many.db", drafts, 512) == answers(folder / "one.db", drafts, 1)


def test_what_waits_is_written_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which the test above would not notice if it never happened."""
    sizes: list[int] = []

    def counted(connection: sqlite3.Connection, seq: int, batch: Sequence[Sealed]) -> None:
        sizes.append(len(batch))
        append_all(connection, seq, batch)

    monkeypatch.setattr("lumyn.store.committer.append_all", counted)
    answers(tmp_path / "lumyn.db", [record(f"n{number}") for number in range(300)], 512)
    assert sizes == [300]
