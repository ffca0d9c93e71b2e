"""What people write for something, and how the language spells it."""

from __future__ import annotations

import attrs

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.failure import OTHER, Failure
from lumyn_compiler.source import Span
from lumyn_compiler.suggest import nearest

__all__ = ["COMPARE_OTHERWISE", "NO_PATTERNS", "Misspelling", "close_keyword", "misspelt"]

NO_PATTERNS = "there are no patterns"
COMPARE_OTHERWISE = "compare whole texts, or use `starts with` or `in (…)`"


@attrs.frozen
class Misspelling:
    """Something that is spelled otherwise, or not at all.

    pattern: regular expression that knows it by its beginning
    right:   what to write in its place; None where the language has nothing like it
    message: what is wrong; None says only that it is not written so
    help:    what to do; None says to write `right`
    """

    pattern: str
    right: str | None
    message: str | None = None
    help: str | None = None


def misspelt(failure: Failure, wrong: Misspelling, written: str, start: int) -> Diagnostic:
    """The error for something that is spelled otherwise.

    written: it as it stands in the source, at the offset `start`
    """
    written = written.rstrip()
    span = Span(start, start + len(written))
    code = "L103" if failure.found.kind == OTHER else "L101"
    message = wrong.message or f"there is no `{written}`"
    return Diagnostic(
        code,
        message,
        span,
        help=wrong.help or f"write `{wrong.right}`",
        suggestion=None if wrong.right is None else Suggestion(span, wrong.right),
    )


def close_keyword(failure: Failure) -> str | None:
    """The keyword that was meant by a misspelt one."""
    found = failure.found
    return nearest(found.text, failure.keywords) if found.kind == "NAME" and "." not in found.text else None
