"""JSON as a decision can stand on it: UTF-8, no key twice, no NaN, no infinity, no bottomless nesting."""

import json
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import NoReturn, TypeAlias

from lumyn.errors import JsonError, TrailingJsonError

__all__ = ["JsonValue", "Pairs", "parse"]

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"


Pairs: TypeAlias = "list[tuple[str, JsonValue]]"


def parse(
    content: bytes,
    of_pairs: Callable[[Pairs], dict[str, JsonValue]] | None = None,
    of_float: Callable[[str], object] | None = None,
    of_integer: Callable[[str], object] | None = None,
) -> JsonValue:
    """The value that some bytes spell.

    of_pairs:   what is made of an object; where it is left out, one with a key twice is an error
    of_float:   what is made of a number that is written with a point or an exponent; a double if left out
    of_integer: what is made of any other number; an int if left out
    errors:     JsonError; TrailingJsonError where more follows
    """
    text = _decode(content)
    try:
        value: JsonValue = _decoder(of_pairs or _object, of_float, of_integer).decode(text)
    except json.JSONDecodeError as problem:
        raise _no_json(text, problem.msg, problem.pos) from problem
    except RecursionError as problem:
        raise JsonError("not usable: nested too deeply") from problem
    except ValueError as problem:  # Python's own limit on the digits of an integer
        raise JsonError("not usable: a number has too many digits") from problem
    return value


# One decoder for each way of reading: making one takes as long as reading a small object.
@cache
def _decoder(
    of_pairs: Callable[[Pairs], dict[str, JsonValue]],
    of_float: Callable[[str], object] | None,
    of_integer: Callable[[str], object] | None,
) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=of_pairs, parse_constant=_refuse_constant, parse_float=of_float, parse_int=of_integer
    )


def _decode(content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise JsonError("this is UTF-16; save it as UTF-8", 1, 1) from problem
        before = content[: problem.start].decode("utf-8")
        detail = f"byte 0x{content[problem.start]:02x} is not UTF-8 here; save it as UTF-8"
        raise JsonError(detail, *_place(before, len(before))) from problem
    if text.startswith("\ufeff"):
        raise JsonError("not JSON: it begins with a byte-order mark; save it as UTF-8 without one", 1, 1)
    return text


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """The pairs as a dict; one of two values for a key would be chosen silently, so that is refused."""
    members = dict(pairs)
    if len(members) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise JsonError(f"not usable: the key {json.dumps(twice)} stands twice in one object")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise JsonError(f"not JSON: {name} is no number of JSON's")


def _no_json(text: str, said: str, offset: int) -> JsonError:
    """What is wrong at a place, in words of our own.

    said: by Python's parser, whose words differ from version to version; what they begin with does not
    """
    if said.startswith("Extra data"):
        detail = "not JSON: the value ends before this, and nothing may follow it"
        return TrailingJsonError(detail, *_place(text, offset))
    if (
        said.startswith("Expecting")
        and text[:offset].rstrip().endswith(",")
        and text[offset : offset + 1] in ("]", "}")
    ):
        offset, said = text[:offset].rstrip().rindex(","), "Illegal trailing comma"
    return JsonError(f"not JSON: {_wish(text, said, offset)}", *_place(text, offset))


def _wish(text: str, said: str, offset: int) -> str:
    """What should be otherwise at a place."""
    if not text.strip():
        return "it is empty"
    if said.startswith("Expecting"):
        if not text[offset:].strip():
            return "it ends here, before the value does"
        for beginning, wish in _FOREIGN.items():
            if text.startswith(beginning, offset):
                return wish
    return next((wish for beginning, wish in _WISHES.items() if said.startswith(beginning)), "this is no JSON")


# What people write who think of another language.
_FOREIGN = {
    "'": "texts and keys stand in double quotes",
    "None": "JSON spells it null",
    "True": "JSON spells it true",
    "False": "JSON spells it false",
    "//": "JSON has no comments",
    "/*": "JSON has no comments",
    "#": "JSON has no comments",
}

_WISHES = {
    "Expecting value": "a value should stand here: a text, a number, an object, a list, true, false or null",
    "Expecting property name": "a key should stand here, a text in double quotes",
    "Expecting ':'": "a colon should stand here, between a key and its value",
    "Expecting ','": "a comma should stand here, or the end of the object or list",
    "Illegal trailing comma": "no comma stands after the last entry of an object or list",
    "Unterminated string": "this text is never closed by a double quote",
    "Invalid control character": "inside a text write a line end as \\n, a tab as \\t, another control character as \\u and 4 digits",
    "Invalid \\": 'a backslash in a text is written \\\\, and stands alone only in \\" \\/ \\b \\f \\n \\r \\t and \\u with 4 digits',
}


def _place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
