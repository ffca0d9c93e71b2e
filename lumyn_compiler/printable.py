"""Text from a source, made fit to be shown: nothing in it acts on a terminal, and its width is known."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["escape", "width"]

_TAB = "    "

# Characters that count as printing and that nobody sees: two names that differ in these alone look the same.
# source: Unicode's Default_Ignorable_Code_Point, but for what does not count as printing anyway, and the blank of Braille
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def escape(text: str) -> str:
    """Spell characters that do not print, or that nobody sees, as escapes, and a tab as spaces."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_spell, text))


def width(text: str) -> int:
    """Number of terminal cells that an escaped text takes: East Asian wide characters two, combining marks none."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _spell(character: str) -> str:
    if character.isprintable() and not _UNSEEN.match(character):
        return character
    if character == "\t":
        return _TAB
    code_point = ord(character)
    return f"\\u{{{code_point:x}}}" if code_point > 0xFFFF else f"\\u{code_point:04x}"


def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
