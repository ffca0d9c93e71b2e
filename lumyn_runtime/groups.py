"""A number of digits → the rows that hit, several columns at a time.

Neighbouring columns that have few classes together are looked up as one; the conjunction of their masks is made when
such a combination is first seen, and kept. So the cost of a situation that was never seen hardly grows with the columns.
source: the idea of cross-producting, as in Gupta & McKeown, "Packet classification on multiple fields", SIGCOMM 1999
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from lumyn_runtime.digits import Digits

__all__ = ["Groups"]

# Combinations of one group: what they cost is bounded by the table, whatever requests come.
_GROUP_BITS: Final = 6


class Groups:
    """The masks of a section, by groups of columns."""

    __slots__ = ("_groups", "_masks")

    def __init__(self, masks: tuple[tuple[int, ...], ...], digits: Digits) -> None:
        # By column and digit; digits that no class has are never looked up.
        self._masks = tuple(
            tuple(of_column[digits.digit(column, digit)] for digit in range(len(of_column)))
            for column, of_column in enumerate(masks)
        )
        widths = [(len(of_column) - 1).bit_length() for of_column in masks]
        # Bits below it, bits of it, conjunction per combination, and its columns with the bits below them in the group.
        self._groups: list[tuple[int, int, list[int | None], list[tuple[int, int]]]] = []
        for columns in _grouped(widths):
            first = digits.shifts[columns[0]]
            bits = sum(widths[column] for column in columns)
            conjunctions: list[int | None] = [None] * (1 << bits)
            if len(columns) == 1:
                conjunctions = [*self._masks[columns[0]]]
            parts = [(column, digits.shifts[column] - first) for column in columns]
            self._groups.append((first, (1 << bits) - 1, conjunctions, parts))

    def hits(self, number: int) -> int:
        """Conjunction of the masks of a number's digits."""
        hits = -1
        for shift, bits, conjunctions, columns in self._groups:
            combination = number >> shift & bits
            conjunction = conjunctions[combination]
            if conjunction is None:
                conjunction = conjunctions[combination] = self._conjunction(combination, columns)
            hits &= conjunction
        return hits

    def _conjunction(self, combination: int, columns: list[tuple[int, int]]) -> int:
        hits = -1
        for column, shift in columns:
            masks = self._masks[column]
            hits &= masks[combination >> shift & ((1 << (len(masks) - 1).bit_length()) - 1)]
        return hits


def _grouped(widths: list[int]) -> list[list[int]]:
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
