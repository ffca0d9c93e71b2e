"""A guess at which class of each column requests usually have: it costs them nothing, and the others one addition."""

from __future__ import annotations

from lumyn_runtime.builtin import FX_RATE
from lumyn_runtime.table import value_class_count
from lumyn_runtime.vocabulary import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lumyn_runtime.table import Column, Section, Table

__all__ = ["usual_classes"]


def usual_classes(section: Section, table: Table) -> tuple[int, ...]:
    """For each column the class of values that the fewest rows without trust, then the most with trust, let through.

    A wrong guess costs time, and never changes an outcome; of a set's member it is always that the set lacks it.
    cost: the constraints and the classes
    """
    counts = [value_class_count(column, table.attributes[column.attribute]) for column in section.columns]
    # Rows that begin to let through at a class, less those that cease to: without trust, and with it.
    against = [[0] * (count + 1) for count in counts]
    in_favour = [[0] * (count + 1) for count in counts]
    for row in section.rows:
        tally = in_favour if table.rules[row.rule].verdict is Verdict.TRUST else against
        for column, ranges in row.when:
            count = counts[column]
            for first, last in ranges:
                tally[column][min(first, count)] += 1
                tally[column][min(last + 1, count)] -= 1
    usual = []
    for index, of_column in enumerate(section.columns):
        if of_column.member is not None:
            # What a set lacks is never looked at, so it must add nothing.
            usual.append(0)
        elif _is_rate(of_column, table):
            usual.append(counts[index])
        else:
            usual.append(_best(against[index], in_favour[index]))
    return tuple(usual)


def _is_rate(column: Column, table: Table) -> bool:
    # Most amounts are in US dollars, and come without a rate.
    return table.attributes[column.attribute].name == FX_RATE


def _best(against: list[int], in_favour: list[int]) -> int:
    best, best_cost = 0, (against[0], -in_favour[0])
    cost = best_cost
    for class_index in range(1, len(against) - 1):
        cost = (cost[0] + against[class_index], cost[1] - in_favour[class_index])
        if cost < best_cost:
            best, best_cost = class_index, cost
    return best
