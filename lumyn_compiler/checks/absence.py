"""Trust by way of `not`: what is missing makes a negation true, and so opens the gate."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lumyn_compiler.checked import CheckedPolicy, CheckedRule
from lumyn_compiler.checks.row_classes import Classes, Sides, covers
from lumyn_compiler.columns import tests_of
from lumyn_compiler.diagnostic import Diagnostic, Label
from lumyn_compiler.operators import Operator
from lumyn_runtime.table import Section, Table

__all__ = ["TrustInAbsence"]

_GUARDS_MAX = 64


class TrustInAbsence:
    """`TRUST` rules that ask something of an attribute, and hold where it is missing, without asking for that.

    A row is spared when a stronger row that asks for the attribute to be missing covers it: then its verdict is not the
    final one. Where there are very many such rows only the first are looked at, so this may warn where one of them does.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._found: dict[int, dict[str, None]] = {}

    def look(self, section: Section, rows: Sides) -> None:
        """Compare the rows of a section."""
        for position, classes in rows.trusting:
            for home in _let_through(section, rows, classes):
                name = self._table.attributes[section.columns[home].attribute].name
                here = {**classes, home: rows.missings[home]}
                if not any(covers(guard, here) for guard in islice(rows.guards.get(home, ()), _GUARDS_MAX)):
                    self._found.setdefault(position, {})[name] = None

    def findings(self, policy: CheckedPolicy) -> Iterator[Diagnostic]:
        """One for each rule, once every section was looked at."""
        for position, names in sorted(self._found.items()):
            rule = policy.rules[position]
            asked = [name for name in names if not _asks_for_absence(rule, name)]
            if asked:
                yield _absent(rule, asked)


def _let_through(section: Section, rows: Sides, classes: Classes) -> Iterator[int]:
    """Home columns of the attributes that a row asks something of, and that may be missing all the same."""
    for position, bits in classes.items():
        column = section.columns[position]
        home = rows.homes[column.attribute]
        missing = rows.missings[home]
        if column.member is None:
            if bits & missing and bits & (missing - 1):
                yield home
        elif bits == 1 and classes.get(home, -1) & missing:
            # It asks that a set lacks a member, and a set that is missing lacks every member.
            yield home


def _asks_for_absence(rule: CheckedRule, name: str) -> bool:
    return any(test.attribute == name and test.operator is Operator.IS_MISSING for test in tests_of(rule.condition))


def _absent(rule: CheckedRule, names: list[str]) -> Diagnostic:
    first = next(test for test in tests_of(rule.condition) if test.attribute == names[0])
    more = "" if len(names) == 1 else f" (and {len(names) - 1} more)"
    return Diagnostic(
        "W112",
        f"rule `{rule.rule_id}` trusts also where `{names[0]}` is missing{more}: a negation is true of it",
        rule.span,
        help=f"`require {names[0]}` in a rule of this action, or ask here that it `is present`",
        labels=(Label(first.span, "false of what is missing, so that its negation is true"),),
    )
