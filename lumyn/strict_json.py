"""JSON as a decision can stand on it: UTF-8, no key twice, no NaN, no infinity, no bottomless nesting."""

import json
from typing import NoReturn, TypeAlias

from lumyn.errors import JsonError

__all__ = ["JsonValue", "parse"]

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"


def parse(content: bytes) -> JsonValue:
    """The value that some bytes spell.

    errors: JsonError
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise JsonError(f"not UTF-8: {problem.reason} at byte {problem.start}") from problem
    try:
        value: JsonValue = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as problem:
        raise JsonError(f"not JSON: {problem.msg} at line {problem.lineno}, column {problem.colno}") from problem
    except RecursionError as problem:
        raise JsonError("not usable: nested too deeply") from problem
    except ValueError as problem:  # Python's own limit on the digits of an integer
        raise JsonError("not usable: a number has too many digits") from problem
    return value


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """The pairs as a dict; one of two values for a key would be chosen silently, so that is refused."""
    members = dict(pairs)
    if len(members) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise JsonError(f"not usable: the key {json.dumps(twice)} stands twice in one object")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise JsonError(f"not JSON: {name} is no number of JSON's")
