"""The classes of a section's columns as the digits of one number."""

from __future__ import annotations

from itertools import accumulate

from lumyn_runtime.table import class_count
from lumyn_runtime.usual import usual_classes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lumyn_runtime.table import Section, Table

__all__ = ["Digits", "width"]


class Digits:
    """Each column has some bits of the number, and the class that requests usually have is 0 there.

    shifts: how many bits stand below a column's
    swaps:  the class whose digit is 0, per column; class 0 has its place
    widths: how many bits a column has
    """

    __slots__ = ("shifts", "swaps", "widths")

    def __init__(self, section: Section, table: Table) -> None:
        self.swaps = usual_classes(section, table)
        self.widths = tuple(_widths(section, table))
        self.shifts = (0, *accumulate(self.widths))[:-1]

    def addend(self, column: int, class_index: int) -> int:
        """What a class of a column adds to the number."""
        return self._swapped(column, class_index) << self.shifts[column]

    def class_index(self, column: int, number: int) -> int:
        """The class of a column that a number stands for."""
        return self._swapped(column, number >> self.shifts[column] & ((1 << self.widths[column]) - 1))

    def _swapped(self, column: int, index: int) -> int:
        """The digit of a class; as it is a swap, also the class of a digit."""
        swap = self.swaps[column]
        if index == swap:
            return 0
        return index or swap


def width(section: Section, table: Table) -> int:
    """How many bits a section's numbers have."""
    return sum(_widths(section, table))


def _widths(section: Section, table: Table) -> Iterator[int]:
    for column in section.columns:
        yield (class_count(column, table.attributes[column.attribute]) - 1).bit_length()
