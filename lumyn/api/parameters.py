"""The query of a call, read strictly: a filter that was misspelled would find what it should not, as if all were well."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from lumyn.api.problems import ApiError
from lumyn.setting_checks import unknown_word

__all__ = ["invalid", "one_of", "read_parameters", "whole_number"]

_COUNT_MAX: Final = 64


def read_parameters(request: Request, known: Sequence[str] = ()) -> dict[str, str]:
    """The parameters of a call by name, each once and not empty. Raises ApiError.

    known: names that the route takes
    """
    query: bytes = request.scope["query_string"]
    try:
        # What stands here beside ASCII was not escaped, and is read as UTF-8 like what was.
        pairs = parse_qsl(query.decode(), keep_blank_values=True, errors="strict", max_num_fields=_COUNT_MAX)
    except ValueError:
        raise invalid("the query", f"is no UTF-8, or has more than {_COUNT_MAX} parameters") from None
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            hint = unknown_word(name, tuple(known), "parameter") if known else "this path takes no parameters"
            raise ApiError("INVALID_PARAMETER", hint)
        if name in given:
            raise invalid(name, "is given twice")
        if not value:
            raise invalid(name, "is empty; leave it out, or give it a value")
        given[name] = value
    return given


def invalid(name: str, detail: str) -> ApiError:
    """What is answered where a parameter is not usable."""
    return ApiError("INVALID_PARAMETER", f"{name} {detail}")


def one_of(name: str, value: str, known: Sequence[str]) -> str:
    """A value that is one of some words. Raises ApiError."""
    if value not in known:
        raise invalid(name, f"is not usable: {unknown_word(value, tuple(map(str, known)), 'value')}")
    return value


def whole_number(name: str, value: str, low: int, high: int) -> int:
    """A value that is a number within bounds, both included. Raises ApiError."""
    if value.isascii() and value.isdecimal() and len(value) <= len(str(high)) and low <= int(value) <= high:
        return int(value)
    raise invalid(name, f"is no whole number between {low:,} and {high:,}")
