"""The operators of predicates: one entry each, read by the checker, the table builder, the formatter and the docs."""

from __future__ import annotations

from enum import StrEnum

import attrs

__all__ = ["OPERATORS", "Operands", "Operator", "OperatorEntry"]


class Operator(StrEnum):
    """A question about one attribute; the value is how `.lumyn` spells it."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    IN = "in"
    NOT_IN = "not in"
    BETWEEN = "between"
    IS_MISSING = "is missing"
    IS_PRESENT = "is present"
    STARTS_WITH = "starts with"
    CONTAINS = "contains"
    CONTAINS_ANY = "contains any"
    CONTAINS_ALL = "contains all"


class Operands(StrEnum):
    """How many constants follow an operator."""

    NONE = "none"
    ONE = "one"
    TWO = "two"
    MANY = "many"


@attrs.frozen
class OperatorEntry:
    """What the compiler knows of an operator.

    kinds:   names of the kinds of attribute that it may ask about
    meaning: when the predicate is true; a missing or ill-typed value makes every one false but the two about presence
    yaml:    its suffix in policy.yml, or None where that has none
    """

    operands: Operands
    kinds: frozenset[str]
    meaning: str
    yaml: str | None = None


_ORDERED = frozenset({"number", "integer"})
_EQUATABLE = frozenset({"text", "number", "integer", "boolean", "one of"})
_SETS = frozenset({"set of text"})
_ALL = frozenset({"text", "number", "integer", "boolean", "one of", "set of text", "scalar"})

OPERATORS: dict[Operator, OperatorEntry] = {
    Operator.EQ: OperatorEntry(Operands.ONE, _EQUATABLE, "the value is this one", "is"),
    Operator.NE: OperatorEntry(Operands.ONE, _EQUATABLE, "there is a value, and it is another one"),
    Operator.LT: OperatorEntry(Operands.ONE, _ORDERED, "the value is below this one", "lt"),
    Operator.LE: OperatorEntry(Operands.ONE, _ORDERED, "the value is this one or below it", "lte"),
    Operator.GT: OperatorEntry(Operands.ONE, _ORDERED, "the value is above this one", "gt"),
    Operator.GE: OperatorEntry(Operands.ONE, _ORDERED, "the value is this one or above it", "gte"),
    Operator.IN: OperatorEntry(Operands.MANY, _EQUATABLE, "the value is one of these", "in"),
    Operator.NOT_IN: OperatorEntry(Operands.MANY, _EQUATABLE, "there is a value, and it is none of these"),
    Operator.BETWEEN: OperatorEntry(Operands.TWO, _ORDERED, "the value lies between these two, both included"),
    Operator.IS_MISSING: OperatorEntry(Operands.NONE, _ALL, "the value is absent, null, or blank text"),
    Operator.IS_PRESENT: OperatorEntry(Operands.NONE, _ALL, "the value is not missing; it may be ill-typed", "present"),
    Operator.STARTS_WITH: OperatorEntry(Operands.ONE, frozenset({"text"}), "the text begins with this one"),
    Operator.CONTAINS: OperatorEntry(Operands.ONE, _SETS, "the set has this member"),
    Operator.CONTAINS_ANY: OperatorEntry(Operands.MANY, _SETS, "the set has at least one of these members"),
    Operator.CONTAINS_ALL: OperatorEntry(Operands.MANY, _SETS, "the set has every one of these members"),
}
