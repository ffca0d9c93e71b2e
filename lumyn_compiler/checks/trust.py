"""Trust while a stronger rule could not look: its block was skipped, not passed."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from lumyn_compiler.checked import CheckedPolicy, CheckedRule, Test
from lumyn_compiler.checks.row_classes import Classes, Sides, covers, meet
from lumyn_compiler.columns import tests_of
from lumyn_compiler.diagnostic import Diagnostic, Label
from lumyn_compiler.operators import Operator
from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS, FX_RATE
from lumyn_runtime.table import Section, Table

__all__ = ["SkippedBlocks"]

# A rate is needed only where the currency is not USD.
_ALWAYS_NEEDED = frozenset(AMOUNT_USD_INPUTS) - {FX_RATE}
_PRESENCE = frozenset({Operator.IS_MISSING, Operator.IS_PRESENT})

# Attributes that are named for one rule; and how often rows are compared in one policy, a few tenths of a second.
_NAMED_MAX = 4
_COMPARISONS_MAX = 2**18


class SkippedBlocks:
    """`TRUST` rules that let an attribute be missing which a stronger rule of the same action reads.

    A row is spared when a single stronger row that asks for the attribute to be missing covers it, so this may warn
    where only several rows together do. Where rules are so many that comparing all of them would take long, it may
    leave some out.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._skipped: dict[int, dict[str, int]] = {}
        self._comparisons_left = _COMPARISONS_MAX

    def look(self, section: Section, rows: Sides) -> None:
        """Compare the rows of a section."""
        watched = _watched(section, self._table, rows)
        for position, classes in rows.trusting:
            found = self._skipped.setdefault(position, {})
            for column in watched:
                if column.attribute in found or len(found) > _NAMED_MAX:
                    continue
                if self._comparisons_left < 0:
                    break
                self._comparisons_left -= 1
                if not column.lets_missing_through(classes):
                    continue
                self._comparisons_left -= len(column.readers) + len(column.guards)
                reader = column.reader_skipped_by(classes)
                if reader is not None:
                    found[column.attribute] = reader

    def findings(self, policy: CheckedPolicy) -> Iterator[Diagnostic]:
        """One for each rule, once every section was looked at."""
        for position, found in sorted(self._skipped.items()):
            if found:
                yield _skipped(policy, policy.rules[position], found)


@attrs.frozen
class _Watched:
    """A column whose attribute stronger rows read.

    missing: its class *missing*, as a set
    needs:   a column that is missing when this one is, with its class: without a value there is no amount in USD
    readers: (rule, classes) of the stronger rows that ask more of it than whether it is there
    guards:  classes of the stronger rows that ask for it to be missing
    """

    attribute: str
    column: int
    missing: int
    needs: tuple[int, int] | None
    readers: list[tuple[int, Classes]]
    guards: list[Classes]

    def lets_missing_through(self, classes: Classes) -> bool:
        """Whether a row can hit while the attribute is missing."""
        if self.needs is not None and not classes.get(self.needs[0], -1) & self.needs[1]:
            return False
        return bool(classes.get(self.column, -1) & self.missing)

    def reader_skipped_by(self, classes: Classes) -> int | None:
        """The first rule that a row could hit together with, were the attribute there, and that no guard stands for."""
        here = {**classes, self.column: self.missing}
        if any(covers(guard, here) for guard in self.guards):
            return None
        return next((rule for rule, reads in self.readers if meet(reads, classes, self.column)), None)


def _watched(section: Section, table: Table, rows: Sides) -> list[_Watched]:
    """The columns that stronger rows read, in order; without those of which one row asks that they be there, no more."""
    readers: dict[int, list[tuple[int, Classes]]] = {}
    for rule, classes in rows.stronger:
        for position, bits in classes.items():
            column = section.columns[position]
            home = rows.homes[column.attribute]
            missing = rows.missings[home]
            # A set that is missing lacks every member.
            absent = bits & 1 if column.member is not None else bits & missing
            asks_more = column.member is not None or (missing - 1) & ~bits
            if not absent and asks_more:
                readers.setdefault(home, []).append((rule, classes))
    amount = next((p for a, p in rows.homes.items() if table.attributes[a].name == AMOUNT_USD), None)
    found = []
    for home, reading in sorted(readers.items()):
        name = table.attributes[section.columns[home].attribute].name
        standing = rows.guards.get(home, [])
        if any(len(guard) == 1 for guard in standing):
            continue
        needs = (amount, rows.missings[amount]) if amount is not None and name in _ALWAYS_NEEDED else None
        found.append(_Watched(name, home, rows.missings[home], needs, reading, standing))
    return found


def _skipped(policy: CheckedPolicy, rule: CheckedRule, found: dict[str, int]) -> Diagnostic:
    """found: by attribute, the position of a rule that was skipped."""
    named = dict(list(found.items())[:_NAMED_MAX])
    readers = {name: policy.rules[position] for name, position in named.items()}
    spelled = [f"`{name}`" for name in named]
    if len(found) > len(named):
        spelled.append("something else")
    one = len(spelled) == 1
    what = spelled[0] if one else f"{', '.join(spelled[:-1])} or {spelled[-1]}"
    by = f"`{next(iter(readers.values())).rule_id}` reads" if one else "stronger rules read"
    return Diagnostic(
        "W104",
        f"rule `{rule.rule_id}` can trust while {what} is missing, which {by}",
        rule.span,
        help=f"`require {', '.join(named)}` in a rule of this action, or ask here that {'it' if one else 'each'}"
        " `is present`",
        labels=tuple(
            Label(_test(reader, name).span, f"`{reader.rule_id}` was skipped then, not passed")
            for name, reader in readers.items()
        ),
    )


def _test(rule: CheckedRule, attribute: str) -> Test:
    """Where a rule first reads an attribute."""
    return next(
        test for test in tests_of(rule.condition) if test.attribute == attribute and test.operator not in _PRESENCE
    )
