"""Files read within a limit, and written whole or not at all."""

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, TextIO

from lumyn.errors import FileError

__all__ = [
    "STANDARD_STREAM",
    "EndlessLineError",
    "open_regular",
    "read_file",
    "read_lines",
    "read_regular",
    "words_of",
    "write_files",
]

# The name that stands for standard input or standard output.
STANDARD_STREAM = "-"


# Of a line that is too long so much is passed over; one that still goes on may have no end.
_PASSED_OVER_BYTES_MAX = 64 * 2**20


class EndlessLineError(FileError):
    """A line that goes on and on."""


def read_file(path: str, size_max: int) -> bytes:
    """Up to `size_max` + 1 bytes of a file, so that whoever knows the limit can see that it is passed.

    path:   "-" reads standard input
    errors: FileError
    """
    with _opened(path) as stream:
        pieces: list[bytes] = []
        wanted = size_max + 1
        # A pipe hands out small pieces.
        while wanted and (piece := stream.read(min(wanted, 1 << 20))):
            pieces.append(piece)
            wanted -= len(piece)
        return b"".join(pieces)


def read_regular(path: str | Path, size_max: int) -> bytes:
    """Up to `size_max` + 1 bytes of a regular file. Unlike `read_file` it never waits, for the other end of a pipe for one.

    errors: OSError, of a folder or a device too
    """
    with os.fdopen(open_regular(path), "rb") as stream:
        return stream.read(size_max + 1)


def open_regular(path: str | Path) -> int:
    """A descriptor to read a regular file by; of nothing else, which may keep whoever opens it waiting.

    errors: OSError, of a folder or a device too
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as problem:
        raise OSError(errno.EINVAL, "a name can't have a NUL in it", str(path)) from problem
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise OSError(errno.EINVAL, "Not a regular file", str(path))


def read_lines(path: str, size_max: int) -> Iterator[bytes]:
    """The lines of a file as they come, without their ends, each cut one byte past the limit.

    path:   "-" reads standard input
    errors: FileError; EndlessLineError after a line that has no end in sight
    """
    with _opened(path) as stream:
        while line := stream.readline(size_max + 1):
            # One that was cut off stays longer than the limit, so that it is seen to be.
            yield line.rstrip(b"\r\n") if line.endswith(b"\n") else line
            rest, passed_over = line, 0
            while not rest.endswith(b"\n") and (rest := stream.readline(1 << 20)):
                passed_over += len(rest)
                if passed_over > _PASSED_OVER_BYTES_MAX:
                    raise EndlessLineError(path, f"a line is longer than {_PASSED_OVER_BYTES_MAX:,} bytes")


def write_files(*files: tuple[str, bytes]) -> None:
    """Replace files by new contents, through temporary files in their folders, so that no one sees half of one.

    Several that belong together are replaced together or not at all: all are written before any appears, so what usually
    fails has failed by then. They appear in the order in which they are given; the one that others are about comes last,
    so whoever sees it finds them beside it.

    A link is followed and stays a link; an existing file keeps its permissions; a device or pipe is written to as it is.
    files:  path and content of each; the path "-" writes to standard output
    errors: FileError, of the file that can't be written
    """
    with ExitStack() as temporaries:
        ready: list[tuple[str, Callable[[], object]]] = []
        for path, content in files:
            with _errors_of(path):
                ready.append((path, _prepare(path, content, temporaries)))
        for path, appear in ready:
            with _errors_of(path):
                appear()


def _prepare(path: str, content: bytes, temporaries: ExitStack) -> Callable[[], object]:
    """Do all that can be done before a file appears; what is returned makes it appear."""
    if path == STANDARD_STREAM:
        return partial(_print, _binary(sys.stdout), content)
    if _is_device(Path(path)):
        return partial(Path(path).write_bytes, content)
    target = _target(path)
    return partial(temporaries.enter_context(_written_beside(target, content)).replace, target)


def _print(stream: BinaryIO, content: bytes) -> None:
    stream.write(content)
    stream.flush()


def _target(path: str) -> Path:
    """The file that a path leads to through all links."""
    circle = OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    try:
        target = Path(path).resolve()
    except RuntimeError as problem:  # what Python 3.11 and 3.12 say of links in a circle
        raise circle from problem
    if target.is_symlink():  # which later ones leave as they are
        raise circle
    return target


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    with _errors_of(path):
        if path == STANDARD_STREAM:
            yield _binary(sys.stdin)
        else:
            with Path(path).open("rb") as stream:
                yield stream


@contextmanager
def _errors_of(path: str) -> Iterator[None]:
    """Turn the system's errors into FileError."""
    try:
        yield
    except OSError as problem:
        raise FileError(path, words_of(problem)) from problem
    except ValueError as problem:
        raise FileError(path, "a name can't have a NUL in it") from problem


def _binary(stream: TextIO | None) -> BinaryIO:
    """The bytes under a standard stream; Python has none where a shell has closed it."""
    if stream is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return stream.buffer


def _is_device(path: Path) -> bool:
    """Whether a path leads to something that a rename would destroy: a terminal, a pipe, /dev/null."""
    return path.exists() and not path.is_file() and not path.is_dir()


@contextmanager
def _written_beside(path: Path, content: bytes) -> Iterator[Path]:
    """A temporary file beside the one that it is to replace: a rename is the one moment at which new content appears.

    It is gone at the end, unless it has been renamed.
    """
    if path.is_dir():
        raise IsADirectoryError
    # Short whatever the file is called: its name may be as long as the system allows.
    temporary = path.with_name(f".{os.urandom(8).hex()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            if path.exists():
                temporary.chmod(stat.S_IMODE(path.stat().st_mode))
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
        yield temporary
    finally:  # an interrupt too must leave nothing half-written behind
        temporary.unlink(missing_ok=True)


def words_of(problem: OSError) -> str:
    """What is wrong with a file, as a person would say it."""
    match problem:
        case FileNotFoundError():
            return "no such file or folder"
        case IsADirectoryError():
            return "is a folder, not a file"
        case NotADirectoryError():
            return "a part of its path is a file, not a folder"
        case PermissionError():
            return "permission denied"
        case OSError(errno=errno.EBADF):
            return "it is closed"
        case _:
            return (problem.strerror or str(problem)).lower()
