"""Where comments go when a source is laid out anew: each belongs to one clause, or to the head or the end of the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

import attrs

from lumyn_compiler.policy import Comment
from lumyn_compiler.source import NOWHERE, Source, Span

__all__ = ["Placement", "place_comments"]


@attrs.frozen
class Placement:
    """The comments of a source by the clause that they belong to; an empty line stands for a blank one.

    head:     lines at the very start, parted from the first clause by a blank line
    leading:  by index of a clause, the lines above it
    trailing: by index of a clause, the comment at the end of its last line
    end:      lines after the last clause
    apart:    indexes of the clauses that had a blank line above them, and above their comments
    """

    head: tuple[str, ...] = ()
    leading: dict[int, tuple[str, ...]] = attrs.field(factory=dict)
    trailing: dict[int, str] = attrs.field(factory=dict)
    end: tuple[str, ...] = ()
    apart: frozenset[int] = frozenset()


def place_comments(source: Source, comments: Sequence[Comment], clauses: Sequence[Span]) -> Placement:
    """Give every comment its place.

    clauses: where each clause was written, in any order; NOWHERE for one that no text stands for
    cost:    a binary search a comment
    """
    finder = _Finder(source, clauses)
    trailing: dict[int, str] = {}
    above: dict[int, list[Comment]] = {}
    for comment in comments:
        clause, follows = finder.owner(comment.span)
        if follows and clause not in trailing:
            trailing[clause] = comment.text
        else:
            above.setdefault(clause, []).append(comment)
    end = above.pop(len(clauses), [])
    head: list[Comment] = []
    if clauses:
        first = finder.order[0]
        head, above[first] = _split_head(source, above.get(first, []), clauses[first].start)
    return Placement(
        head=_lines(source, head),
        leading={clause: _lines(source, found, clauses[clause].start) for clause, found in above.items() if found},
        trailing=trailing,
        end=_lines(source, end),
        apart=frozenset(
            clause for clause, span in enumerate(clauses) if _is_apart(source, above.get(clause, []), span.start)
        ),
    )


class _Finder:
    """Finds the clause that a comment belongs to; an index beyond the last stands for the end of the source."""

    def __init__(self, source: Source, clauses: Sequence[Span]) -> None:
        self.source = source
        self.clauses = clauses
        written = [index for index in range(len(clauses)) if clauses[index] != NOWHERE]
        self.order = sorted(written, key=lambda index: clauses[index].start)
        self.starts = [clauses[index].start for index in self.order]

    def owner(self, comment: Span) -> tuple[int, bool]:
        """The clause, and whether the comment follows it on its line."""
        after = bisect_right(self.starts, comment.start)
        following = self.order[after] if after < len(self.order) else len(self.clauses)
        if after == 0:
            return following, False
        previous = self.order[after - 1]
        end = self.clauses[previous].end
        if comment.start < end:
            return previous, False
        between = self.source.text[end : comment.start]
        stands_alone = "\n" in between and not between.rpartition("\n")[2].strip()
        return (following, False) if stands_alone or _WORD.search(between) else (previous, True)


# A keyword after a clause begins the next one; a closing bracket still belongs to it.
_WORD = re.compile(r"\w")


def _split_head(source: Source, comments: list[Comment], first: int) -> tuple[list[Comment], list[Comment]]:
    """The comments about the first clause: those above it that a blank line parts from it, and the rest."""
    below = first
    for index in range(len(comments) - 1, -1, -1):
        if comments[index].span.start < first:
            if _has_blank_above(source, below):
                return comments[: index + 1], comments[index + 1 :]
            below = comments[index].span.start
    return [], comments


def _lines(source: Source, comments: Sequence[Comment], clause: int | None = None) -> tuple[str, ...]:
    """Comments as lines, with the blank lines that were between them and above the clause."""
    lines: list[str] = []
    for position, comment in enumerate(comments):
        if position and _has_blank_above(source, comment.span.start):
            lines.append("")
        lines.append(comment.text)
    if clause is not None and comments[-1].span.start < clause and _has_blank_above(source, clause):
        lines.append("")
    return tuple(lines)


def _is_apart(source: Source, above: Sequence[Comment], clause: int) -> bool:
    return _has_blank_above(source, min([clause, *(comment.span.start for comment in above)]))


def _has_blank_above(source: Source, offset: int) -> bool:
    """Whether the line before that of an offset is blank."""
    line = source.position(offset).line
    return line > 1 and not source.line_text(line - 1).strip()
