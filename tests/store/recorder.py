"""What a process does to the files of one folder, through SQLite and through the functions of `os`, in order."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import Any

from tests.store.disk import Change, Disk, FolderSynced, Named, Renamed, SyncBegun, SyncEnded, Unlinked, Written
from tests.store.recording_vfs import watch_sqlite

__all__ = ["Recorder"]

# These are not on the disk's account: the shared memory is made anew after a restart, and locks die with their processes.
_LEFT_OUT = ("-shm", ".lock")


class Recorder:
    """A DiskWatcher for SQLite, and in the place of some functions of `os` for the rest. For one process, and for good."""

    def __init__(self, folder: Path) -> None:
        self.changes: list[Change] = []
        self._folder = folder.resolve()
        self._lock = RLock()
        # The inode of a file → what stands for it: inodes are used again.
        self._by_inode: dict[int, int] = {}
        self._count = 0
        watch_sqlite(self)
        self._replace("open", self._os_open)
        self._replace("fsync", self._os_fsync)
        self._replace("rename", self._os_rename)
        self._replace("unlink", self._os_unlink)

    def note(self, change: Change) -> None:
        """Add what only the caller knows."""
        with self._lock:
            self.changes.append(change)

    def check_complete(self) -> None:
        """Hold that what was recorded makes exactly the files that are there."""
        disk = Disk()
        for change in self.changes:
            disk.apply(change)
        there = {path.name: path.read_bytes() for path in self._folder.iterdir() if self.is_watched(str(path))}
        recorded = disk.everything()
        assert recorded.keys() == there.keys()
        assert recorded == there

    def is_watched(self, path: str) -> bool:
        """See DiskWatcher."""
        return Path(path).parent == self._folder and not path.endswith(_LEFT_OUT)

    def opened(self, path: str) -> int:
        """See DiskWatcher."""
        with self._lock:
            inode = os.stat(path).st_ino  # noqa: PTH116
            if inode not in self._by_inode:
                self._by_inode[inode] = self._count
                self._count += 1
                self.changes.append(Named(self._by_inode[inode], Path(path).name))
            return self._by_inode[inode]

    def written(self, file: int, offset: int, content: bytes) -> None:
        """See DiskWatcher."""
        self.note(Written(file, offset, content))

    def truncated(self, file: int, size: int) -> None:
        """See DiskWatcher."""
        self.note(Written(file, size, b"", size))

    def sync_begins(self, file: int) -> None:
        """See DiskWatcher."""
        self.note(SyncBegun(file))

    def sync_ended(self, file: int) -> None:
        """See DiskWatcher."""
        self.note(SyncEnded(file))

    def unlinked(self, path: str) -> None:
        """See DiskWatcher."""
        with self._lock:
            if Path(path).exists():
                self._forget(path)
                self.changes.append(Unlinked(Path(path).name))

    def folder_synced(self) -> None:
        """See DiskWatcher."""
        self.note(FolderSynced())

    def _replace(self, name: str, function: Callable[..., Any]) -> None:
        below = getattr(os, name)
        setattr(os, name, lambda *arguments, **options: function(below, *arguments, **options))

    def _os_open(self, below: Callable[..., int], path: str | Path, flags: int, *arguments: Any, **options: Any) -> int:  # noqa: ANN401
        descriptor = below(path, flags, *arguments, **options)
        if flags & os.O_CREAT and self.is_watched(str(path)):
            self.opened(str(path))
        return descriptor

    def _os_fsync(self, below: Callable[[int], None], descriptor: int) -> None:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            below(descriptor)
            self.note(FolderSynced())
        elif status.st_ino in self._by_inode:
            file = self._by_inode[status.st_ino]
            # What was written since it was opened: it is enough to know it from the moment on that it counts.
            self.note(Written(file, 0, Path(f"/proc/self/fd/{descriptor}").read_bytes(), 0))
            self.sync_begins(file)
            below(descriptor)
            self.sync_ended(file)

    def _os_rename(self, below: Callable[..., None], old: str | Path, new: str | Path) -> None:
        with self._lock:
            if self.is_watched(str(new)):
                self._forget(new)
                self.changes.append(Renamed(Path(old).name, Path(new).name))
            below(old, new)

    def _os_unlink(self, below: Callable[..., None], path: str | Path, **options: Any) -> None:  # noqa: ANN401
        with self._lock:
            if self.is_watched(str(path)):
                self.unlinked(str(path))
            below(path, **options)

    def _forget(self, path: str | Path) -> None:
        if Path(path).exists():
            self._by_inode.pop(os.stat(path).st_ino, None)  # noqa: PTH116
