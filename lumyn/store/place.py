"""Where a store is: its database, the files beside it, and whether they are still the ones that were opened."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Self

import attrs

from lumyn.store.errors import StoreReplacedError, StoreUnreadableError

__all__ = ["FileLock", "Place", "Stamp", "inode_of", "new_file", "sync_folder", "write_whole"]

_POLL_SECONDS = 0.01


@attrs.frozen
class Stamp:
    """Which file a path led to: device and inode of the database and of its write-ahead log."""

    database: tuple[int, int]
    wal: tuple[int, int]


@attrs.frozen
class Place:
    """The files of one store.

    database: absolute, and no link: SQLite has its files beside the one that a link leads to
    wal:      SQLite's write-ahead log; made once, as each commit looks at it twice
    """

    database: Path
    wal: Path = attrs.field(init=False)

    @wal.default
    def _wal(self) -> Path:
        return self._beside("-wal")

    @classmethod
    def of(cls, path: Path) -> Self:
        """The files of the store that a path leads to.

        raises: StoreUnreadableError, where links lead nowhere
        """
        try:
            return cls(path.resolve())
        except (RuntimeError, OSError) as error:
            raise StoreUnreadableError(str(path), str(error)) from error

    @property
    def index(self) -> Path:
        """SQLite's index of the write-ahead log."""
        return self._beside("-shm")

    @property
    def key(self) -> Path:
        """The store's 32-byte key."""
        return self._beside(".key")

    @property
    def lock(self) -> Path:
        """What a process holds while it writes."""
        return self._beside(".lock")

    @property
    def search(self) -> Path:
        """What is derived from the log; it can be made again."""
        return self._beside(".search")

    def inode(self) -> tuple[int, int]:
        """Which file the database is now.

        raises: StoreReplacedError when it is gone; OSError
        """
        return inode_of(self.database)

    def stamp(self) -> Stamp:
        """Which files are there now; to be asked while a connection holds them open.

        raises: StoreReplacedError when one is gone; OSError
        """
        return Stamp(inode_of(self.database), inode_of(self.wal))

    def check(self, stamp: Stamp) -> None:
        """Two stats that say whether a path still leads where it led.

        raises: StoreReplacedError, OSError
        """
        self.check_database(stamp.database)
        if inode_of(self.wal) != stamp.wal:
            raise StoreReplacedError(str(self.wal), "another file is where the store was opened")

    def check_database(self, inode: tuple[int, int]) -> None:
        """As `check`, where the write-ahead log doesn't matter."""
        if inode_of(self.database) != inode:
            raise StoreReplacedError(str(self.database), "another file is where the store was opened")

    def wal_size_bytes(self) -> int:
        """How long the write-ahead log is; 0 when there is none."""
        try:
            return self.wal.stat().st_size
        except FileNotFoundError:
            return 0

    def _beside(self, ending: str) -> Path:
        return self.database.with_name(self.database.name + ending)


class FileLock:
    """An advisory lock between processes, and between the parts of one that each hold their own.

    Whoever waits is woken in turn, which SQLite's own lock, polled with sleeps, can't give.
    """

    __slots__ = ("_descriptor",)

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def held(self, timeout_seconds: float | None = None) -> Iterator[Self]:
        """Hold the lock, however long it takes to get it, or until time has passed.

        raises: TimeoutError
        """
        if timeout_seconds is None:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        else:
            self._poll(timeout_seconds)
        try:
            yield self
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _poll(self, timeout_seconds: float) -> None:
        stop_at = monotonic() + timeout_seconds
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if monotonic() >= stop_at:
                    raise TimeoutError(errno.ETIMEDOUT, "another process holds the lock") from None
                sleep(_POLL_SECONDS)

    def close(self) -> None:
        """Let go of the file; it stays where it is, since others may wait for it."""
        os.close(self._descriptor)


def new_file(path: Path) -> int:
    """A descriptor of a new, empty file that only its owner can read.

    raises: FileExistsError, OSError
    """
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read; it is there whole or not at all, whatever ends in between.

    raises: OSError
    """
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(new_file(beside), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make what was created or renamed in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def inode_of(path: Path | str) -> tuple[int, int]:
    """Which file has a name: its device and inode.

    raises: StoreReplacedError when none has; OSError
    """
    # os.stat takes half the time of Path.stat, and this is asked six times a commit.
    try:
        status = os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        raise StoreReplacedError(str(path), "the file was deleted while the store was open") from None
    return status.st_dev, status.st_ino
