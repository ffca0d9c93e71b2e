"""Policy → canonical `.lumyn` text.

The text depends on the tree, on the comments, and on the single blank lines that part declarations from each other; not on
how the source was laid out otherwise. What it is read as again equals the policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lumyn_compiler.clauses import Clause, Gap, make_clauses
from lumyn_compiler.comments import Placement, place_comments
from lumyn_compiler.layout import COLUMNS_MAX
from lumyn_compiler.policy import Policy
from lumyn_compiler.source import Source, Span
from lumyn_compiler.spell import UnwritableError

__all__ = ["UnwritableError", "format_policy"]


def format_policy(policy: Policy, source: Source | None = None) -> str:
    """The canonical text of a policy.

    source: the `.lumyn` text that the policy was read from, whose comments and blank lines are kept; without one, waivers
            are written as comments at the end of the lines that they cover
    raises: UnwritableError for a name that the language can't spell, which only a tree from elsewhere can have
    """
    clauses = list(make_clauses(policy, source))
    spans = [clause.span for clause in clauses]
    placement = _place_waivers(policy, spans) if source is None else place_comments(source, policy.comments, spans)
    lines = [*placement.head]
    for position, (clause, written) in enumerate(zip(clauses, _aligned(clauses, placement), strict=True)):
        if lines and (clause.gap is Gap.ALWAYS or (clause.gap is Gap.KEPT and position in placement.apart)):
            lines.append("")
        indent = written[0][: len(written[0]) - len(written[0].lstrip())]
        lines += (comment and indent + comment for comment in placement.leading.get(position, ()))
        lines += written
        if position in placement.trailing:
            lines[-1] += f"  {placement.trailing[position]}"
    lines += [""] if lines and placement.end else []
    return "".join(f"{line}\n" for line in [*lines, *placement.end])


def _aligned(clauses: Sequence[Clause], placement: Placement) -> Iterator[Sequence[str]]:
    """The lines of every clause, tails aligned in runs that no blank line parts, unless that makes a line too long."""
    runs: list[list[Clause]] = []
    for position, clause in enumerate(clauses):
        apart = clause.gap is Gap.ALWAYS or (clause.gap is Gap.KEPT and position in placement.apart)
        if apart or not clause.run or not runs or runs[-1][0].run != clause.run:
            runs.append([])
        runs[-1].append(clause)
    for run in runs:
        column = max(len(clause.lines[0]) for clause in run)
        too_long = any(
            len(clause.lines[0]) + 1 + len(clause.tail) <= COLUMNS_MAX < column + 1 + len(clause.tail) for clause in run
        )
        for clause in run:
            head = clause.lines[0] if too_long else clause.lines[0].ljust(column)
            yield (f"{head} {clause.tail}",) if clause.tail else clause.lines


def _place_waivers(policy: Policy, clauses: Sequence[Span]) -> Placement:
    """Waivers as comments on the first clause that they cover; further ones stand above it."""
    trailing: dict[int, str] = {}
    for waiver in policy.waivers:
        covered = (at for at, span in enumerate(clauses) if waiver.covers.contains(Span(span.start, span.start)))
        clause = next(covered, 0)
        assert clause not in trailing
        trailing[clause] = f"# allow({waiver.code}): {waiver.reason}".rstrip()
    return Placement(trailing=trailing)
