"""Storage URLs and paths: each is a store or an error that says why, whatever is in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn.store.errors import StoreError, StoreUnreadableError
from lumyn.store.opening import StorageUrlError, path_of, search_path
from lumyn.store.sqlite import SqliteStore
from tests.store.stores import PATIENCE_SECONDS, record, wrong


@pytest.mark.parametrize("name", ["", ":memory:", "/", ".", "..", "a/..", "a\0b", "\ud800"])
def test_what_no_file_is_called_is_no_storage_url(name: str) -> None:
    """It is said in words, without what a terminal can't show."""
    with pytest.raises(StorageUrlError) as caught:
        path_of(f"sqlite:{name}")
    str(caught.value).encode()
    assert "\0" not in str(caught.value)


@given(st.text(st.characters(), max_size=20) | st.text("./:\0a", max_size=8))
def test_any_url_has_files_or_is_an_error(name: str) -> None:
    """No other exception reaches an operator."""
    try:
        path, derived = path_of(f"sqlite:{name}"), search_path(f"sqlite:{name}")
    except StoreError:
        return
    assert derived.name == f"{path.name}.search" or path.is_symlink()


@pytest.mark.parametrize("name", ["link.db", "folder/real.db"])
def test_a_link_leads_to_the_store_and_to_what_is_beside_it(tmp_path: Path, name: str) -> None:
    """Link and file are the same store, for writing, reading, searching and verifying."""
    real = tmp_path / "real"
    real.mkdir()
    path = tmp_path / name
    with SqliteStore.open(real / "real.db", create=True) as store:
        store.submit(record("a")).wait(PATIENCE_SECONDS)
        (tmp_path / "link.db").symlink_to("real/real.db")
        (tmp_path / "folder").symlink_to("real")
        with SqliteStore.open(path) as linked:
            linked.submit(record("b")).wait(PATIENCE_SECONDS)
            store.submit(record("c")).wait(PATIENCE_SECONDS)
            assert linked.size() == store.size() == 4
        assert wrong(path) == []
    assert search_path(f"sqlite:{path}") == real.resolve() / "real.db.search"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["folder", "link.db", "real"]


def test_links_that_lead_in_a_circle_are_no_store(tmp_path: Path) -> None:
    """They are an error, and no endless walk."""
    (tmp_path / "a.db").symlink_to("b.db")
    (tmp_path / "b.db").symlink_to("a.db")
    with pytest.raises((StoreUnreadableError, OSError)):
        SqliteStore.open(tmp_path / "a.db", create=True)
