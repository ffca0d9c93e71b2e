"""Where the bytes of an artifact come from."""

from __future__ import annotations

import os

from lumyn_runtime.limits import ARTIFACT_BYTES_MAX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol, TypeAlias

    class BinaryFile(Protocol):
        """Anything that reads bytes."""

        def read(self, size: int, /) -> bytes:
            """Read up to so many bytes; none at the end."""

    Source: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryFile"

__all__ = ["read_source"]


def read_source(source: Source) -> bytes:
    """The bytes of a path, of bytes, or of a file opened in binary mode; of too many, just as many as show it.

    raises: OSError
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    if isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as file:  # noqa: PTH123  pathlib takes long to import
            return _read_file(file)
    return _read_file(source)


def _read_file(file: BinaryFile) -> bytes:
    parts = []
    left = ARTIFACT_BYTES_MAX + 1
    while left > 0:
        part = file.read(left)
        if not isinstance(part, bytes):
            raise TypeError("an artifact is read from a file opened in binary mode")
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
