"""Exceptions of the gateway and its command line."""

from lumyn_runtime.errors import LumynError

__all__ = ["FileError", "JsonError"]


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

    detail: what is wrong and, where it is known, where
    """

    detail: str

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return self.detail
