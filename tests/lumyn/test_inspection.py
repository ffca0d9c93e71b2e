"""A table says its conditions in the words of the policy language."""

import pytest

from lumyn.inspection import describe
from lumyn_compiler import compile_text

POLICY = """\
policy words version "1"
mode enforce
default ESCALATE because NO_MATCH_DEFAULT_ESCALATE

evidence x : {kind}

stage ESCALATIONS
  rule R1 for shop.refund
    when {condition}
    then ESCALATE because A_REASON
"""


def said(kind: str, condition: str) -> tuple[tuple[str, ...], ...]:
    """What is shown for a rule with this condition on `evidence.x`."""
    compilation = compile_text(POLICY.format(kind=kind, condition=condition.replace("x", "evidence.x", 1)))
    [refund, _] = describe(compilation.table)
    return refund.rules[0].when


@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        ("number", "x > 200"),
        ("number", "x >= 0.7"),
        ("number", "x < 0.35"),
        ("number", "x <= 25"),
        ("number", "x = 0.1"),
        ("number", "x != 0.1"),
        ("number", "x in (1, 2)"),
        ("number", "x not in (1, 2)"),
        ("number", "x between 0.1 and 0.3"),
        ("number from 0 to 1", "x >= 0.7"),
        ("integer", "x >= 2"),
        ("integer", "x <= 13"),
        ("integer", "x = 3"),
        ("integer", "x != 3"),
        ("integer", "x between -2 and 4"),
        ("boolean", "x = true"),
        ("boolean", "x = false"),
        ("one of (low, medium, high)", "x = high"),
        ("one of (low, medium, high)", "x in (low, medium)"),
        ('one of ("very low", high, other)', 'x in (high, "very low")'),
        ("text", 'x = "a"'),
        ("text", 'x != "a"'),
        ("text", 'x in ("a", "b")'),
        ("text", 'x not in ("a", "b")'),
        ("text", 'x starts with "ab"'),
        ("text", "x is missing"),
        ("text", "x is present"),
        ("set of text", 'x contains "vip"'),
        ("set of text", "x is missing"),
    ],
)
def test_a_predicate_is_said_as_it_was_written(kind: str, condition: str) -> None:
    """Where the language has one word for what the classes say, it is the author's."""
    assert said(kind, condition) == ((condition.replace("x", "evidence.x", 1),),)


@pytest.mark.parametrize(
    ("kind", "condition", "shown"),
    [
        ("integer", "x > 2", "evidence.x >= 3"),
        ("integer", "x < 2.5", "evidence.x <= 2"),
        ("one of (low, medium, high)", "x != high", "evidence.x in (low, medium)"),
        ("text", 'not (x = "a")', 'not (evidence.x = "a")'),
        ("text", 'not (x starts with "ab")', 'not (evidence.x starts with "ab")'),
        ("set of text", 'not (x contains "vip")', 'evidence.x lacks "vip"'),
    ],
)
def test_what_classes_can_not_tell_apart_is_said_once(kind: str, condition: str, shown: str) -> None:
    """Different ways to write the same classes are shown in one way."""
    assert said(kind, condition) == ((shown,),)


def test_several_columns_are_several_phrases() -> None:
    """All of them have to hold."""
    rows = said("number", 'x > 1 and action.tags contains "vip" and not (risk.failure_similarity >= 0.8)')

    assert rows == (('action.tags contains "vip"', "evidence.x > 1", "risk.failure_similarity < 0.8"),)


def test_alternatives_are_several_rows() -> None:
    """Any of them is enough."""
    assert set(said("number", 'x > 1 or action.tags contains "vip"')) == {
        ("evidence.x > 1",),
        ('action.tags contains "vip"',),
    }


def test_a_rule_without_a_condition_always_matches() -> None:
    """Its one row is empty."""
    text = POLICY.replace("evidence x : {kind}\n", "").replace("{condition}", "always")

    assert describe(compile_text(text).table)[0].rules[0].when == ((),)
