"""A table says its conditions in the words of the policy language."""

import pytest

import lumyn_runtime
from lumyn.inspection import actions_that_cover, describe, describe_section
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
        ("integer from 0", "x = 0"),
        ("integer from 0", "x in (0, 3)"),
        ("integer from 0", "x not in (0, 3)"),
        ("integer from 0", "x >= 1"),
        ("integer from 0", "x <= 1"),
        ("integer from 0", "x >= 0"),
        ("integer from 0 to 9", "x = 9"),
        ("integer to 9", "x <= 9"),
        ("integer", "x <= 9007199254740992"),
        ("number from 0", "x = 0"),
        ("number from 0", "x > 0"),
        ("number from 0 to 1", "x = 1"),
        ("number from 0 to 1", "x < 1"),
        ("number from 0 to 1", "x > 0 and evidence.x < 1"),
        ("number", "x < 1 or evidence.x > 2"),
        ("boolean", "x in (false, true)"),
        ("one of (low, high)", "x in (low, high)"),
        ("boolean", "x = true"),
        ("boolean", "x = false"),
        ("one of (low, medium, high)", "x = high"),
        ("one of (low, medium, high)", "x in (low, medium)"),
        ('one of ("very low", high, other)', 'x in ("very low", high)'),
        ("text", 'x = "a"'),
        ("text", 'x != "a"'),
        ("text", 'x in ("a", "b")'),
        ("text", 'x not in ("a", "b")'),
        ("text", 'x starts with "ab"'),
        ("text", "x is missing"),
        ("text", "x is present"),
        ("text", 'x = "a" or evidence.x is missing'),
        ("text", 'x = "a" or evidence.x != "a"'),
        ("text", 'x in ("a", "b") or evidence.x starts with "c"'),
        ("text", 'x starts with "a" and not (evidence.x = "ab")'),
        ("text", 'x starts with "a" and not (evidence.x starts with "ab")'),
        ("text", 'x != "b" and not (evidence.x starts with "a")'),
        ("text", 'x is present and not (evidence.x = "a")'),
        ("text", 'x is present and not (evidence.x = "a" or evidence.x starts with "b")'),
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
        ("set of text", 'not (x contains "vip")', 'not (evidence.x contains "vip")'),
        ("integer from 0", "x < 1", "evidence.x = 0"),
        ("integer from 0", "x != 0", "evidence.x >= 1"),
        ("number from 0 to 1", "x >= 1", "evidence.x = 1"),
        ("number", "not (x > 1 or evidence.x < 0)", "not (evidence.x < 0 or evidence.x > 1)"),
    ],
)
def test_what_classes_can_not_tell_apart_is_said_once(kind: str, condition: str, shown: str) -> None:
    """Different ways to write the same classes are shown in one way."""
    assert said(kind, condition) == ((shown,),)


def test_several_columns_are_several_phrases() -> None:
    """All of them have to hold."""
    rows = said("number", 'x > 1 and action.tags contains "vip" and not (risk.failure_similarity >= 0.8)')

    assert rows == (('action.tags contains "vip"', "evidence.x > 1", "risk.failure_similarity < 0.8"),)


def test_what_has_several_ways_stands_in_parentheses_beside_others() -> None:
    """Else `and` would bind it to the last of them."""
    rows = said("number", '(x < 1 or evidence.x > 2) and action.tags contains "vip"')

    assert rows == (('action.tags contains "vip"', "(evidence.x < 1 or evidence.x > 2)"),)


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


@pytest.mark.parametrize(
    "action",
    ["shop.refund", "shop.refunds", "shop.refund.now", "shop", "shop.", "shop.x", "shop..x", "SHOP.x", "a.b", "*.x"],
)
def test_the_section_of_an_action_is_that_of_the_runtime(action: str) -> None:
    """Each section reads an attribute of its own, by which it is told."""
    names = {"shop.refund": "a", "shop.*": "b", "shop.refund.*": "c", "any action": "d"}
    rules = "".join(
        f'rule R-{name} for {scope} when evidence.{name} = "x" then ESCALATE because R\n'
        for scope, name in names.items()
    )
    text = 'policy p version "1"\ndefault ESCALATE because R\nevidence a, b, c, d : text\nstage ESCALATIONS\n' + rules
    policy = lumyn_runtime.load(compile_text(text).artifact)
    [section] = [s for s in policy.table.sections if s.actions == actions_that_cover(policy.table, action)]

    assert {name for name, _ in describe_section(policy.table, section).reads} == {
        attribute.name for attribute in policy.attributes(action)
    }
