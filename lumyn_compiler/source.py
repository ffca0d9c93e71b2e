"""A text with a name, and places in it."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

import attrs

__all__ = ["NOWHERE", "Position", "Source", "Span", "node_span"]


@attrs.frozen
class Span:
    """A stretch of a source: code-point offsets, the end not included."""

    start: int
    end: int

    def through(self, other: Span) -> Span:
        """The stretch from the start of this one to the end of the other."""
        return Span(self.start, other.end)

    def contains(self, other: Span) -> bool:
        """Whether the other stretch lies within this one."""
        return self.start <= other.start and other.end <= self.end


NOWHERE = Span(0, 0)


def node_span() -> Span:
    """Field of a node for where it was written; it plays no part in equality, so that re-formatting changes nothing."""
    span: Span = attrs.field(default=NOWHERE, eq=False, repr=False, kw_only=True)
    return span


@attrs.frozen
class Position:
    """A place for people: both count from 1; columns count code points."""

    line: int
    column: int


@attrs.frozen(slots=False)
class Source:
    """A policy's text as it was read.

    name: how errors refer to it, usually its path
    text: without a byte-order mark, lines ended by a bare line feed
    """

    name: str
    text: str

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of every line's first code point."""
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        return starts

    def position(self, offset: int) -> Position:
        """Line and column of an offset; O(log lines)."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def line_text(self, line: int) -> str:
        """A line, counted from 1, without its end."""
        start = self.line_starts[line - 1]
        end = self.text.find("\n", start)
        return self.text[start:] if end < 0 else self.text[start:end]

    def slice(self, span: Span) -> str:
        """The text of a span."""
        return self.text[span.start : span.end]
