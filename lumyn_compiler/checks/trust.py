"""Trust while a stronger rule could not look: its block was skipped, not passed."""

from __future__ import annotations

from collections.abc import Iterator

from lumyn_compiler.checked import CheckedPolicy, CheckedRule, Test
from lumyn_compiler.columns import tests_of
from lumyn_compiler.diagnostic import Diagnostic, Label
from lumyn_compiler.operators import Operator
from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS, FAILURE_SIMILARITY, FX_RATE
from lumyn_runtime.table import Row, Section, Table, has_absence_classes, value_class_count
from lumyn_runtime.vocabulary import Verdict

__all__ = ["skipped_blocks"]

# A rate is needed only where the currency is not USD.
_ALWAYS_NEEDED = frozenset(AMOUNT_USD_INPUTS) - {FX_RATE}
_PRESENCE = frozenset({Operator.IS_MISSING, Operator.IS_PRESENT})

# Column → bits of the classes that a row lets through; only constrained columns.
_Classes = dict[int, int]


def skipped_blocks(policy: CheckedPolicy, table: Table) -> Iterator[Diagnostic]:
    """`TRUST` rows that let an attribute be missing which a stronger rule of the same action reads.

    A row is spared when a single stronger row that asks for the attribute to be missing covers it, so this may warn
    where only several rows together do.
    """
    seen: set[tuple[str, str]] = set()
    for section in table.sections:
        trusting = [row for row in section.rows if table.rules[row.rule].verdict is Verdict.TRUST]
        if not trusting:
            continue
        for column, (reader, test) in _readers(section, policy, table).items():
            missing = _missing(column, section, table)
            guards = _guards(column, missing, section, table)
            # Without a currency or a value there is no amount in USD, so a row that needs that needs them.
            derived = _columns(section, table).get(AMOUNT_USD) if test.attribute in _ALWAYS_NEEDED else None
            for row in trusting:
                rule = policy.rules[row.rule]
                if derived is not None and not _lets_through(row, derived, _missing(derived, section, table)):
                    continue
                if (rule.rule_id, test.attribute) not in seen and _skips(row, column, missing, guards):
                    seen.add((rule.rule_id, test.attribute))
                    yield _skipped(rule, reader, test)


def _skipped(rule: CheckedRule, reader: CheckedRule, test: Test) -> Diagnostic:
    name = test.attribute
    return Diagnostic(
        "W104",
        f"rule `{rule.rule_id}` can trust while `{name}` is missing, which `{reader.rule_id}` reads",
        rule.span,
        help=f"`require {name}` in a rule of this action, or ask here that it `is present`",
        labels=(Label(test.span, f"`{reader.rule_id}` was skipped then, not passed"),),
    )


def _readers(section: Section, policy: CheckedPolicy, table: Table) -> dict[int, tuple[CheckedRule, Test]]:
    """Columns of attributes that a stronger rule asks more of than whether they are there, with the first such rule."""
    column_of = _columns(section, table)
    readers: dict[int, tuple[CheckedRule, Test]] = {}
    for position in dict.fromkeys(row.rule for row in section.rows):
        rule = policy.rules[position]
        if rule.verdict is Verdict.TRUST:
            continue
        for test in tests_of(rule.condition):
            if test.operator not in _PRESENCE and test.attribute != FAILURE_SIMILARITY:
                readers.setdefault(column_of[test.attribute], (rule, test))
    return readers


def _columns(section: Section, table: Table) -> dict[str, int]:
    """By attribute, the column that says whether it is missing."""
    return {
        table.attributes[column.attribute].name: position
        for position, column in enumerate(section.columns)
        if column.member is None
    }


def _missing(column: int, section: Section, table: Table) -> int:
    """The class *missing* of a column, as a set."""
    spec = section.columns[column]
    attribute = table.attributes[spec.attribute]
    assert has_absence_classes(spec, attribute), "an attribute that is never missing has no reader"
    return 1 << value_class_count(spec, attribute)


def _guards(column: int, missing: int, section: Section, table: Table) -> list[_Classes]:
    """Stronger rows that ask for the column's attribute to be missing; one that asks nothing else comes alone."""
    guards = []
    for row in section.rows:
        if table.rules[row.rule].verdict is Verdict.TRUST:
            continue
        classes = _classes(row)
        if classes.get(column, 0) & missing:
            if len(classes) == 1:
                return [classes]
            guards.append(classes)
    return guards


def _skips(row: Row, column: int, missing: int, guards: list[_Classes]) -> bool:
    """Whether a row lets the column's attribute be missing where no guard hits for sure."""
    if not _lets_through(row, column, missing):
        return False
    classes = _classes(row)
    classes[column] = missing
    return not any(_covers(guard, classes) for guard in guards)


def _lets_through(row: Row, column: int, classes: int) -> bool:
    return bool(_classes(row).get(column, classes) & classes)


def _covers(guard: _Classes, classes: _Classes) -> bool:
    return all(column in classes and not classes[column] & ~bits for column, bits in guard.items())


def _classes(row: Row) -> _Classes:
    return {column: sum((1 << last + 1) - (1 << first) for first, last in ranges) for column, ranges in row.when}
