"""The classes of a section's columns as the digits of one number."""

from __future__ import annotations

from lumyn_runtime.table import class_count, value_class_count
from lumyn_runtime.usual import usual_classes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lumyn_runtime.table import Column, Section, Table

__all__ = ["COMPARED_MAX", "Digits"]

# Up to so many classes of numbers are told apart by comparisons; from there on their class is computed by bisection, and
# stays its own digit.
COMPARED_MAX = 16


class Digits:
    """Mixed radix: a column has as many digits as classes, and the class that requests usually have is 0.

    counts:  digits of each column
    swapped: the class whose digit is 0, per column; class 0 has its place
    weights: what a digit of a column is multiplied by
    """

    __slots__ = ("counts", "swapped", "weights")

    def __init__(self, section: Section, table: Table) -> None:
        attributes = table.attributes
        self.counts = tuple(class_count(column, attributes[column.attribute]) for column in section.columns)
        self.swapped = tuple(
            usual if _is_compared(column, table) else 0
            for column, usual in zip(section.columns, usual_classes(section, table), strict=True)
        )
        weights = [1]
        for count in self.counts:
            weights.append(weights[-1] * count)
        self.weights = tuple(weights[:-1])

    def addend(self, column: int, class_index: int) -> int:
        """What a class of a column adds to the number."""
        return self.digit(column, class_index) * self.weights[column]

    def digit(self, column: int, class_index: int) -> int:
        """The digit of a class; as it is a swap, also the class of a digit."""
        swapped = self.swapped[column]
        if class_index == swapped:
            return 0
        return class_index or swapped


def _is_compared(column: Column, table: Table) -> bool:
    return column.member is None and value_class_count(column, table.attributes[column.attribute]) <= COMPARED_MAX
