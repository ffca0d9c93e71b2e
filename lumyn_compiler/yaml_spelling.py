"""Constants, names and lists as YAML on one line: plain where every reader of YAML takes it for a text, else quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lumyn_compiler.policy import Literal
from lumyn_compiler.spell import spell_literal

__all__ = ["spell_as_list", "spell_flow_list", "spell_in_quotes", "spell_quoted", "spell_value", "spell_yaml_word"]

# Neither a number nor a word with a meaning, in YAML 1.1 either.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")
_MEANT_OTHERWISE = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def spell_yaml_word(text: str) -> str:
    """A name or one word: plain if that can mean nothing else."""
    if _PLAIN.fullmatch(text) and text.lower() not in _MEANT_OTHERWISE:
        return text
    return spell_quoted(text)


def spell_quoted(text: str) -> str:
    """A text between double quotes; what does not print is written as escapes."""
    return f'"{"".join(map(_escaped, text))}"'


def spell_in_quotes(text: str) -> str:
    """A text of one line between quotes in which it stands as it is, as far as it holds none of its own."""
    return f'"{text}"' if '"' not in text and "\\" not in text else "'" + text.replace("'", "''") + "'"


def spell_value(literal: Literal) -> str:
    """A constant of a condition."""
    return spell_yaml_word(literal.value) if isinstance(literal.value, str) else spell_literal(literal)


def spell_flow_list(items: Iterable[str]) -> str:
    """A list in brackets."""
    return f"[{', '.join(items)}]"


def spell_as_list(text: str, *, is_plain: bool) -> str | None:
    """The list that was meant by a text in its place, whose commas are those of the list; None for several lines."""
    if "\n" in text:
        return None
    words = text.split(",") if is_plain else [text]
    return spell_flow_list(spell_yaml_word(word.strip()) for word in words)


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code_point = ord(character)
    if code_point > 0xFFFF:
        return f"\\U{code_point:08x}"
    return f"\\x{code_point:02x}" if code_point <= 0xFF else f"\\u{code_point:04x}"
