"""A file of checkpoints, the oldest first: added to whole, and never rewritten."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lumyn.files import open_regular
from lumyn.store.checkpoint import ORIGIN_PREFIX, Checkpoint, parse_checkpoint, write_checkpoint
from lumyn.store.errors import CheckpointError
from lumyn.store.place import sync_folder

__all__ = ["add_checkpoint", "last_checkpoint"]

_TAIL_BYTES: Final = 1 << 16
_ORIGIN: Final = ORIGIN_PREFIX.encode()


def add_checkpoint(path: Path, take: Callable[[], Checkpoint]) -> Checkpoint:
    """Add a checkpoint to a file, which is made where it is not there and which only its owner can read.

    take:    makes it while nobody else adds one, so that later ones stand behind earlier ones; what the file ends with
             already is not added again
    returns: the checkpoint, which is on the disk
    errors:  OSError, and what `take` raises; the file is then as it was
    """
    with _locked(path) as descriptor:
        checkpoint = take()
        text = write_checkpoint(checkpoint)
        size = os.fstat(descriptor).st_size
        start = max(0, size - len(text))
        if os.pread(descriptor, size - start, start) == text:
            return checkpoint
        try:
            _write_all(descriptor, text)
            os.fsync(descriptor)
        except OSError:
            # Half a checkpoint would spoil the whole ones before it.
            os.ftruncate(descriptor, size)
            raise
    return checkpoint


def last_checkpoint(path: Path) -> Checkpoint | None:
    """The last one of a file; None where there is no file, or an empty one, which is just being begun. Reads its end only.

    errors: CheckpointError, OSError
    """
    try:
        descriptor = open_regular(path)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - _TAIL_BYTES))
        tail = stream.read()
    if not tail:
        return None
    at = 0 if tail.startswith(_ORIGIN) else tail.find(b"\n" + _ORIGIN) + 1
    behind = tail.rfind(b"\n" + _ORIGIN)
    if not (at or tail.startswith(_ORIGIN)):
        raise CheckpointError("its end holds none")
    return parse_checkpoint(tail[max(at, behind + 1) :])


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """A descriptor to read the file by and to add to it, which one caller at a time has."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        descriptor = os.open(path, flags | os.O_CREAT, 0o600)
        sync_folder(path.parent)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        # Which lets go of the lock, too.
        os.close(descriptor)


def _write_all(descriptor: int, text: bytes) -> None:
    written = 0
    while written < len(text):
        written += os.write(descriptor, text[written:])
