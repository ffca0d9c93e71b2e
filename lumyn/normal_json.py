"""Bytes or values of a caller → JSON in one normal form, or every place at which a decision can't stand on it.

Integral doubles and -0 become integers, so that one number has one spelling.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

import attrs

from lumyn.errors import JsonError, Problem, RequestError
from lumyn.strict_json import JsonValue, parse

__all__ = ["Limits", "read_normal_json"]

_INTEGER_MAX = 2**53
# Escapes of NUL, and of what may be a surrogate without its partner: rare enough to look closely at what has one.
_ODD_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


@attrs.frozen
class Limits:
    """How much a request may be."""

    bytes_max: int = 256 * 1024
    depth_max: int = 32
    keys_max: int = 1_000


class _Inexact:
    """A number that no double holds as it is written."""


class _Doubled(dict[str, JsonValue]):
    """An object in which a key stands twice."""

    key = ""


class _OddError(Exception):
    """Something is wrong somewhere; reading it again, more slowly, tells where. It never leaves this file."""


def read_normal_json(source: bytes | str | dict[str, object], limits: Limits) -> JsonValue:
    """The normal form of what a caller gave.

    source: bytes or text of JSON, or an object as Python has it
    cost:   what reading it costs; twice that where something in it needs a closer look
    errors: RequestError, which names every place
    """
    content = _content(source)
    if len(content) > limits.bytes_max:
        raise RequestError([Problem("", f"more than {limits.bytes_max:,} bytes")])
    try:
        value = parse(content, of_pairs=_members, of_float=_real, of_integer=_integer)
    except JsonError as error:
        raise _no_json(error) from error
    except _OddError:
        raise RequestError(_found(content, limits)) from None
    if not _is_plain(content, limits) and (problems := _found(content, limits)):
        raise RequestError(problems)
    return value


def _is_plain(content: bytes, limits: Limits) -> bool:
    """Whether nothing but its values can be wrong with it, so far as a glance tells."""
    return (
        _ODD_ESCAPE.search(content) is None
        and content.count(b"{") + content.count(b"[") <= limits.depth_max
        and content.count(b":") <= limits.keys_max
    )


def _found(content: bytes, limits: Limits) -> list[Problem]:
    """What is wrong with it, of its values and of itself. Raises RequestError where it is no JSON behind the first oddity."""
    try:
        value = parse(content, of_pairs=_of_pairs, of_float=_of_float)
    except JsonError as error:
        raise _no_json(error) from error
    problems = list(islice(_problems(value, "", 0, limits), _PROBLEMS_MAX))
    key_count = _key_count(value)
    if key_count > limits.keys_max:
        problems.append(Problem("", f"{key_count:,} keys, and {limits.keys_max:,} are the limit"))
    return problems[:_PROBLEMS_MAX]


_PROBLEMS_MAX = 20


def _no_json(error: JsonError) -> RequestError:
    """What is said of bytes that are no JSON."""
    return RequestError([Problem("", str(error))], is_json=False)


def _content(source: bytes | str | dict[str, object]) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return (source if isinstance(source, str) else json.dumps(source)).encode()
    except UnicodeEncodeError as error:
        raise RequestError([Problem("", "a text has a lone surrogate in it, which no UTF-8 has")]) from error
    except Exception as error:  # what a caller's own class raises is as much no JSON
        is_ours = type(error) in {TypeError, ValueError, RecursionError} and all(type(it) is str for it in error.args)
        said = f": {error}" if is_ours else f"; it raises {type(error).__name__}"
        raise RequestError([Problem("", f"no JSON can be made of it{said}")]) from error


def _members(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """An object in which no key stands twice."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _OddError
    return members


def _real(text: str) -> int | float:
    """A number with a point or an exponent, in its normal form."""
    value = float(text)
    if not abs(value) <= _INTEGER_MAX:
        raise _OddError
    if not _is_exact(value, text):
        raise _OddError
    whole = int(value)
    return whole if whole == value else value


def _integer(text: str) -> int:
    value = int(text)
    if not -_INTEGER_MAX <= value <= _INTEGER_MAX:
        raise _OddError
    return value


def _of_pairs(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    counts = Counter(key for key, _ in pairs)
    doubled = _Doubled(members)
    doubled.key = next(key for key, count in counts.items() if count > 1)
    return doubled


def _of_float(text: str) -> float | _Inexact:
    value = float(text)
    return value if _is_exact(value, text) else _Inexact()


def _is_exact(value: float, text: str) -> bool:
    """Whether a double is spelled by a text, in whichever way."""
    spelled = repr(value)
    if spelled == text:
        return True
    try:
        return Decimal(spelled) == Decimal(text)
    except ArithmeticError:  # an exponent of so many digits that no number has it
        return False


def _problems(value: object, path: str, depth: int, limits: Limits) -> Iterator[Problem]:
    """Everything that is wrong, with its JSON pointer."""
    match value:
        case str():
            yield from _text_problems(value, path)
        case bool() | None:
            pass
        case int():
            if abs(value) > _INTEGER_MAX:
                yield Problem(path, "an integer beyond 2^53, which no double holds; send it as a text")
        case float():
            if not abs(value) <= _INTEGER_MAX:
                yield Problem(path, "a number beyond 2^53; send it as a text")
        case _Inexact():
            yield Problem(path, "a number that no double holds as it is written; send fewer digits, or a text")
        case dict() | list() if depth >= limits.depth_max:
            yield Problem(path, f"nested more than {limits.depth_max} deep")
        case dict():
            if isinstance(value, _Doubled):
                yield Problem(f"{path}/{_pointer(value.key)}", "this key stands twice in its object")
            for key, inner in value.items():
                below = f"{path}/{_pointer(key)}"
                yield from _text_problems(key, below)
                yield from _problems(inner, below, depth + 1, limits)
        case list():
            for index, item in enumerate(value):
                yield from _problems(item, f"{path}/{index}", depth + 1, limits)
        case _:
            raise AssertionError(value)


def _text_problems(text: str, path: str) -> Iterator[Problem]:
    if "\0" in text:
        yield Problem(path.replace("\0", "\\u0000"), "a text has NUL in it")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        shown = path.encode("utf-8", "backslashreplace").decode()
        yield Problem(shown, "a text has a lone surrogate in it")


def _key_count(value: object) -> int:
    count = 0
    rest = [value]
    while rest:
        inner = rest.pop()
        if isinstance(inner, dict):
            count += len(inner)
            rest.extend(inner.values())
        elif isinstance(inner, list):
            rest.extend(inner)
    return count


def _pointer(key: str) -> str:
    """A key as RFC 6901 spells it."""
    return key.replace("~", "~0").replace("/", "~1")
