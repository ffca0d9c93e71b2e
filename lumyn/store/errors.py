"""Exceptions of the store: what could not be stored or read, and what that leaves known."""

import sqlite3
from typing import Literal

from lumyn_runtime.errors import LumynError

__all__ = [
    "CheckpointError",
    "DatabaseError",
    "EntryAlteredError",
    "EntryErasedError",
    "EntryIdReusedError",
    "EntryNotFoundError",
    "NewerSchemaError",
    "NotAStoreError",
    "Outcome",
    "QueueFullError",
    "RequestIdReusedError",
    "SqliteTooOldError",
    "StorageUnavailableError",
    "StoreClosedError",
    "StoreError",
    "StoreExistsError",
    "StoreKeyError",
    "StoreMissingError",
    "StoreReplacedError",
    "StoreUnreadableError",
]

Outcome = Literal["not_stored", "unknown"]

# What the database itself raises where the derived file is read or written.
DatabaseError = sqlite3.Error


class StoreError(LumynError):
    """Root of what a store raises."""


class StorageUnavailableError(StoreError):
    """An entry that is not known to be stored.

    outcome: "not_stored" when it certainly is not and won't be; "unknown" when a commit was under way
    detail:  why, as far as it is known
    """

    outcome: Outcome
    detail: str

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(outcome, detail)
        self.outcome = outcome
        self.detail = detail

    def __str__(self) -> str:
        known = "the entry was not stored" if self.outcome == "not_stored" else "the entry may have been stored or not"
        return f"{known}: {self.detail}"


class QueueFullError(StoreError):
    """More entries wait to be stored than the store lets wait; this one was not taken.

    limit: how many may wait
    """

    limit: int

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return f"{self.limit} entries wait to be stored already"


class StoreClosedError(StoreError):
    """A store that takes nothing any more: it was closed, or opened by the process that this one was forked from."""

    def __str__(self) -> str:
        return "the store is closed"


class RequestIdReusedError(StoreError):
    """A request_id that another request of the same tenant has.

    entry_id: the record that was stored for it
    """

    request_id: str
    entry_id: str

    def __init__(self, request_id: str, entry_id: str) -> None:
        super().__init__(request_id, entry_id)
        self.request_id = request_id
        self.entry_id = entry_id

    def __str__(self) -> str:
        return f"request_id {self.request_id!r} belongs to another request, recorded as {self.entry_id}"


class _OfEntryError(StoreError):
    """What is said of one entry.

    entry_id: which
    """

    entry_id: str

    def __init__(self, entry_id: str) -> None:
        super().__init__(entry_id)
        self.entry_id = entry_id


class EntryIdReusedError(_OfEntryError):
    """An id that another entry has."""

    def __str__(self) -> str:
        return f"another entry has the id {self.entry_id!r}"


class EntryAlteredError(_OfEntryError):
    """An entry whose bytes are not those that the log is committed to: somebody changed them, or the disk did."""

    def __str__(self) -> str:
        return (
            f"the entry {self.entry_id!r} is not what was stored: its bytes are not those that the log committed to;"
            " `lumyn verify` finds everything that was changed"
        )


class EntryErasedError(_OfEntryError):
    """An entry whose payload was erased, so that it can't be given out again."""

    def __str__(self) -> str:
        return f"the entry {self.entry_id!r} was erased"


class EntryNotFoundError(_OfEntryError):
    """An entry that is not in the log, or none that can be erased."""

    def __str__(self) -> str:
        return f"there is no such entry: {self.entry_id!r}"


class _OfPathError(StoreError):
    """What is said of a file.

    path:   the file
    detail: what is wrong, in words
    """

    path: str
    detail: str

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(path, detail)
        self.path = path
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}"


class StoreMissingError(_OfPathError):
    """No store is at this path, and none was to be created."""


class StoreExistsError(_OfPathError):
    """A file is where another was to be written."""


class NotAStoreError(_OfPathError):
    """A file that is no store of Lumyn's."""


class StoreKeyError(_OfPathError):
    """The store's key is missing, or is the key of another store."""


class StoreReplacedError(_OfPathError):
    """The file that was opened was deleted, swapped or shortened."""


class StoreUnreadableError(_OfPathError):
    """The database could not be read."""


class NewerSchemaError(StoreError):
    """A store that a newer Lumyn wrote.

    found: the version of its schema
    known: the newest version that this Lumyn knows
    """

    path: str
    found: int
    known: int

    def __init__(self, path: str, found: int, known: int) -> None:
        super().__init__(path, found, known)
        self.path = path
        self.found = found
        self.known = known

    def __str__(self) -> str:
        return (
            f"{self.path}: written by a newer Lumyn (schema {self.found}; this one knows {self.known}): upgrade Lumyn"
        )


class SqliteTooOldError(StoreError):
    """This Python's SQLite can't keep a log.

    found, needed: versions
    """

    found: str
    needed: str

    def __init__(self, found: str, needed: str) -> None:
        super().__init__(found, needed)
        self.found = found
        self.needed = needed

    def __str__(self) -> str:
        return f"this Python comes with SQLite {self.found}, and a log needs {self.needed} or a newer one"


class CheckpointError(StoreError):
    """A text that is no checkpoint.

    detail: what is wrong with it
    """

    detail: str

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return f"not a checkpoint: {self.detail}"
