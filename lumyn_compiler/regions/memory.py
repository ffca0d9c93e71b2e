"""Whether some verdict becomes weaker as a request becomes more like failures. Memory may only tighten."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import attrs

from lumyn_compiler.regions.diagram import WORK_MAX, Diagram, NotSettledError, expand
from lumyn_compiler.regions.groups import groups
from lumyn_compiler.regions.matches import matches_of
from lumyn_compiler.regions.space import Space
from lumyn_compiler.regions.verdicts import Verdicts
from lumyn_compiler.regions.witness import Witness, cheapest, witness_of
from lumyn_runtime.builtin import FAILURE_SIMILARITY
from lumyn_runtime.table import Section, Table, class_count
from lumyn_runtime.vocabulary import Verdict

__all__ = ["Loosening", "loosenings"]


@attrs.frozen
class Loosening:
    """A request that gets a weaker verdict where it is more like failures.

    low, high: the request at either similarity, which alone is different
    before, after: the verdicts there
    rule_id:   of the rule that begins or ceases to match
    """

    low: Witness
    high: Witness
    before: Verdict
    after: Verdict
    rule_id: str


def loosenings(table: Table, work_max: int = WORK_MAX) -> Iterator[Loosening | NotSettledError]:
    """At most one for each sort of action."""
    if all(_can_only_tighten(section, table) for section in table.sections):
        return
    for group in groups([table]):
        if _can_only_tighten(group.views[0].section, table):
            continue
        space = Space.of(group.views, last=FAILURE_SIMILARITY)
        verdicts = Verdicts(space, 0)
        try:
            diagram = expand(
                space,
                lambda position, state, verdicts=verdicts: (verdicts.narrow(position, *state[0]),),  # type: ignore[misc]
                lambda state, verdicts=verdicts: verdicts.observe(*state[0]),  # type: ignore[misc]
                work_max,
            )
            found = _loosening(diagram, group.action_type)
        except NotSettledError as error:
            yield error
            continue
        if found is not None:
            yield found


def _can_only_tighten(section: Section, table: Table) -> bool:
    """Whether that is seen row by row: high similarities only add what is no weaker than the default, or only take TRUST away."""
    for index, column in enumerate(section.columns):
        if table.attributes[column.attribute].name != FAILURE_SIMILARITY:
            continue
        last = class_count(column, table.attributes[column.attribute]) - 1
        for row in section.rows:
            for asked, ranges in row.when:
                if asked != index:
                    continue
                verdict = table.rules[row.rule].verdict
                begins = (
                    ranges[-1][1] == last and len(ranges) == 1 and verdict.strength >= table.default_verdict.strength
                )
                ends = ranges[0][0] == 0 and len(ranges) == 1 and verdict is Verdict.TRUST
                if not (begins or ends):
                    return False
    return True


def _loosening(diagram: Diagram[Verdict], action_type: str) -> Loosening | None:
    similarity = len(diagram.space.variables) - 1
    for number, edges in enumerate(diagram.edges):
        if number in diagram.seen or diagram.levels[number] != similarity:
            continue
        steps = sorted((cell, diagram.seen[child]) for cells, child in edges for cell in cells)
        for (low, before), (high, after) in pairwise(steps):
            if after.strength < before.strength:
                return _shown(diagram, number, action_type, low, high)
    return None


def _shown(diagram: Diagram[Verdict], number: int, action_type: str, low: int, high: int) -> Loosening:
    way = cheapest(diagram, {number})
    assert way is not None, "every node is on a way from the first"
    space = diagram.space
    witnesses = [witness_of(space, action_type, (*way, cell)) for cell in (low, high)]
    (before, matched), (after, matched_after) = (matches_of(space, (*way, cell)) for cell in (low, high))
    if witnesses[0] is None or witnesses[1] is None:
        raise NotSettledError("amounts would have to be compared more closely than numbers allow")
    changed = [rule_id for rule_id in (*matched_after, *matched) if (rule_id in matched) != (rule_id in matched_after)]
    return Loosening(witnesses[0], witnesses[1], before, after, changed[0])
