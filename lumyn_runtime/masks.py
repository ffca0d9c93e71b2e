"""Section → masks: for every class of every column, which rows let it through.

Bit i of a mask stands for row i. Behind the rows follows one bit a column, which only the column's *ill-typed* class
sets, so that one conjunction finds both the rows that hit and the inputs that are bad.
source: Lakshman & Stiliadis, "High-speed policy-based packet forwarding …", SIGCOMM 1998, section 3
"""

from __future__ import annotations

from lumyn_runtime.table import class_count, has_absence_classes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lumyn_runtime.table import Section, Table

__all__ = ["section_masks", "set_bits"]


def section_masks(section: Section, table: Table) -> tuple[tuple[int, ...], ...]:
    """Masks per column and class; equal masks that follow each other are one object.

    cost: rows × constraints steps, and the bits that `table.mask_bits` says
    """
    row_count, column_count = len(section.rows), len(section.columns)
    changes = _changes(section)
    well_typed = ((1 << column_count) - 1) << row_count
    masks = []
    for index, column in enumerate(section.columns):
        attribute = table.attributes[column.attribute]
        count = class_count(column, attribute)
        bad = 1 << (row_count + index)
        rows = _sweep(changes[index], row_count, count)
        if has_absence_classes(column, attribute):
            *others, ill_typed = rows
            masks.append((*_joined(others, well_typed ^ bad), ill_typed | well_typed))
        else:
            masks.append(_joined(rows, well_typed ^ bad))
    return tuple(masks)


def set_bits(mask: int) -> list[int]:
    """Positions of the set bits, in increasing order. O(bits in all) steps, few for a mask that is nearly empty."""
    positions = []
    if mask.bit_count() > _FEW:
        digits = bin(mask)[:1:-1]
        position = digits.find("1")
        while position >= 0:
            positions.append(position)
            position = digits.find("1", position + 1)
    else:
        while mask:
            position = mask.bit_length() - 1
            positions.append(position)
            mask ^= 1 << position
        positions.reverse()
    return positions


# Below so many bits, taking the highest one off again and again is quicker than spelling the mask.
_FEW = 64


def _changes(section: Section) -> list[dict[int, list[int]]]:
    """For each column: at which class which rows begin or cease to let through. At class 0 all that don't ask begin."""
    changes: list[dict[int, list[int]]] = [{0: []} for _ in section.columns]
    for row_index, row in enumerate(section.rows):
        for column, ranges in row.when:
            at = changes[column]
            # A row that has a constraint does not let class 0 through on its own.
            at[0].append(row_index)
            for first, last in ranges:
                at.setdefault(first, []).append(row_index)
                at.setdefault(last + 1, []).append(row_index)
    return changes


def _sweep(changes: dict[int, list[int]], row_count: int, count: int) -> list[int]:
    """Mask of the rows that let each class through."""
    rows = bytearray(((1 << row_count) - 1).to_bytes((row_count + 7) // 8, "little"))
    masks: list[int] = []
    for class_index in range(count):
        changed = changes.get(class_index)
        if changed is None:
            masks.append(masks[-1])
            continue
        for row_index in changed:
            rows[row_index >> 3] ^= 1 << (row_index & 7)
        masks.append(int.from_bytes(rows, "little"))
    return masks


def _joined(masks: list[int], bits: int) -> tuple[int, ...]:
    """The masks with more bits set, equal ones the same object."""
    made: dict[int, int] = {}
    return tuple(made.setdefault(mask, mask | bits) for mask in masks)
