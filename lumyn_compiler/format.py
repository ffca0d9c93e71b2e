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
    apart = [
        clause.gap is Gap.ALWAYS or (clause.gap is Gap.KEPT and position in placement.apart)
        for position, clause in enumerate(clauses)
    ]
    lines = [*placement.head]
    for position, written in enumerate(_align(clauses, apart)):
        if lines and apart[position]:
            lines.append("")
        indent = written[0][: len(written[0]) - len(written[0].lstrip())]
        lines += (comment and indent + comment for comment in placement.leading.get(position, ()))
        lines += written
        if position in placement.trailing:
            lines[-1] += f"  {placement.trailing[position]}"
    if lines and placement.end:
        lines.append("")
    return "".join(f"{line}\n" for line in [*lines, *placement.end])


def _align(clauses: Sequence[Clause], apart: Sequence[bool]) -> Iterator[Sequence[str]]:
    """The lines of every clause, with the tails of each run beneath each other unless that makes a line too long.

    apart: whether a blank line stands above a clause, which ends a run
    """
    runs: list[list[Clause]] = []
    for clause, begins in zip(clauses, apart, strict=True):
        if begins or not clause.run or runs[-1][0].run != clause.run:
            runs.append([])
        runs[-1].append(clause)
    for run in runs:
        column = max(len(clause.lines[0]) for clause in run)
        if any(_fits(len(clause.lines[0]), clause) and not _fits(column, clause) for clause in run):
            column = 0
        for clause in run:
            yield (f"{clause.lines[0]:{column}} {clause.tail}",) if clause.tail else clause.lines


def _fits(column: int, clause: Clause) -> bool:
    return column + 1 + len(clause.tail) <= COLUMNS_MAX


def _place_waivers(policy: Policy, clauses: Sequence[Span]) -> Placement:
    """Waivers as comments on the first clause that they cover; one with another reason stands above it."""
    by_clause: dict[int, dict[str, list[str]]] = {}
    for waiver in policy.waivers:
        covered = (at for at, span in enumerate(clauses) if waiver.covers.start <= span.start <= waiver.covers.end)
        by_clause.setdefault(next(covered, 0), {}).setdefault(waiver.reason, []).append(waiver.code)
    trailing: dict[int, str] = {}
    leading: dict[int, tuple[str, ...]] = {}
    for clause, reasons in by_clause.items():
        first, *others = (_waiver_text(codes, reason) for reason, codes in reasons.items())
        trailing[clause] = first
        leading[clause] = tuple(others)
    return Placement(leading=leading, trailing=trailing)


def _waiver_text(codes: Sequence[str], reason: str) -> str:
    return f"# allow({', '.join(codes)}): {' '.join(reason.split())}".rstrip()
