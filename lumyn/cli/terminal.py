"""What people and scripts see: text that can't play tricks on a terminal, JSON, and failures with their exit codes."""

import json
import re

import click

__all__ = ["Refused", "Unavailable", "escape", "escape_lines", "json_text"]


class Refused(click.ClickException):
    """The answer is no."""

    exit_code = 1


class Unavailable(click.ClickException):
    """The environment failed: a file can't be read or written."""

    exit_code = 3


def escape(text: str) -> str:
    """Spell control, bidirectional and invisible characters as escapes, so that what is seen is what is there."""
    return text if text.isprintable() else "".join(map(_spell, text))


def escape_lines(text: str) -> str:
    """Escape a text whose line ends and tabs are meant."""
    return "\n".join("\t".join(map(escape, line.split("\t"))) for line in text.split("\n"))


def json_text(value: object, *, indent: int | None = 2) -> str:
    """A value as JSON: readable, but for characters that `escape` would not show, which JSON can spell as escapes too.

    indent: None writes it on one line
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _UNPRINTABLE.sub(_spell_json, text)


# Outside its strings JSON has only ASCII, so every one of these stands in a string. The second half of the alternatives
# is decided by str.isprintable, which knows more than a list of ranges could say.
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\n]")


def _spell(character: str) -> str:
    if character.isprintable():
        return character
    code_point = ord(character)
    return f"\\u{{{code_point:x}}}" if code_point > 0xFFFF else f"\\u{code_point:04x}"


def _spell_json(found: re.Match[str]) -> str:
    character = found.group()
    return character if character.isprintable() else json.dumps(character)[1:-1]
