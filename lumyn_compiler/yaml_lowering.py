"""Conditions → the `if`s of policy.v0, as far as they can say them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

import attrs

from lumyn_compiler.diagnostic import Diagnostic, Label
from lumyn_compiler.operators import OPERATORS, Operator
from lumyn_compiler.policy import (
    AllOf,
    Always,
    AnyOf,
    Condition,
    ConditionName,
    Let,
    Literal,
    NamedCondition,
    Negation,
    Operand,
    Predicate,
    Rule,
)
from lumyn_compiler.source import Span
from lumyn_compiler.yaml_spelling import spell_flow_list, spell_value, spell_yaml_word

__all__ = ["Entry", "Ifs", "Lowering"]

# Key and value of one entry, as YAML.
Entry = tuple[str, str]


@attrs.frozen
class Ifs:
    """What stands under the `if`s of a rule.

    every:        entries that all have to hold
    alternatives: lists of entries of which one list has to hold; empty where there is no `if_any`
    """

    every: tuple[Entry, ...]
    alternatives: tuple[tuple[Entry, ...], ...]


@attrs.frozen
class _Union:
    """An `or`, each of its parts with whether it has to hold or not to hold."""

    parts: tuple[tuple[Condition, bool], ...]
    span: Span


class Lowering:
    """Takes conditions apart; `diagnostics` says what policy.v0 can't say.

    lets:       constants by name; those that are numbers become thresholds, the others are written out
    conditions: named conditions, which are written out
    """

    def __init__(self, lets: Mapping[str, Let], conditions: Mapping[str, NamedCondition]) -> None:
        self.lets = lets
        self.conditions = conditions
        self.diagnostics: list[Diagnostic] = []
        self._rule: Rule | None = None

    def begin(self, rule: Rule) -> None:
        """From here on, it is this rule that things are refused of."""
        self._rule = rule

    def ifs(self, *conditions: Condition) -> Ifs:
        """The `if`s for conditions that all have to hold."""
        every: list[Entry] = []
        unions: list[_Union] = []
        for condition in conditions:
            for part in self._parts(condition, holds=True):
                if isinstance(part, _Union):
                    unions.append(part)
                else:
                    every.append(part)
        for union in unions[1:]:
            self.refuse("a second `or` beside another one", union.span, "a rule has one `if_any`; write several rules")
        alternatives = [self._alternative(*part) for part in unions[0].parts] if unions else []
        return Ifs(tuple(dict.fromkeys(every)), tuple(alternatives))

    def refuse(self, construct: str, span: Span, wish: str | None = None) -> None:
        """Say that policy.v0 has no place for a construct; a named condition has the rule as its label."""
        labels: tuple[Label, ...] = ()
        if self._rule is not None and not self._rule.span.contains(span):
            labels = (Label(self._rule.rule_id.span, "which this rule uses"),)
        self.diagnostics.append(Diagnostic("L701", f"policy.v0 can't say {construct}", span, wish, labels))

    def constant(self, operand: Operand) -> str:
        """A constant, a member, or the name of a threshold."""
        if isinstance(operand, Literal):
            return spell_value(operand)
        let = self.lets.get(operand.text)
        if let is not None and not _is_threshold(let):
            return spell_value(let.value)
        return spell_yaml_word(operand.text)

    def _alternative(self, condition: Condition, holds: bool) -> tuple[Entry, ...]:  # noqa: FBT001  one of a pair
        entries: dict[Entry, None] = {}
        for part in self._parts(condition, holds=holds):
            if isinstance(part, _Union):
                self.refuse("an `or` inside an `and` inside an `or`", part.span, "write several rules")
            else:
                entries[part] = None
        if len({key for key, _ in entries}) < len(entries):
            self.refuse("two questions of one sort about one attribute inside an `or`", condition.span)
        return tuple(entries)

    def _parts(self, condition: Condition, *, holds: bool) -> Iterator[Entry | _Union]:
        """Entries and unions that all hold when the condition does, or when it does not."""
        match condition:
            case Always():
                if not holds:
                    self.refuse("`not always`", condition.span)
            case ConditionName(name=name):
                yield from self._parts(self.conditions[name.text].condition, holds=holds)
            case Negation(part=part):
                yield from self._parts(part, holds=not holds)
            case Predicate():
                yield from self._entries(condition, holds=holds)
            case AllOf(parts=parts) | AnyOf(parts=parts):
                if isinstance(condition, AllOf) == holds:
                    for part in parts:
                        yield from self._parts(part, holds=holds)
                else:
                    yield from self._union(condition, holds=holds)
            case _:
                assert_never(condition)

    def _union(self, condition: AllOf | AnyOf, *, holds: bool) -> Iterator[Entry | _Union]:
        union = _Union(tuple(self._flat(condition, holds=holds)), condition.span)
        differing = _missing_or_different(union)
        if differing is None:
            yield union
        else:
            for operand in differing.operands:
                yield self._entry(differing, "ne", self.constant(operand))

    def _flat(self, condition: Condition, *, holds: bool) -> Iterator[tuple[Condition, bool]]:
        """The parts of an `or`, with those of any `or` among them."""
        match condition:
            case ConditionName(name=name):
                yield from self._flat(self.conditions[name.text].condition, holds=holds)
            case Negation(part=part):
                yield from self._flat(part, holds=not holds)
            case AllOf(parts=parts) | AnyOf(parts=parts) if isinstance(condition, AnyOf) == holds:
                for part in parts:
                    yield from self._flat(part, holds=holds)
            case _:
                yield condition, holds

    def _entries(self, predicate: Predicate, *, holds: bool) -> Iterator[Entry]:
        operator, operands = predicate.operator, predicate.operands
        if operator in _PRESENCE:
            # The one that asks, or its opposite.
            missing = (operator is Operator.IS_MISSING) == holds
            yield self._entry(predicate, "is", "null") if missing else self._entry(predicate, "present", "true")
        elif not holds:
            self.refuse(
                f"`not` of `{operator}`",
                predicate.span,
                "it is true of what is missing or ill-typed too; ask for the values that are meant",
            )
        elif operator in (Operator.NE, Operator.NOT_IN):
            # `_ne` is true of what is missing, these are not.
            yield self._entry(predicate, "present", "true")
            for operand in operands:
                yield self._entry(predicate, "ne", self.constant(operand))
        elif operator is Operator.BETWEEN:
            yield self._entry(predicate, "gte", self.constant(operands[0]))
            yield self._entry(predicate, "lte", self.constant(operands[1]))
        elif operator is Operator.IN:
            yield self._entry(predicate, "in", spell_flow_list(map(self.constant, operands)))
        elif (suffix := OPERATORS[operator].yaml) is not None:
            yield self._entry(predicate, suffix, self.constant(operands[0]))
        else:
            self.refuse(f"`{operator}`", predicate.span, "it has no operator for that")

    def _entry(self, predicate: Predicate, suffix: str, value: str) -> Entry:
        name = predicate.attribute.text
        return spell_yaml_word(f"{_ALIASES.get(name, name)}_{suffix}"), value


_PRESENCE = frozenset({Operator.IS_MISSING, Operator.IS_PRESENT})
_ALIASES = {"amount.currency": "amount_currency"}


def _missing_or_different(union: _Union) -> Predicate | None:
    """The `!=` or `not in` of `a is missing or a != x`, which is `_ne`; None for any other `or`."""
    match union.parts:
        case ((Predicate() as first, True), (Predicate() as second, True)):
            for missing, other in ((first, second), (second, first)):
                different = other.operator in (Operator.NE, Operator.NOT_IN)
                same = missing.attribute == other.attribute
                if missing.operator is Operator.IS_MISSING and different and same:
                    return other
    return None


def _is_threshold(let: Let) -> bool:
    return isinstance(let.value.value, float)
