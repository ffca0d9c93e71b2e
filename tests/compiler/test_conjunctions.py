"""Conditions multiplied out: exact, merged where they can be, and bounded."""

from __future__ import annotations

import pytest

from lumyn_compiler.checked import All, Always, Any, CheckedCondition, Not, Test
from lumyn_compiler.columns import Columns
from lumyn_compiler.conjunctions import Conjunction, TooManyConjunctionsError, conjunctions
from lumyn_compiler.operators import Operator
from lumyn_runtime.vocabulary import Kind
from tests.compiler.test_columns import rule

KINDS = {f"evidence.{name}": Kind("boolean") for name in "abcdefghijklmnopqrst"} | {
    "evidence.tags": Kind("set of text")
}


def is_true(name: str) -> Test:
    """`evidence.name = true`."""
    return Test(f"evidence.{name}", Operator.EQ, (True,))


def expand(condition: CheckedCondition) -> list[Conjunction]:
    """The conjunctions of a condition, in columns of its own."""
    return conjunctions(condition, Columns([rule(condition)], KINDS))


def test_always_is_one_conjunction_that_asks_nothing_and_its_negation_none() -> None:
    """`always` and `not always` need no column."""
    assert expand(Always()) == [{}]
    assert expand(Not(Always())) == []


def test_parts_of_an_and_that_exclude_each_other_leave_nothing() -> None:
    """`a = true and a = false` can't be met."""
    assert expand(All((is_true("a"), Test("evidence.a", Operator.EQ, (False,))))) == []


def test_alternatives_about_one_attribute_become_one_conjunction() -> None:
    """`a = true or a = false` is one row, not two."""
    either = Any((is_true("a"), Test("evidence.a", Operator.EQ, (False,))))
    assert expand(either) == [{("evidence.a", ""): 0b0011}]


def test_alternatives_that_leave_nothing_out_ask_nothing() -> None:
    """`a is missing or a is present` is `always`."""
    either = Any((Test("evidence.a", Operator.IS_MISSING, ()), Test("evidence.a", Operator.IS_PRESENT, ())))
    assert expand(Any((either, is_true("b")))) == [{}]


def test_negation_is_plain_so_a_missing_value_meets_it() -> None:
    """`not a = true` holds where a is false, missing or ill-typed."""
    assert expand(Not(is_true("a"))) == [{("evidence.a", ""): 0b1101}]


def test_contains_any_makes_a_conjunction_per_member_and_contains_all_one() -> None:
    """Each member of a set is a column of its own."""
    tags = "evidence.tags"
    either = expand(Test(tags, Operator.CONTAINS_ANY, ("x", "y")))
    assert either == [{(tags, "x"): 0b10}, {(tags, "y"): 0b10}]
    assert expand(Test(tags, Operator.CONTAINS_ALL, ("x", "y"))) == [{(tags, "x"): 0b10, (tags, "y"): 0b10}]
    assert expand(Not(Test(tags, Operator.CONTAINS_ANY, ("x", "y")))) == [{(tags, "x"): 0b01, (tags, "y"): 0b01}]


def test_ors_that_multiply_out_beyond_the_limit_are_refused() -> None:
    """Sixteen pairs under one `and` would be 65,536 rows."""
    names = "abcdefghijklmnop"
    pairs = [Any((is_true(name), Test("evidence.tags", Operator.CONTAINS, (name,)))) for name in names]
    with pytest.raises(TooManyConjunctionsError):
        expand(All(tuple(pairs)))
