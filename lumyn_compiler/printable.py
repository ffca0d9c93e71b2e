"""Text from a source, made fit to be shown: nothing in it acts on a terminal, and its width is known."""

from __future__ import annotations

import unicodedata

__all__ = ["escape", "width"]

_TAB = "    "


def escape(text: str) -> str:
    """Spell characters that do not print as escapes, and a tab as spaces."""
    return text if text.isprintable() else "".join(map(_spell, text))


def width(text: str) -> int:
    """Number of terminal cells that an escaped text takes: East Asian wide characters two, combining marks none."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _spell(character: str) -> str:
    if character.isprintable():
        return character
    if character == "\t":
        return _TAB
    code_point = ord(character)
    return f"\\u{{{code_point:x}}}" if code_point > 0xFFFF else f"\\u{code_point:04x}"


def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
