"""Conditions → conjunctions: each a set of classes per column, all of which have to hold."""

from __future__ import annotations

from typing import assert_never

from lumyn_compiler.checked import All, Always, Any, CheckedCondition, Not, Test
from lumyn_compiler.columns import Columns
from lumyn_compiler.operators import Operator
from lumyn_runtime.errors import LumynError

__all__ = ["CONJUNCTIONS_MAX", "Conjunction", "TooManyConjunctionsError", "conjoin", "conjunctions"]

# Column (attribute, member) → classes. A column that is not constrained is left out; none has an empty set.
Conjunction = dict[tuple[str, str], int]

# One rule may multiply out to this many; the work for it is bounded by the product that is tried at each `and`.
CONJUNCTIONS_MAX = 4_096
_PRODUCT_MAX = 16 * CONJUNCTIONS_MAX


class TooManyConjunctionsError(LumynError):
    """A condition whose `or`s multiply out beyond CONJUNCTIONS_MAX."""


def conjunctions(condition: CheckedCondition, columns: Columns) -> list[Conjunction]:
    """The conjunctions of which at least one holds exactly when the condition does.

    Impossible ones are dropped and equal ones merged; alternatives about one column are one conjunction.
    """
    return _expand(condition, columns, positive=True)


def _expand(condition: CheckedCondition, columns: Columns, *, positive: bool) -> list[Conjunction]:
    match condition:
        case Always():
            return [{}] if positive else []
        case Not(part=part):
            return _expand(part, columns, positive=not positive)
        case All(parts=parts):
            expanded = [_expand(part, columns, positive=positive) for part in parts]
            return _product(expanded) if positive else _sum(expanded, columns)
        case Any(parts=parts):
            expanded = [_expand(part, columns, positive=positive) for part in parts]
            return _sum(expanded, columns) if positive else _product(expanded)
        case Test():
            return _expand_test(condition, columns, positive=positive)
        case _:
            assert_never(condition)


def _expand_test(test: Test, columns: Columns, *, positive: bool) -> list[Conjunction]:
    match test.operator:
        case Operator.CONTAINS | Operator.CONTAINS_ANY | Operator.CONTAINS_ALL:
            has = 2 if positive else 1
            members = [[{(test.attribute, str(member)): has}] for member in dict.fromkeys(test.constants)]
            every = (test.operator is Operator.CONTAINS_ALL) == positive
            return _product(members) if every else _sum(members, columns)
        case _:
            classes = columns.classes(test)
            every_class = columns.specs[test.attribute, ""].every
            if not positive:
                classes = every_class & ~classes
            if classes == every_class:
                return [{}]
            return [{(test.attribute, ""): classes}] if classes else []


def _sum(alternatives: list[list[Conjunction]], columns: Columns) -> list[Conjunction]:
    """Any of them: alternatives that constrain one and the same column become one."""
    single: dict[tuple[str, str], int] = {}
    several: list[Conjunction] = []
    for conjunction in (conjunction for expanded in alternatives for conjunction in expanded):
        if not conjunction:
            return [{}]
        if len(conjunction) == 1:
            ((column, classes),) = conjunction.items()
            single[column] = single.get(column, 0) | classes
        else:
            several.append(conjunction)
    if any(classes == columns.specs[column].every for column, classes in single.items()):
        return [{}]
    return _distinct([{column: classes} for column, classes in single.items()] + several)


def _product(factors: list[list[Conjunction]]) -> list[Conjunction]:
    """All of them. The smallest factors go first, so that what is impossible drops early.

    Factors of one conjunction are gathered in place, as there may be thousands of them.
    """
    gathered: Conjunction = {}
    for factor in factors:
        if len(factor) == 1:
            for column, classes in factor[0].items():
                common = gathered[column] = gathered.get(column, classes) & classes
                if not common:
                    return []
    product = [gathered]
    for factor in sorted((factor for factor in factors if len(factor) != 1), key=len):
        if len(product) * len(factor) > _PRODUCT_MAX:
            raise TooManyConjunctionsError
        joined = [conjoin(left, right) for left in product for right in factor]
        product = _distinct([conjunction for conjunction in joined if conjunction is not None])
    return product


def conjoin(left: Conjunction, right: Conjunction) -> Conjunction | None:
    """Both conjunctions at once; None where no value can meet both."""
    joined = dict(left)
    for column, classes in right.items():
        common = joined.get(column, classes) & classes
        if not common:
            return None
        joined[column] = common
    return joined


def _distinct(conjunctions: list[Conjunction]) -> list[Conjunction]:
    distinct = list({frozenset(conjunction.items()): conjunction for conjunction in conjunctions}.values())
    if len(distinct) > CONJUNCTIONS_MAX:
        raise TooManyConjunctionsError
    return distinct
