"""The rows of a section, as the checks of tables compare them: for each column that a row asks about, a set of classes."""

from __future__ import annotations

import attrs

from lumyn_runtime.table import Row, Section, Table, has_absence_classes, value_class_count
from lumyn_runtime.vocabulary import Verdict

__all__ = ["Classes", "Sides", "covers", "meet", "sides"]

# Column → bits of the classes that a row lets through; only constrained columns.
Classes = dict[int, int]


@attrs.frozen
class Sides:
    """The rows of one section, each with its rule, and what is needed to speak of their attributes.

    homes:    by attribute, the column that says whether it is missing
    missings: by that column, its class *missing* as a set; no class at all where it is never missing
    guards:   by that column, the stronger rows that ask for it to be missing, or do not mind; one that asks nothing else
              stands alone, since it covers all that the others do
    """

    trusting: list[tuple[int, Classes]]
    stronger: list[tuple[int, Classes]]
    homes: dict[int, int]
    missings: dict[int, int]
    guards: dict[int, list[Classes]]


def sides(section: Section, table: Table) -> Sides:
    """The rows that trust, and those that are stronger."""
    trusting: list[tuple[int, Classes]] = []
    stronger: list[tuple[int, Classes]] = []
    for row in section.rows:
        of_verdict = trusting if table.rules[row.rule].verdict is Verdict.TRUST else stronger
        of_verdict.append((row.rule, _classes(row)))
    homes = {column.attribute: position for position, column in enumerate(section.columns) if column.member is None}
    missings = {home: _missing(home, section, table) for home in homes.values()}
    return Sides(trusting, stronger, homes, missings, _guards(stronger, missings))


def _guards(stronger: list[tuple[int, Classes]], missings: dict[int, int]) -> dict[int, list[Classes]]:
    guards: dict[int, list[Classes]] = {}
    for _, classes in stronger:
        for position, bits in classes.items():
            if not bits & missings.get(position, 0):
                continue
            standing = guards.setdefault(position, [])
            if len(classes) == 1:
                guards[position] = [classes]
            elif not standing or len(standing[0]) > 1:
                standing.append(classes)
    return guards


def covers(wide: Classes, narrow: Classes) -> bool:
    """Whether every request that the second lets through is let through by the first."""
    return all(column in narrow and not narrow[column] & ~bits for column, bits in wide.items())


def meet(one: Classes, other: Classes, apart_from: int) -> bool:
    """Whether both rows can hit one request, but for what they ask of one column."""
    return all(column == apart_from or bits & other.get(column, -1) for column, bits in one.items())


def _missing(column: int, section: Section, table: Table) -> int:
    spec = section.columns[column]
    attribute = table.attributes[spec.attribute]
    return 1 << value_class_count(spec, attribute) if has_absence_classes(spec, attribute) else 0


def _classes(row: Row) -> Classes:
    return {column: sum((1 << last + 1) - (1 << first) for first, last in ranges) for column, ranges in row.when}
