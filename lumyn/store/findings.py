"""What is found in a store that is verified."""

from typing import Literal

import attrs

__all__ = ["Finding", "FindingCode", "Verified"]

FindingCode = Literal[
    "erased",  # a payload that an erasure entry names: as it should be
    "unreadable",  # bytes that the database can't read
    "damaged",  # the database contradicts itself: pages, index against table, types
    "schema",  # a table, index or trigger is missing, added or changed
    "genesis",  # entry 0 is not the beginning of this log
    "gap",  # entries are missing
    "header",  # an index column disagrees with the leaf
    "payload",  # a payload disagrees with its header, is missing, or belongs to no entry
    "contents",  # a payload that is committed to, and contradicts its header or itself
    "erasure",  # an erasure that names no entry, or that did not delete
    "duplicate",  # one id, two entries
    "history",  # the log doesn't extend the one of a checkpoint
]


@attrs.frozen
class Finding:
    """One thing that is found.

    first, last: seq of the entries that it is about, both included; None when it is about the file
    entry_id:    where it is about one entry that has one
    detail:      what is wrong, in words
    """

    code: FindingCode
    first: int | None
    last: int | None
    entry_id: str | None
    detail: str

    @property
    def is_wrong(self) -> bool:
        """False for what is as it should be."""
        return self.code != "erased"

    def __str__(self) -> str:
        if self.first is None:
            return f"{self.code}: {self.detail}"
        where = f"entry {self.first}" if self.first == self.last else f"entries {self.first} to {self.last}"
        name = "" if self.entry_id is None else f" ({self.entry_id})"
        return f"{self.code}: {where}{name}: {self.detail}"


@attrs.frozen
class Verified:
    """The log that was verified, as it was when that began."""

    store_id: str
    size: int
    root: bytes
