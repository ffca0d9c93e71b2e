"""A path through a space → what the first view makes of it: the verdict, and the rules that lead there."""

from __future__ import annotations

from collections.abc import Sequence

from lumyn_compiler.regions.space import Space
from lumyn_runtime.vocabulary import INVALID_EVIDENCE, Verdict

__all__ = ["matches_of"]


def matches_of(space: Space, path: Sequence[int]) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict, and the ids of all rules that match, the engine's own among them; none where the default decides."""
    view = space.views[0]
    cells = [variable.cells[cell] for variable, cell in zip(space.variables, path, strict=True)]
    chosen = {
        column: cell.classes[0] or 0
        for variable, cell in zip(space.variables, cells, strict=True)
        if (column := variable.columns[0]) is not None
    }
    rules = dict.fromkeys(
        view.table.rules[row.rule]
        for row in view.section.rows
        if all(any(low <= chosen[column] <= high for low, high in ranges) for column, ranges in row.when)
    )
    matched = [(rule.rule_id, rule.verdict) for rule in rules]
    if any(cell.states[0] == "ill-typed" for cell in cells):
        matched.insert(0, (INVALID_EVIDENCE, Verdict.QUERY))
    verdict = max((verdict for _, verdict in matched), key=lambda one: one.strength, default=view.table.default_verdict)
    return verdict, tuple(rule_id for rule_id, _ in matched)
