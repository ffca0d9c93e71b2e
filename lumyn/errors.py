"""Exceptions of the gateway and its command line."""

from collections.abc import Sequence
from typing import NamedTuple

from lumyn_runtime.errors import LumynError

__all__ = ["FileError", "JsonError", "Problem", "ReplayError", "RequestError", "TrailingJsonError"]


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


class Problem(NamedTuple):
    """One thing that is wrong with a request.

    path: JSON pointer (RFC 6901); "" is the whole
    """

    path: str
    detail: str

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}" if self.path else self.detail


class RequestError(LumynError):
    """A request that is not decided: whoever made it has to mend it. Nothing is recorded.

    reason_code: INVALID_REQUEST_SCHEMA, or what makes this request another's business
    is_json:     False where not even JSON could be read
    """

    problems: tuple[Problem, ...]
    reason_code: str
    is_json: bool

    def __init__(
        self, problems: Sequence[Problem], reason_code: str = "INVALID_REQUEST_SCHEMA", *, is_json: bool = True
    ) -> None:
        super().__init__(tuple(problems), reason_code)
        self.problems = tuple(problems)
        self.reason_code = reason_code
        self.is_json = is_json

    def __str__(self) -> str:
        return f"{self.reason_code}: " + "; ".join(map(str, self.problems))


class ReplayError(LumynError):
    """A record, or a pack of one, that can't be repeated as it stands."""

    detail: str

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return self.detail
