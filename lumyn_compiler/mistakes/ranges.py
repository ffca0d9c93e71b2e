"""Ranges of numbers in other notations: `0..1`, `>= 0`, `between 0 and 1`."""

from __future__ import annotations

import re

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.failure import COMPARISONS, Failure
from lumyn_compiler.source import Span

__all__ = ["compared_kind", "dotted_range"]

_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_DOTTED = re.compile(r"(?P<low>-?\d+(?:\.\d+)?)\s*(?P<sign>\.{2,3}|[…–—-])\s*(?P<high>-?\d+(?:\.\d+)?)(?![\w.-])")


def dotted_range(failure: Failure) -> Diagnostic | None:
    """`number 0..1`, `number from 0-1`, `amount_usd in 1..5`."""
    found, previous, opener = failure.found, failure.previous, failure.previous
    start = found.span.start
    if previous is not None and previous.kind == "NUMBER" and found.text.startswith(tuple(".…–—-")):
        start, opener = previous.span.start, failure.back(2)
    match = _DOTTED.match(failure.text_from(start))
    if match is None or opener is None or start + match.end() <= found.span.start:
        return None
    low, high = match["low"], match["high"]
    span = Span(start, start + match.end())
    if failure.statement == "evidence":
        if opener.kind != "from" and opener.text not in ("number", "integer"):
            return None
        right = f"{'' if opener.kind == 'from' else 'from '}{low} to {high}"
        return Diagnostic(
            "L105", _MESSAGE, span, help=f"write `from {low} to {high}`", suggestion=Suggestion(span, right)
        )
    if match["sign"][0] not in ".…":
        return None
    mend = None
    if opener.kind == "between":
        mend = Suggestion(span, f"{low} and {high}")
    elif opener.kind in ("in", "="):
        mend = Suggestion(Span(opener.span.start, span.end), f"between {low} and {high}")
    wish = f"write `between {low} and {high}`; both ends are included"
    return Diagnostic("L105", "a range of values is asked for with `between`", span, help=wish, suggestion=mend)


_MESSAGE = "a range is written `from … to …`"


def compared_kind(failure: Failure) -> Diagnostic | None:
    """`number >= 0`, `number between 0 and 1`."""
    found, previous = failure.found, failure.previous
    if failure.statement != "evidence" or previous is None or previous.text not in ("number", "integer"):
        return None
    if found.kind not in COMPARISONS | {"between"}:
        return None
    match = _COMPARED.match(failure.rest_of_line)
    if match is None:
        return Diagnostic(
            "L101", _MESSAGE, found.span, help="write `from 0`, `to 1` or `from 0 to 1`; ends are included"
        )
    low, high = match["low"] or match["between"], match["high"] or match["and"] or match["only"]
    right = " ".join([*([f"from {low}"] if low else []), *([f"to {high}"] if high else [])])
    span = Span(found.span.start, found.span.start + match.end())
    return Diagnostic("L101", _MESSAGE, span, help=f"write `{right}`", suggestion=Suggestion(span, right))


_COMPARED = re.compile(
    rf"(?:between\s+(?P<between>{_NUMBER})\s+and\s+(?P<and>{_NUMBER})"
    rf"|>=\s*(?P<low>{_NUMBER})(?:\s*(?:and|,)\s*<=\s*(?P<high>{_NUMBER}))?)(?![\w.])"
    rf"|<=\s*(?P<only>{_NUMBER})(?![\w.])"
)
