"""What the page shows of texts that others wrote: text, and nothing that acts, hides or moves what stands beside it."""

import json
import re
from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from lumyn_compiler.printable import escape

__all__ = ["Typed", "cut", "moment_text", "pretty_lines", "shown"]


class Typed(str):
    """What the reader typed into a field, which goes back into that field as it is."""

    __slots__ = ()


def shown(value: object) -> object:
    """What stands for a value on the page: control, bidirectional and invisible characters are spelled as escapes.

    It is applied to all that a template writes, so that no template can forget it; markup is escaped after it.
    """
    assert value is not None, "a template writes nothing that is not there"
    if isinstance(value, Markup | Typed) or not isinstance(value, str):
        return value
    return escape(value)


def cut(text: str, length: int) -> str:
    """A text for a list, no longer than that."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def moment_text(created_at: str) -> str:
    """A moment of a record, for people: to the second, in UTC."""
    return f"{created_at[:10]} {created_at[11:19]} UTC"


def pretty_lines(value: object) -> Iterator[tuple[str, ...]]:
    """JSON, line by line, that means the same with every character that would not be seen spelled as JSON does.

    A line is in parts, so that a key or a value that is written from right to left does not change places with the other.
    """
    text = _NOT_ASCII.sub(_spell, json.dumps(value, ensure_ascii=False, indent=2))
    for line in text.split("\n"):
        found = None if line.isascii() else _MEMBER.fullmatch(line)
        yield (line,) if found is None else tuple(filter(None, found.groups()))


# Indentation, key, colon, value, comma.
_MEMBER: Final = re.compile(r'( *)(?:("(?:[^"\\]|\\.)*")(: ))?(.*?)(,?)')
# Outside its strings JSON has only ASCII, so whatever is found stands in a string.
_NOT_ASCII: Final = re.compile(r"[^\x20-\x7e\n]")


def _spell(found: re.Match[str]) -> str:
    character = found.group()
    return character if character.isprintable() else json.dumps(character)[1:-1]
