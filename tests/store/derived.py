"""What a derived file says, to be compared with another's."""

from __future__ import annotations

from pathlib import Path

from lumyn.experience import Experience
from lumyn.store import RecordStore

__all__ = ["derived"]

_TABLES = ("decisions", "reasons", "rules", "labels", "situations", "policies")


def derived(path: Path, store: RecordStore) -> list[list[str]]:
    """All rows of all its tables, once it has followed the log; one that is not there is made."""
    experience = Experience(store, path)
    try:
        experience.follow()
        connection = experience.search._connection
        return [sorted(map(repr, connection.execute(f"SELECT * FROM {table}"))) for table in _TABLES]  # noqa: S608
    finally:
        experience.close()
