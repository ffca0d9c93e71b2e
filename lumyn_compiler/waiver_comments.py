"""Waivers: comments such as `# allow(W104): credits this small are worth the risk`."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from lumyn_compiler.policy import Comment, Waiver
from lumyn_compiler.source import Source, Span

__all__ = ["find_waivers"]

_WAIVER = re.compile(r"#\s*allow\s*\((?P<codes>[^()]*)\)(?:\s*:\s*(?P<reason>.*))?", re.DOTALL)
_CODE = re.compile(r"[^\s,]+")


def find_waivers(source: Source, comments: Sequence[Comment], statements: Sequence[Span]) -> tuple[Waiver, ...]:
    """A waiver for every code that a comment allows.

    statements: in source order
    covers:     the statement in whose lines the comment stands, else the next one
    """
    return tuple(waiver for comment in comments for waiver in _of_comment(comment, source, statements))


def _of_comment(comment: Comment, source: Source, statements: Sequence[Span]) -> Iterator[Waiver]:
    match = _WAIVER.match(comment.text)
    if match is None:
        return
    covers = _covered(comment.span, source, statements)
    for code in _CODE.finditer(match["codes"]):
        start = comment.span.start + match.start("codes")
        span = Span(start + code.start(), start + code.end())
        yield Waiver(code.group(), (match["reason"] or "").strip(), covers, span=span)


def _covered(comment: Span, source: Source, statements: Sequence[Span]) -> Span:
    """The statement that a comment is about; the comment itself where none follows."""
    line_start = source.text.rfind("\n", 0, comment.start) + 1
    before = bisect_right(statements, comment.start, key=lambda statement: statement.start) - 1
    if before >= 0 and statements[before].end > line_start:
        return statements[before]
    after = bisect_left(statements, comment.end, key=lambda statement: statement.start)
    return statements[after] if after < len(statements) else comment
