"""Exceptions of the gateway and its command line."""

from lumyn_runtime.errors import LumynError

__all__ = ["FileError", "JsonError", "TrailingJsonError"]


class FileError(LumynError):
    """A file that can't be read or written.

    path:   as the caller named it; "-" is standard input or output
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


class JsonError(LumynError):
    """Bytes that are no JSON a decision can stand on.

    detail: what is wrong, and what to do about it
    line, column: where, where that is known; both count from 1, columns count code points
    """

    detail: str
    line: int | None
    column: int | None

    def __init__(self, detail: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(detail, line, column)
        self.detail = detail
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return self.detail if self.line is None else f"line {self.line}, column {self.column}: {self.detail}"


class TrailingJsonError(JsonError):
    """One JSON value, and then more: what a file with a value a line looks like."""
