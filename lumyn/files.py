"""Files read within a limit, and written whole or not at all."""

import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

from lumyn.errors import FileError

__all__ = ["STANDARD_STREAM", "read_file", "write_file"]

# The name that stands for standard input or standard output.
STANDARD_STREAM = "-"


def read_file(path: str, size_max: int) -> bytes:
    """Up to `size_max` + 1 bytes of a file, so that whoever knows the limit can see that it is passed.

    path:   "-" reads standard input
    errors: FileError
    """
    try:
        if path == STANDARD_STREAM:
            return _read(sys.stdin.buffer, size_max + 1)
        with Path(path).open("rb") as stream:
            return _read(stream, size_max + 1)
    except OSError as problem:
        raise FileError(path, _words(problem)) from problem
    except ValueError as problem:  # a NUL in the name
        raise FileError(path, str(problem)) from problem


def write_file(path: str, content: bytes) -> None:
    """Replace a file by new content, through a temporary file in its folder, so that no one sees half of it.

    A link is followed and stays a link; an existing file keeps its permissions; a device or pipe is written to as it is.
    path:   "-" writes to standard output
    errors: FileError
    """
    try:
        if path == STANDARD_STREAM:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        elif _is_device(Path(path)):
            Path(path).write_bytes(content)
        else:
            _replace(Path(path).resolve(), content)
    except BrokenPipeError:
        raise  # whoever reads has had enough: no error of a file
    except OSError as problem:
        raise FileError(path, _words(problem)) from problem
    except ValueError as problem:  # a NUL in the name
        raise FileError(path, str(problem)) from problem


def _read(stream: BinaryIO, size_max: int) -> bytes:
    """Read to the end or the limit, however small the pieces that a pipe hands out."""
    pieces: list[bytes] = []
    missing = size_max
    while missing and (piece := stream.read(min(missing, 1 << 20))):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _is_device(path: Path) -> bool:
    """Whether a path leads to something that a rename would destroy: a terminal, a pipe, /dev/null."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file and rename: the rename is the one moment at which the new content appears."""
    if path.is_dir():
        raise IsADirectoryError
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            if path.exists():
                temporary.chmod(stat.S_IMODE(path.stat().st_mode))
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
        temporary.replace(path)
    except BaseException:  # an interrupt too must leave nothing half-written behind
        temporary.unlink()
        raise


def _words(problem: OSError) -> str:
    """What is wrong, as a person would say it."""
    match problem:
        case FileNotFoundError():
            return "no such file or folder"
        case IsADirectoryError():
            return "is a folder, not a file"
        case NotADirectoryError():
            return "a part of its path is a file, not a folder"
        case PermissionError():
            return "permission denied"
        case _:
            return (problem.strerror or str(problem)).lower()
