"""What people write for something, and how the language spells it."""

from __future__ import annotations

import attrs

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.failure import OTHER, Failure, Lexeme
from lumyn_compiler.source import Span
from lumyn_compiler.suggest import nearest

__all__ = [
    "COMPARE_OTHERWISE",
    "NO_PATTERNS",
    "Misspelling",
    "can_stand",
    "close_keyword",
    "compared_attribute",
    "misspelt",
    "negated_comparison",
    "operator_start",
]

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


def operator_start(failure: Failure) -> int | None:
    """Where the operator that the parser stopped in or at begins; None where none can stand."""
    if failure.statement is None:
        return None
    previous = failure.previous
    if previous is not None and previous.kind in ("is", "not"):
        return previous.span.start
    return failure.found.span.start if {"=", "and"} & failure.expected else None


def can_stand(right: str | None, failure: Failure, start: int) -> bool:
    """Whether an operator can stand at an offset, as far as it lies where the parser stopped."""
    return start < failure.found.span.start or not right or right.split()[0] in failure.expected


def negated_comparison(written: str, span: Span, failure: Failure) -> Diagnostic:
    """The error for a comparison in other words below a `not`: what is missing makes its negation true.

    Whether that is meant is for the author to say, so nothing is suggested.
    """
    kind = failure.kind_of(compared_attribute(failure))
    instead = "`= true` or `= false`, without `not`" if kind is not None and kind.name == "boolean" else "`=` or `!=`"
    written = " ".join(written.split())
    message = f"there is no `{written}`" if written != "is" else "`is` stands only before `missing` and `present`"
    help_text = f"write {instead}, which are false of what is missing; a `not` before them is true of it"
    return Diagnostic("L101", message, span, help=help_text)


def compared_attribute(failure: Failure) -> Lexeme | None:
    """The attribute before the operator that the parser stopped in or at."""
    behind = failure.previous is not None and failure.previous.kind in ("is", "not")
    return failure.back(2 if behind else 1)


def close_keyword(failure: Failure) -> str | None:
    """The keyword that was meant by a misspelt one."""
    found = failure.found
    if found.kind != "NAME" or "." in found.text:
        return None
    # A statement begins a line.
    keywords = failure.keywords if failure.first_on_line else sorted(filter(str.islower, failure.expected))
    return nearest(found.text, keywords)
