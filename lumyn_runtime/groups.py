"""A number of digits → the rows that hit, several columns at a time.

Neighbouring columns that have few classes together are looked up as one; the conjunction of their masks is made when
such a combination is first seen, and kept. So the cost of a situation that was never seen hardly grows with the columns.
source: the idea of cross-producting, as in Gupta & McKeown, "Packet classification on multiple fields", SIGCOMM 1999
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from lumyn_runtime.digits import Digits

__all__ = ["Groups"]

# Combinations of one group: what they cost is bounded by the table, whatever requests come.
_GROUP_BITS: Final = 6


class Groups:
    """The masks of a section, by groups of columns."""

    __slots__ = ("_digits", "_groups", "_masks")

    def __init__(self, masks: tuple[tuple[int, ...], ...], digits: Digits) -> None:
        self._digits = digits
        self._masks = masks
        # Bits below it, bits of it, conjunction per combination that was seen, and its columns.
        self._groups: list[tuple[int, int, list[int | None], list[int]]] = []
        for columns in _grouped(digits.widths):
            combination_count = 1 << sum(digits.widths[column] for column in columns)
            shift = digits.shifts[columns[0]]
            self._groups.append((shift, combination_count - 1, [None] * combination_count, columns))

    def hits(self, number: int) -> int:
        """Conjunction of the masks of a number's digits."""
        hits = -1
        for shift, bits, conjunctions, columns in self._groups:
            combination = number >> shift & bits
            conjunction = conjunctions[combination]
            if conjunction is None:
                conjunction = conjunctions[combination] = self._conjunction(number, columns)
            hits &= conjunction
        return hits

    def _conjunction(self, number: int, columns: list[int]) -> int:
        hits = -1
        for column in columns:
            hits &= self._masks[column][self._digits.class_index(column, number)]
        return hits


def _grouped(widths: Sequence[int]) -> list[list[int]]:
    """Neighbours put together while they have few enough bits."""
    groups: list[list[int]] = []
    bits = _GROUP_BITS + 1
    for column, column_width in enumerate(widths):
        if bits + column_width > _GROUP_BITS:
            groups.append([])
            bits = 0
        groups[-1].append(column)
        bits += column_width
    return groups
