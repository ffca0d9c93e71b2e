"""A disk that the power can be cut from: what happened to some files, and what may be left of them at any moment.

What was written is certain once a sync that began later has ended; until then any part of it may be on the disk, in any
order, in whole sectors. Names are certain once their folder was synced; until then the disk has those changes up to some
point, as file systems that keep a journal of them do.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Literal

import attrs

__all__ = [
    "Acknowledged",
    "Change",
    "Disk",
    "FolderSynced",
    "Loss",
    "Named",
    "Renamed",
    "SyncBegun",
    "SyncEnded",
    "Unlinked",
    "Written",
]

SECTOR_SIZES = (512, 4096)


@attrs.frozen
class Named:
    """A file appeared under a name; `file` stands for it, whatever its name."""

    file: int
    name: str


@attrs.frozen
class Renamed:
    """A file got another name."""

    old: str
    new: str


@attrs.frozen
class Unlinked:
    """A name went away."""

    name: str


@attrs.frozen
class Written:
    """Bytes were written; with `size` the file was cut off there first, or filled up with zeros."""

    file: int
    offset: int
    content: bytes = attrs.field(repr=False)
    size: int | None = None


@attrs.frozen
class SyncBegun:
    """Of one file."""

    file: int


@attrs.frozen
class SyncEnded:
    """Of one file."""

    file: int


@attrs.frozen
class FolderSynced:
    """Names are certain."""


@attrs.frozen
class Acknowledged:
    """A caller was told that these bytes are stored."""

    entry_id: str
    content: bytes = attrs.field(repr=False)


Change = Named | Renamed | Unlinked | Written | SyncBegun | SyncEnded | FolderSynced | Acknowledged

Loss = Literal["all", "some", "none"]


@attrs.define
class _File:
    certain: bytes = b""
    uncertain: list[Written] = attrs.field(factory=list)
    # How many of the uncertain writes the sync covers that is under way.
    covered_count: int = 0


class Disk:
    """The files of one folder."""

    def __init__(self) -> None:
        self._files: dict[int, _File] = {}
        self._names: dict[str, int] = {}
        self._name_changes: list[Named | Renamed | Unlinked] = []
        self.acknowledged: dict[str, bytes] = {}

    def apply(self, change: Change) -> None:
        """Something happened."""
        match change:
            case Named(file=file):
                self._files.setdefault(file, _File())
                self._name_changes.append(change)
            case Renamed() | Unlinked():
                self._name_changes.append(change)
            case Written(file=file):
                self._files[file].uncertain.append(change)
            case SyncBegun(file=file):
                self._files[file].covered_count = len(self._files[file].uncertain)
            case SyncEnded(file=file):
                synced = self._files[file]
                synced.certain = _written(synced.certain, synced.uncertain[: synced.covered_count])
                del synced.uncertain[: synced.covered_count]
                synced.covered_count = 0
            case FolderSynced():
                _rename(self._names, self._name_changes)
                self._name_changes = []
            case Acknowledged():
                self.acknowledged[change.entry_id] = change.content

    def left(self, loss: Loss, chance: Random) -> dict[str, bytes]:
        """Files by their names, as they may be found when the power is back.

        loss: of what is not certain
        """
        kept_count = {"all": 0, "some": chance.randint(0, len(self._name_changes)), "none": len(self._name_changes)}
        names = dict(self._names)
        _rename(names, self._name_changes[: kept_count[loss]])
        return {name: self._content(self._files[file], loss, chance) for name, file in names.items()}

    def everything(self) -> dict[str, bytes]:
        """Files as the operating system shows them while the power is on."""
        return self.left("none", Random(0))

    @staticmethod
    def _content(file: _File, loss: Loss, chance: Random) -> bytes:
        match loss:
            case "all":
                return file.certain
            case "none":
                return _written(file.certain, file.uncertain)
            case "some":
                kept_share, sector_size = chance.random(), chance.choice(SECTOR_SIZES)
                sectors = (sector for write in file.uncertain for sector in _sectors(write, sector_size))
                return _written(file.certain, [sector for sector in sectors if chance.random() < kept_share])


def _written(content: bytes, writes: list[Written]) -> bytes:
    if not writes:
        return content
    changed = bytearray(content)
    for write in writes:
        if write.size is not None:
            changed = changed[: write.size].ljust(write.size, b"\0")
        if len(changed) < write.offset:
            changed = changed.ljust(write.offset, b"\0")
        changed[write.offset : write.offset + len(write.content)] = write.content
    return bytes(changed)


def _sectors(write: Written, sector_size: int) -> Iterator[Written]:
    """The parts of a write that the disk keeps whole."""
    if write.size is not None:
        yield attrs.evolve(write, content=b"")
    start, stop = write.offset, write.offset + len(write.content)
    while start < stop:
        end = min(stop, (start // sector_size + 1) * sector_size)
        yield Written(write.file, start, write.content[start - write.offset : end - write.offset])
        start = end


def _rename(names: dict[str, int], changes: list[Named | Renamed | Unlinked]) -> None:
    for change in changes:
        match change:
            case Named(file=file, name=name):
                names[name] = file
            case Renamed(old=old, new=new):
                names[new] = names.pop(old)
            case Unlinked(name=name):
                names.pop(name, None)
