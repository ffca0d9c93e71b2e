"""A storage URL → an open store, and where the file that is derived from it lies."""

import os
from collections.abc import Callable
from pathlib import Path

from lumyn.store import Draft, RecordStore
from lumyn.store.errors import StoreError
from lumyn.store.place import Place
from lumyn.store.sqlite import SqliteStore

__all__ = ["StorageUrlError", "open_store", "path_of", "search_path"]

_SQLITE = "sqlite:"


class StorageUrlError(StoreError):
    """A storage URL that names no store.

    url: without what may be secret in it
    """

    url: str
    detail: str

    def __init__(self, url: str, detail: str) -> None:
        super().__init__(url, detail)
        self.url = url
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.url}: {self.detail}"


def path_of(url: str) -> Path:
    """The file of a `sqlite:PATH`, as it is written there. Raises StorageUrlError."""
    if not url.startswith(_SQLITE):
        scheme = url.partition(":")[0]
        raise StorageUrlError(scheme, "no store of this sort is known; write sqlite:PATH")
    name = url.removeprefix(_SQLITE)
    if name.startswith("///"):
        name = name.removeprefix("//")
    if not name or name == ":memory:":
        raise StorageUrlError(url, "a store is a file; write sqlite:PATH")
    path = Path(name)
    try:
        is_name = b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        is_name = False
    if not is_name:
        raise StorageUrlError(ascii(url), "no file can have this name; write sqlite:PATH")
    if path.name in {"", ".."}:
        raise StorageUrlError(url, "a store is a file, and this names a folder; write sqlite:PATH")
    return path


def search_path(url: str) -> Path:
    """The derived file beside a store. Raises StorageUrlError, StoreUnreadableError."""
    return Place.of(path_of(url)).search


def open_store(
    url: str, *, create: bool, queue_limit: int, clock: Callable[[], str], unacknowledged: Callable[[Draft], Draft]
) -> RecordStore:
    """The store of a URL; see SqliteStore.open. Raises StorageUrlError, StoreError, OSError."""
    return SqliteStore.open(
        path_of(url), create=create, queue_limit=queue_limit, clock=clock, unacknowledged=unacknowledged
    )
