"""What the decisions on an action read, and what they see of a request."""

from __future__ import annotations

from lumyn_runtime.attributes import Absence, read_values
from lumyn_runtime.classes import classes_of, section_attributes
from lumyn_runtime.frozen import Frozen, set_once
from lumyn_runtime.table import has_absence_classes, value_class_count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from lumyn_runtime.attributes import Value
    from lumyn_runtime.table import Section, Table
    from lumyn_runtime.vocabulary import Kind

    PlainValue: TypeAlias = "str | int | float | bool | tuple[str, ...]"

__all__ = ["AttributeValue", "UsedAttribute", "attribute_values", "used_attributes"]


class UsedAttribute(Frozen):
    """An attribute that the decision on an action reads.

    required: whether some rule asks for it when it is missing
    """

    __slots__ = ("kind", "name", "required")

    name: str
    kind: Kind
    required: bool

    def __init__(self, kind: Kind, name: str, required: bool) -> None:  # noqa: FBT001  it is a field
        set_once(self, "kind", kind)
        set_once(self, "name", name)
        set_once(self, "required", required)


class AttributeValue(Frozen):
    """What a decision sees of one attribute of a request.

    value:   as it stands in the request, a set as a tuple, `amount_usd` computed; None when there is none to decide on
    absence: "missing", "ill-typed", or None when there is a value
    classes: class in each of the attribute's columns; those of all attributes in a row are for `evaluate_classes`
    """

    __slots__ = ("absence", "classes", "name", "value")

    name: str
    value: PlainValue | None
    absence: str | None
    classes: tuple[int, ...]

    def __init__(self, absence: str | None, classes: tuple[int, ...], name: str, value: PlainValue | None) -> None:
        set_once(self, "absence", absence)
        set_once(self, "classes", classes)
        set_once(self, "name", name)
        set_once(self, "value", value)


def used_attributes(section: Section, table: Table) -> tuple[UsedAttribute, ...]:
    """The attributes that a section reads, sorted by name."""
    asked = _asked_when_missing(section, table)
    return tuple(UsedAttribute(a.kind, a.name, a.name in asked) for a in section_attributes(section, table))


def attribute_values(
    section: Section, table: Table, request: object, failure_similarity: float
) -> tuple[AttributeValue, ...]:
    """What a section sees of a request that has an action type, sorted by attribute."""
    used = section_attributes(section, table)
    values = read_values(used, request, failure_similarity)
    classes: dict[str, list[int]] = {attribute.name: [] for attribute in used}
    for column, class_index in zip(section.columns, classes_of(section, table, values), strict=True):
        classes[table.attributes[column.attribute].name].append(class_index)
    return tuple(_attribute_value(a.name, values[a.name], tuple(classes[a.name])) for a in used)


def _asked_when_missing(section: Section, table: Table) -> set[str]:
    """Names of the attributes that some row asks for when they are missing, and only then."""
    missing = {}
    for index, column in enumerate(section.columns):
        attribute = table.attributes[column.attribute]
        if has_absence_classes(column, attribute):
            missing[index] = (attribute.name, value_class_count(column, attribute))
    asked = set()
    for row in section.rows:
        fields = {table.rules[row.rule].queries[ask].field for ask in row.asks}
        for index, ranges in row.when:
            name, missing_class = missing.get(index, ("", 0))
            if name in fields and ranges[0][0] == missing_class:
                asked.add(name)
    return asked


def _attribute_value(name: str, value: Value, classes: tuple[int, ...]) -> AttributeValue:
    if isinstance(value, Absence):
        return AttributeValue(value.name, classes, name, None)
    return AttributeValue(None, classes, name, tuple(value) if isinstance(value, list) else value)
