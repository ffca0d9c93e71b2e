"""The classes of a section's columns as the digits of one number."""

from __future__ import annotations

from lumyn_runtime.table import class_count
from lumyn_runtime.usual import usual_classes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lumyn_runtime.table import Section, Table

__all__ = ["Digits", "width"]


class Digits:
    """Each column has some bits of the number, and the class that requests usually have is 0 there.

    shifts: how many bits stand below a column's
    swaps:  the class whose digit is 0, per column; class 0 has its place
    """

    __slots__ = ("shifts", "swaps")

    def __init__(self, section: Section, table: Table) -> None:
        self.swaps = usual_classes(section, table)
        shifts = [0]
        for column in section.columns:
            shifts.append(shifts[-1] + _bits(class_count(column, table.attributes[column.attribute])))
        self.shifts = tuple(shifts[:-1])

    def addend(self, column: int, class_index: int) -> int:
        """What a class of a column adds to the number."""
        return self.digit(column, class_index) << self.shifts[column]

    def digit(self, column: int, class_index: int) -> int:
        """The digit of a class; as it is a swap, also the class of a digit."""
        swap = self.swaps[column]
        if class_index == swap:
            return 0
        return class_index or swap


def width(section: Section, table: Table) -> int:
    """How many bits a section's numbers have."""
    return sum(_bits(class_count(column, table.attributes[column.attribute])) for column in section.columns)


def _bits(count: int) -> int:
    return (count - 1).bit_length()
