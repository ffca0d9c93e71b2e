"""Value → class of a column, written plainly. The generated source of `generate` must always agree with it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from lumyn_runtime.attributes import ILL_TYPED, MISSING, read_values
from lumyn_runtime.table import value_class_count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lumyn_runtime.attributes import Value
    from lumyn_runtime.table import Attribute, Column, Section, Table

__all__ = ["class_of", "classes_of", "section_attributes", "section_classes"]


def section_classes(section: Section, table: Table, request: object, failure_similarity: float) -> tuple[int, ...]:
    """Class of every column, in their order; the request must be one that has an action type."""
    return classes_of(section, table, read_values(section_attributes(section, table), request, failure_similarity))


def classes_of(section: Section, table: Table, values: dict[str, Value]) -> tuple[int, ...]:
    """Class of every column, in their order, by the values of the section's attributes."""
    attributes = table.attributes
    # A set may be asked about very many members.
    held = {name: frozenset(value) if isinstance(value, list) else value for name, value in values.items()}
    return tuple(
        class_of(column, attributes[column.attribute], held[attributes[column.attribute].name])
        for column in section.columns
    )


def section_attributes(section: Section, table: Table) -> tuple[Attribute, ...]:
    """The attributes that a section's columns ask about, each once, in their order."""
    return tuple(table.attributes[column.attribute] for column in section.columns if column.member is None)


def class_of(column: Column, attribute: Attribute, value: Value | frozenset[str]) -> int:
    """The class that a value of the column's attribute falls into."""
    if column.member is not None:
        return int(isinstance(value, (list, frozenset)) and column.member in value)
    count = value_class_count(column, attribute)
    if value is MISSING:
        return count
    if value is ILL_TYPED:
        return count + 1
    match attribute.kind.name:
        case "number" | "integer":
            assert isinstance(value, (int, float))
            return bisect_right(column.cuts, value)
        case "text" | "one of":
            assert isinstance(value, str)
            return _class_of_text(column, value)
        case "boolean":
            return int(value is True)
        case _:
            return 0


def _class_of_text(column: Column, text: str) -> int:
    index = bisect_left(column.texts, text)
    if index < len(column.texts) and column.texts[index] == text:
        return index
    # A longer prefix of a text stands behind a shorter one.
    for position in range(len(column.prefixes) - 1, -1, -1):
        if text.startswith(column.prefixes[position]):
            return len(column.texts) + position
    return len(column.texts) + len(column.prefixes)
