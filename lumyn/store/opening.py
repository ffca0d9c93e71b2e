"""A storage URL → an open store, and where the file that is derived from it lies."""

from collections.abc import Callable
from pathlib import Path

from lumyn.store import Draft, RecordStore
from lumyn.store.errors import StoreError
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
    """The file of a `sqlite:PATH`. Raises StorageUrlError."""
    if not url.startswith(_SQLITE):
        scheme = url.partition(":")[0]
        raise StorageUrlError(scheme, "no store of this sort is known; write sqlite:PATH")
    name = url.removeprefix(_SQLITE)
    if name.startswith("///"):
        name = name.removeprefix("//")
    if not name or name == ":memory:":
        raise StorageUrlError(url, "a store is a file; write sqlite:PATH")
    return Path(name)


def search_path(url: str) -> Path:
    """The derived file beside a store."""
    path = path_of(url)
    return path.with_name(f"{path.name}.search")


def open_store(
    url: str, *, create: bool, queue_limit: int, clock: Callable[[], str], unacknowledged: Callable[[Draft], Draft]
) -> RecordStore:
    """The store of a URL; see SqliteStore.open. Raises StorageUrlError, StoreError, OSError."""
    return SqliteStore.open(
        path_of(url), create=create, queue_limit=queue_limit, clock=clock, unacknowledged=unacknowledged
    )
