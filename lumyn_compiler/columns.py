"""The columns of a section: which classes the predicates of its rules tell apart, and which classes each lets through.

A set of classes is an integer: bit i stands for class i of the column (lumyn_runtime.table says how they are numbered).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import assert_never

import attrs

from lumyn_compiler.checked import All, Always, Any, CheckedCondition, CheckedRule, Not, Test
from lumyn_compiler.operators import Operator
from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS, FAILURE_SIMILARITY
from lumyn_runtime.vocabulary import MAGNITUDE_MAX, Kind

__all__ = ["ColumnSpec", "Columns", "tests_of", "used_attributes"]

_SET_OPERATORS = frozenset({Operator.CONTAINS, Operator.CONTAINS_ANY, Operator.CONTAINS_ALL})
_ORDERED_KINDS = frozenset({"number", "integer"})


def tests_of(condition: CheckedCondition) -> Iterator[Test]:
    """Every test of a condition, from left to right."""
    rest = [condition]
    while rest:
        node = rest.pop()
        match node:
            case All(parts=parts) | Any(parts=parts):
                rest.extend(reversed(parts))
            case Not(part=part):
                rest.append(part)
            case Test():
                yield node
            case Always():
                pass
            case _:
                assert_never(node)


def used_attributes(rule: CheckedRule) -> set[str]:
    """Full names of the attributes that a rule uses; `amount_usd` brings its inputs along."""
    names = {test.attribute for test in tests_of(rule.condition)}
    names.update(requirement.attribute for requirement in rule.requirements)
    if AMOUNT_USD in names:
        names.update(AMOUNT_USD_INPUTS)
    return names


@attrs.frozen
class ColumnSpec:
    """A column before it is numbered; see lumyn_runtime.table.Column."""

    attribute: str
    kind: Kind
    cuts: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    member: str | None = None

    @property
    def value_count(self) -> int:
        """Number of classes of well-typed values."""
        if self.member is not None or self.kind.name == "boolean":
            return 2
        if self.kind.name in _ORDERED_KINDS:
            return len(self.cuts) + 1
        if self.kind.name == "one of":
            return len(self.texts) + (len(self.texts) < len(self.kind.members))
        if self.kind.name == "text":
            return len(self.texts) + len(self.prefixes) + 1
        return 1

    @property
    def count(self) -> int:
        """Number of classes, *missing* and *ill-typed* included where the column has them."""
        return self.value_count + (0 if self.member is not None or self.attribute == FAILURE_SIMILARITY else 2)

    @property
    def every(self) -> int:
        """All classes."""
        return (1 << self.count) - 1

    @property
    def missing(self) -> int:
        """The class *missing*; empty where there is none."""
        return 1 << self.value_count if self.count > self.value_count else 0


class Columns:
    """The columns that some rules need, by (attribute, member)."""

    def __init__(self, rules: Iterable[CheckedRule], kinds: dict[str, Kind]) -> None:
        names: set[str] = set()
        tests: dict[str, list[Test]] = {}
        for rule in rules:
            names |= used_attributes(rule)
            for test in tests_of(rule.condition):
                tests.setdefault(test.attribute, []).append(test)
        self.specs: dict[tuple[str, str], ColumnSpec] = {}
        for name in sorted(names):
            for spec in _specs(name, kinds[name], tests.get(name, [])):
                self.specs[name, spec.member or ""] = spec

    def missing(self, attribute: str) -> int:
        """The class *missing* of an attribute's column."""
        return self.specs[attribute, ""].missing

    def classes(self, test: Test) -> int:
        """The classes for which a test other than of a set's members is true."""
        spec = self.specs[test.attribute, ""]
        match test.operator:
            case Operator.IS_MISSING:
                return spec.missing
            case Operator.IS_PRESENT:
                return spec.every & ~spec.missing
            case Operator.NE | Operator.NOT_IN:
                values = (1 << spec.value_count) - 1
                return values & ~_values(spec, test)
            case _:
                return _values(spec, test)


def _specs(name: str, kind: Kind, tests: list[Test]) -> Iterator[ColumnSpec]:
    match kind.name:
        case "number" | "integer":
            yield ColumnSpec(name, kind, cuts=_cuts(kind, tests))
        case "text":
            starts = [test for test in tests if test.operator is Operator.STARTS_WITH]
            equals = [test for test in tests if test.operator is not Operator.STARTS_WITH]
            yield ColumnSpec(name, kind, texts=_texts(equals), prefixes=_texts(starts))
        case "one of":
            yield ColumnSpec(name, kind, texts=_texts(tests))
        case "set of text":
            yield ColumnSpec(name, kind)
            for member in _texts(test for test in tests if test.operator in _SET_OPERATORS):
                yield ColumnSpec(name, kind, member=member)
        case _:
            yield ColumnSpec(name, kind)


def _texts(tests: Iterable[Test]) -> tuple[str, ...]:
    return tuple(sorted({text for test in tests for text in test.constants if isinstance(text, str)}))


def _values(spec: ColumnSpec, test: Test) -> int:
    """Classes of well-typed values for which an operator other than a negative one is true."""
    match spec.kind.name:
        case "number" | "integer":
            return _union(_between(spec, low, high) for low, high in _intervals(test))
        case "boolean":
            return _union(2 if constant else 1 for constant in test.constants)
        case _ if test.operator is Operator.STARTS_WITH:
            return _union(_starting(spec, str(constant)) for constant in test.constants)
        case _:
            return _union(1 << bisect_left(spec.texts, str(constant)) for constant in test.constants)


def _union(sets: Iterable[int]) -> int:
    union = 0
    for classes in sets:
        union |= classes
    return union


def _starting(spec: ColumnSpec, prefix: str) -> int:
    """Mentioned texts and longer prefixes that begin so, and the prefix itself."""
    texts = _run(spec.texts, prefix)
    prefixes = _run(spec.prefixes, prefix)
    return texts | prefixes << len(spec.texts)


def _run(words: tuple[str, ...], prefix: str) -> int:
    # Words that begin alike stand together, since they are sorted.
    first = bisect_left(words, prefix)
    last = first
    while last < len(words) and words[last].startswith(prefix):
        last += 1
    return (1 << last) - (1 << first)


def _cuts(kind: Kind, tests: Iterable[Test]) -> tuple[float, ...]:
    bounds = {bound for test in tests for interval in _intervals(test) for bound in interval}
    if kind.name == "integer":
        bounds = {_whole(bound) for bound in bounds}
    low, high = _domain(kind)
    # A cut at or below the lowest value, or above the highest, parts no values from others.
    return tuple(sorted(bound for bound in bounds if low < bound <= high))


def _domain(kind: Kind) -> tuple[float, float]:
    low = -float(MAGNITUDE_MAX) if kind.low is None else kind.low
    high = float(MAGNITUDE_MAX) if kind.high is None else kind.high
    return low, high


def _whole(bound: float) -> float:
    return bound if math.isinf(bound) else float(math.ceil(bound))


def _intervals(test: Test) -> Iterator[tuple[float, float]]:
    """Half-open intervals [low, high) of doubles for which a predicate, or the one it negates, is true."""
    numbers = [constant for constant in test.constants if isinstance(constant, float)]
    match test.operator:
        case Operator.LT:
            yield -math.inf, numbers[0]
        case Operator.LE:
            yield -math.inf, _above(numbers[0])
        case Operator.GT:
            yield _above(numbers[0]), math.inf
        case Operator.GE:
            yield numbers[0], math.inf
        case Operator.BETWEEN:
            yield numbers[0], _above(numbers[1])
        case Operator.EQ | Operator.NE | Operator.IN | Operator.NOT_IN:
            for number in numbers:
                yield number, _above(number)
        case _:
            pass


def _above(number: float) -> float:
    return math.nextafter(number, math.inf)


def _between(spec: ColumnSpec, low: float, high: float) -> int:
    if spec.kind.name == "integer":
        low, high = _whole(low), _whole(high)
    first, last = _class_from(spec, low), _class_from(spec, high)
    return (1 << last) - (1 << first) if first < last else 0


def _class_from(spec: ColumnSpec, bound: float) -> int:
    """The class that begins at a bound; one past the last where no value reaches the bound."""
    low, high = _domain(spec.kind)
    if bound <= low:
        return 0
    return spec.value_count if bound > high else bisect_right(spec.cuts, bound)
