"""Numbers in other notations, and calculations."""

from __future__ import annotations

from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.failure import OTHER, Failure
from lumyn_compiler.number_notation import LOOKS, NUMBER_LIKE, notation_of
from lumyn_compiler.source import Span

__all__ = ["arithmetic", "malformed_number"]


def malformed_number(failure: Failure) -> Diagnostic | None:
    """Numbers with separators, signs, units, or parts left out."""
    found, previous = failure.found, failure.previous
    start = found.span.start
    if failure.touches_previous and previous is not None and previous.kind == "NUMBER":
        start = previous.span.start
    match = NUMBER_LIKE.match(failure.text_from(start))
    if match is None or found.kind not in (OTHER, "NUMBER", "NAME", ",", ":"):
        return None
    written = match.group()
    notation = notation_of(written)
    if start + len(written) <= found.span.start or (notation is None and found.kind != OTHER):
        return None
    span = Span(start, start + len(written))
    if notation is None:
        return Diagnostic("L105", "this is not written as a number", span, help=LOOKS)
    return notation.diagnostic(written, span)


def arithmetic(failure: Failure) -> Diagnostic | None:
    """`amount_usd * 2`."""
    previous = failure.previous
    negative = failure.found.kind == "NUMBER" and failure.found.text.startswith("-")
    if previous is None or previous.kind not in ("NAME", "NUMBER", ")") or failure.found.text[:1] not in "+-*/%^":
        return None
    if failure.found.kind != OTHER and not negative:
        return None
    return Diagnostic(
        "L101" if negative else "L103",
        "there is no arithmetic",
        failure.found.span,
        help="a predicate compares one attribute with one constant; work the constant out, or send another attribute",
    )
