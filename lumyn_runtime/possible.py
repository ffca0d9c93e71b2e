"""Classes that no request has, told apart from those that one may have: a record that holds such was not made by a decision."""

from __future__ import annotations

from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS
from lumyn_runtime.classes import class_of
from lumyn_runtime.table import has_absence_classes, value_class_count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

    from lumyn_runtime.table import Section, Table

__all__ = ["impossibility"]

_VALUE: Final = "a value"
_MISSING: Final = "missing"
_ILL_TYPED: Final = "ill-typed"


def impossibility(section: Section, table: Table, classes: Sequence[int]) -> str | None:
    """Why no request has these classes, each of which is one of its column; None where there is no reason to think so.

    It looks at what is there and what is not, and not at how amounts and rates multiply.
    """
    states = _states(section, table, classes)
    for column, class_index in zip(section.columns, classes, strict=True):
        name = table.attributes[column.attribute].name
        if column.member is not None and class_index == 1 and states[name] != _VALUE:
            return f"{name} is {states[name]}, and yet has a member"
    if AMOUNT_USD in states:
        possible = [state for usd in _may_be_usd(section, table, classes) for state in _amounts(states, usd=usd)]
        if states[AMOUNT_USD] not in possible:
            return f"{AMOUNT_USD} is {states[AMOUNT_USD]}, and can't be, as its inputs are"
    return None


def _states(section: Section, table: Table, classes: Sequence[int]) -> dict[str, str]:
    """By attribute, what there is of it."""
    states = {}
    for column, class_index in zip(section.columns, classes, strict=True):
        attribute = table.attributes[column.attribute]
        if column.member is None:
            absence = (
                class_index - value_class_count(column, attribute) if has_absence_classes(column, attribute) else -1
            )
            states[attribute.name] = _VALUE if absence < 0 else (_MISSING, _ILL_TYPED)[absence]
    return states


def _may_be_usd(section: Section, table: Table, classes: Sequence[int]) -> Iterator[bool]:
    """Whether the currency can be USD, and whether it can be anything else."""
    for column, class_index in zip(section.columns, classes, strict=True):
        attribute = table.attributes[column.attribute]
        if attribute.name == AMOUNT_USD_INPUTS[0]:
            if class_index == class_of(column, attribute, "USD"):
                yield True
            if class_index >= len(column.texts) or column.texts[class_index] != "USD":
                yield False


def _amounts(states: dict[str, str], *, usd: bool) -> tuple[str, ...]:
    """What there can be of the amount in USD."""
    currency, value, rate = (states[name] for name in AMOUNT_USD_INPUTS)
    needed = (value,) if usd else (currency, value, rate)
    if _ILL_TYPED in needed:
        return (_ILL_TYPED,)
    if _MISSING in needed:
        return (_MISSING,)
    # A product may be too large to count.
    return (_VALUE,) if usd else (_VALUE, _ILL_TYPED)
