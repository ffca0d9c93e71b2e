"""What of a state makes a difference to the verdict alone."""

from __future__ import annotations

from lumyn_compiler.regions.space import Space
from lumyn_runtime.vocabulary import Verdict

__all__ = ["Verdicts", "rows_asked_later"]

_STRONGEST_FIRST = (Verdict.ABSTAIN, Verdict.QUERY, Verdict.ESCALATE, Verdict.TRUST)


class Verdicts:
    """The verdict of one view of a space: how states are narrowed to it, and read off in the end."""

    def __init__(self, space: Space, number: int) -> None:
        view = space.views[number]
        rules = [view.table.rules[row.rule] for row in view.section.rows]
        self._default = view.table.default_verdict
        self._rows: dict[Verdict, int] = {
            verdict: sum(1 << index for index, rule in enumerate(rules) if rule.verdict is verdict)
            for verdict in _STRONGEST_FIRST
        }
        self._later = rows_asked_later(space, number)
        # Rows that would make a verdict stronger than one.
        self._stronger = {
            verdict: sum(rows for other, rows in self._rows.items() if other.strength > verdict.strength)
            for verdict in _STRONGEST_FIRST
        }

    def narrow(self, position: int, alive: int, bad: int) -> tuple[int, int]:
        """One row of the strongest verdict that is certain, and all that may still make it stronger."""
        certain = alive & ~self._later[position]
        verdict = self._strongest(certain, bad)
        if verdict is None:
            return alive, bad
        may_change = alive & self._later[position] & self._stronger[verdict]
        if verdict is Verdict.QUERY and bad:
            return may_change, 1
        of_verdict = certain & self._rows[verdict]
        return may_change | of_verdict & -of_verdict, 0

    def observe(self, alive: int, bad: int) -> Verdict:
        """The verdict, once no variable is left."""
        return self._strongest(alive, bad) or self._default

    def _strongest(self, rows: int, bad: int) -> Verdict | None:
        for verdict in _STRONGEST_FIRST:
            if rows & self._rows[verdict] or (bad and verdict is Verdict.QUERY):
                return verdict
        return None


def rows_asked_later(space: Space, number: int) -> list[int]:
    """By position, the rows that this variable or one behind it asks about; at the end there is none."""
    section = space.views[number].section
    asking = [0] * len(section.columns)
    for index, row in enumerate(section.rows):
        for column, _ in row.when:
            asking[column] |= 1 << index
    later = [0]
    for variable in reversed(space.variables):
        asked = variable.columns[number]
        later.append(later[-1] | (0 if asked is None else asking[asked]))
    return later[::-1]
