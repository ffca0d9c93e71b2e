"""What people and scripts see: text that can't play tricks on a terminal, counts, and JSON."""

import json
import re

import click

__all__ = ["count", "escape", "escape_json", "json_text", "say", "verdict_text"]


def say(text: str) -> None:
    """One line for people, on standard error."""
    click.echo(escape(text), err=True)


def escape(text: str) -> str:
    """Spell control, bidirectional and invisible characters as escapes, so that what is seen is what is there."""
    if text.isprintable():
        return text
    # The compiler takes longer to import than the quick commands run.
    from lumyn_compiler.printable import escape as spell

    return spell(text)


def count(number: int, noun: str) -> str:
    """So many of something: `1 warning`, `1,927 bytes`, `2 entries`."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"


def json_text(value: object, *, indent: int | None = 2) -> str:
    """A value as JSON: readable, but for characters that would not be seen, which JSON can spell as escapes too.

    indent: None writes it on one line
    """
    return escape_json(json.dumps(value, ensure_ascii=False, indent=indent))


def escape_json(text: str) -> str:
    """JSON that means the same, with escapes for characters that would not be seen."""
    return _NOT_ASCII.sub(_spell, text)


def verdict_text(verdict: str) -> str:
    """A verdict in its colour; what is no verdict, as it is."""
    return click.style(verdict, fg=_COLOURS[verdict]) if verdict in _COLOURS else escape(verdict)


_COLOURS = {"TRUST": "green", "ESCALATE": "yellow", "QUERY": "cyan", "ABSTAIN": "red"}


# Outside its strings JSON has only ASCII, so whatever is found stands in a string.
_NOT_ASCII = re.compile(r"[^\x20-\x7e\n]")


def _spell(found: re.Match[str]) -> str:
    character = found.group()
    return character if character.isprintable() else json.dumps(character)[1:-1]
