"""Columns: the classes that predicates tell apart, exactly."""

from __future__ import annotations

import math
import operator as compare
from bisect import bisect_right
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from lumyn_compiler.checked import Always, CheckedCondition, CheckedRule, Constant, Scope, Test
from lumyn_compiler.columns import Columns, ColumnSpec
from lumyn_compiler.operators import Operator
from lumyn_runtime.vocabulary import Kind, Verdict

NAME = "evidence.x"


def rule(condition: CheckedCondition) -> CheckedRule:
    """Make a rule with a condition; nothing else of it matters here."""
    scope = Scope((), (), any=True)
    return CheckedRule("R", "ESCALATIONS", scope, condition, (), Verdict.ESCALATE, ("C",), (), ())


def columns_of(kind: Kind, *tests: Test) -> Columns:
    """Columns for rules with one test each."""
    return Columns([rule(test) for test in tests], {NAME: kind})


def about(operator: Operator, *constants: Constant) -> Test:
    """Make a test of the one attribute."""
    return Test(NAME, operator, constants)


def spec_of(kind: Kind, *tests: Test) -> ColumnSpec:
    """The one column of some tests."""
    return columns_of(kind, *tests).specs[NAME, ""]


def test_at_most_and_above_share_a_cut_just_above_the_number() -> None:
    """`<= 25` and `> 25` never overlap and leave no gap: one cut parts them."""
    columns = columns_of(Kind("number"), about(Operator.LE, 25.0), about(Operator.GT, 25.0))
    assert columns.specs[NAME, ""].cuts == (math.nextafter(25.0, math.inf),)
    assert columns.classes(about(Operator.LE, 25.0)) == 0b0001
    assert columns.classes(about(Operator.GT, 25.0)) == 0b0010


def test_a_cut_outside_the_range_of_a_kind_is_left_out() -> None:
    """Below the lowest and above the highest value there is nothing to tell apart."""
    kind = Kind("number", low=0.0, high=1.0)
    assert spec_of(kind, about(Operator.GE, 0.0), about(Operator.LE, 1.0)).cuts == ()


def test_cuts_of_integers_stand_at_integers() -> None:
    """`> 2`, `>= 2.5` and `>= 3` are one question about an integer."""
    kind = Kind("integer", low=0.0)
    tests = (about(Operator.GT, 2.0), about(Operator.GE, 2.5), about(Operator.GE, 3.0))
    columns = columns_of(kind, *tests)
    assert columns.specs[NAME, ""].cuts == (3.0,)
    assert {columns.classes(test) for test in tests} == {0b0010}


def test_missing_is_the_class_after_the_values_and_ill_typed_the_last() -> None:
    """`is missing` sees the one, `is present` everything but it."""
    columns = columns_of(Kind("boolean"), about(Operator.IS_MISSING), about(Operator.IS_PRESENT))
    assert columns.classes(about(Operator.IS_MISSING)) == 0b0100
    assert columns.classes(about(Operator.IS_PRESENT)) == 0b1011


def test_unequal_is_false_of_what_is_not_there() -> None:
    """`!=` holds for other values only, not for missing and ill-typed ones."""
    columns = columns_of(Kind("one of", members=("a", "b", "c")), about(Operator.NE, "b"))
    assert columns.specs[NAME, ""].texts == ("b",)
    assert columns.classes(about(Operator.NE, "b")) == 0b0010


def test_a_one_of_whose_members_are_all_mentioned_has_no_other_class() -> None:
    """A class that no value can have would make rows and proofs wrong."""
    spec = spec_of(Kind("one of", members=("a", "b")), about(Operator.IN, "a", "b"))
    assert spec.value_count == 2


def test_a_longer_prefix_and_a_text_lie_within_a_shorter_prefix() -> None:
    """`starts with "a"` holds for the text "abc", for what begins "ab", and for what begins "a" only."""
    columns = columns_of(
        Kind("text"), about(Operator.STARTS_WITH, "a"), about(Operator.STARTS_WITH, "ab"), about(Operator.EQ, "abc")
    )
    spec = columns.specs[NAME, ""]
    assert (spec.texts, spec.prefixes) == (("abc",), ("a", "ab"))
    assert columns.classes(about(Operator.STARTS_WITH, "a")) == 0b000111
    assert columns.classes(about(Operator.STARTS_WITH, "ab")) == 0b000101


def test_a_rule_about_amount_usd_uses_its_inputs() -> None:
    """An ill-typed value, currency or rate has to be seen, so each has a column."""
    test = Test("amount_usd", Operator.GT, (200.0,))
    kinds = {name: Kind("number") for name in ("amount_usd", "amount.value", "evidence.fx_rate_to_usd")}
    columns = Columns([rule(test)], kinds | {"amount.currency": Kind("text")})
    assert sorted(name for name, _ in columns.specs) == [
        "amount.currency",
        "amount.value",
        "amount_usd",
        "evidence.fx_rate_to_usd",
    ]


def test_a_rule_without_a_condition_has_no_columns() -> None:
    """`when always` asks about nothing."""
    assert not Columns([rule(Always())], {}).specs


finite = st.floats(min_value=-(2.0**53), max_value=2.0**53, allow_nan=False).map(lambda number: number + 0.0)
near = st.sampled_from([0.0, 1.0, 2.0, 2.5, math.nextafter(2.0, 3.0), 3.0, -1.0, 1e-7, 2.0**53, -(2.0**53), 5e-324])
numbers = st.one_of(near, finite)
MEANING: dict[Operator, Callable[[float, tuple[Constant, ...]], bool]] = {
    Operator.EQ: lambda value, a: value == a[0],
    Operator.NE: lambda value, a: value != a[0],
    Operator.LT: lambda value, a: compare.lt(value, a[0]),
    Operator.LE: lambda value, a: compare.le(value, a[0]),
    Operator.GT: lambda value, a: compare.gt(value, a[0]),
    Operator.GE: lambda value, a: compare.ge(value, a[0]),
    Operator.BETWEEN: lambda value, a: compare.le(a[0], value) and compare.le(value, a[1]),
    Operator.IN: lambda value, a: value in a,
    Operator.NOT_IN: lambda value, a: value not in a,
}


@st.composite
def number_tests(draw: st.DrawFn) -> Test:
    """A predicate on a number, its constants in order."""
    operator = draw(st.sampled_from(sorted(MEANING)))
    constants = sorted(draw(st.lists(numbers, min_size=2, max_size=3)))
    count = {Operator.BETWEEN: 2, Operator.IN: 3, Operator.NOT_IN: 3}.get(operator, 1)
    return about(operator, *constants[:count])


@given(st.lists(number_tests(), min_size=1, max_size=6), st.sampled_from(["number", "integer"]), st.data())
def test_the_class_of_a_number_says_what_every_predicate_says_of_it(
    tests: list[Test], kind_name: str, data: st.DataObject
) -> None:
    """For every number, at, just below and just above each constant too, its class is let through iff the test holds."""
    columns = columns_of(Kind(kind_name), *tests)
    mentioned = [constant for test in tests for constant in test.constants if isinstance(constant, float)]
    aimed = st.sampled_from(mentioned).flatmap(
        lambda number: st.sampled_from(
            [number, math.nextafter(number, -math.inf), math.nextafter(number, math.inf), math.floor(number) + 0.0]
        )
    )
    values = aimed | numbers
    value = data.draw(values.map(lambda number: float(math.floor(number))) if kind_name == "integer" else values)
    if abs(value) > 2.0**53:
        return
    value_class = bisect_right(columns.specs[NAME, ""].cuts, value)
    for test in tests:
        assert (columns.classes(test) >> value_class & 1) == MEANING[test.operator](value, test.constants)
