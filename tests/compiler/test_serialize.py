"""Trees to and from JSON and YAML."""

import json
import re

import attrs
import pytest
from hypothesis import given

from lumyn_compiler import policy as ir
from lumyn_compiler.diagnostic import Diagnostic, Label, Report, Suggestion
from lumyn_compiler.operators import Operator
from lumyn_compiler.policy import Policy, Word
from lumyn_compiler.serialize import (
    MalformedTreeError,
    checked_from_json,
    checked_to_json,
    policy_from_json,
    policy_from_yaml,
    policy_to_json,
    policy_to_yaml,
    report_from_json,
    report_to_json,
)
from lumyn_compiler.source import Source, Span
from tests.compiler.policies import policies
from tests.generators.compiling import Pruned
from tests.strategies import pruned_policies

SMALL = Policy(
    ir.Header(Word("p"), ir.Literal("1")),
    None,
    ir.Default(Word("ESCALATE"), Word("X")),
    rules=(
        ir.Rule(
            Word("R1"),
            Word("ESCALATIONS"),
            ir.Scope((Word("a.*"),), span=Span(3, 6)),
            ir.AllOf(
                (
                    ir.Negation(ir.ConditionName(Word("known"))),
                    ir.Predicate(Word("amount_usd"), Operator.GE, (ir.Literal(1.0, spelling="1.0"),)),
                )
            ),
            (),
            Word("ESCALATE"),
            (Word("A"),),
        ),
    ),
    waivers=(ir.Waiver("W104", "meant", Span(1, 9)),),
    comments=(ir.Comment("# so", span=Span(10, 14)),),
)


def _plain(tree: object) -> object:
    """Fields that equality passes over, too."""
    return attrs.astuple(tree) if attrs.has(type(tree)) else tree  # type: ignore[arg-type]


@given(policies())
def test_a_policy_survives_json_with_its_places(policy: Policy) -> None:
    """Spans, spellings and comments included."""
    again = policy_from_json(policy_to_json(policy))
    assert again == policy
    assert _plain(again) == _plain(policy)


@given(policies())
def test_a_policy_survives_yaml(policy: Policy) -> None:
    """The same tree in YAML."""
    assert policy_from_yaml(policy_to_yaml(policy)) == policy


@given(pruned_policies(rules_max=6))
def test_a_checked_policy_survives_json(pruned: Pruned) -> None:
    """Kinds, verdicts, queries and obligations included."""
    assert checked_from_json(checked_to_json(pruned.checked)) == pruned.checked


def test_a_report_survives_json_with_its_source() -> None:
    """Severity is a matter of the code, so it is not written."""
    found = Diagnostic(
        "L203",
        "unknown",
        Span(1, 2),
        help="do so",
        labels=(Label(Span(0, 1), "here"),),
        suggestion=Suggestion(Span(1, 2), "x"),
    )
    report = Report.of(Source("a.lumyn", "abc\n"), [found, Diagnostic("W109", "careful", Span(0, 1))])
    assert report_from_json(report_to_json(report)) == report


def test_a_node_of_a_union_names_its_class_first() -> None:
    """So that other languages can read the tree."""
    [rule] = json.loads(policy_to_json(SMALL))["rules"]
    assert next(iter(rule["when"])) == "node"
    assert rule["when"]["node"] == "AllOf"
    assert [part["node"] for part in rule["when"]["parts"]] == ["Negation", "Predicate"]
    assert rule["when"]["parts"][1]["operator"] == ">="


def test_spans_are_pairs_on_one_line() -> None:
    """Half of a tree is places; they should not take three quarters of its lines."""
    assert '"span": [3, 6]\n' in policy_to_json(SMALL)


def test_spans_may_be_left_out() -> None:
    """A tree that was written by hand or by another tool has no places."""

    def without_spans(value: object) -> object:
        match value:
            case dict():
                return {key: without_spans(held) for key, held in value.items() if key not in ("span", "covers")}
            case list():
                return [without_spans(member) for member in value]
            case _:
                return value

    text = json.dumps(without_spans(json.loads(policy_to_json(SMALL))))
    assert policy_from_json(text) == SMALL
    assert policy_from_json(text).rules[0].scope.span == Span(0, 0)


def test_numbers_are_doubles_however_json_spells_them() -> None:
    """Other writers spell 1.0 as 1."""
    text = re.sub(r'"value": 1\.0', '"value": 1', policy_to_json(SMALL))
    assert '"value": 1,' in text
    assert policy_from_json(text) == SMALL


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("{", "{{"),
        ('"rules"', '"rule"'),
        ('"Negation"', '"Never"'),
        ('"node": "Negation",', ""),
        ('">="', '"=>"'),
        ('"text": "R1"', '"text": 1'),
        ('"value": 1.0', '"value": null'),
        ('"value": 1.0', '"value": NaN'),
        ("[3, 6]", "[3]"),
        ("[3, 6]", "[-3, 6]"),
        ("[3, 6]", "[true, 6]"),
        ("[3, 6]", '"3-6"'),
        ('"mode": null', '"mode": []'),
    ],
)
def test_what_is_no_such_tree_is_refused(written: str, instead: str) -> None:
    """Whatever is wrong, there is one exception, and it says something."""
    text = policy_to_json(SMALL)
    assert written in text
    with pytest.raises(MalformedTreeError) as caught:
        policy_from_json(text.replace(written, instead, 1))
    assert str(caught.value)


def test_a_tree_too_deep_to_read_is_refused() -> None:
    """Depth is no way to bring the reader down."""
    with pytest.raises(MalformedTreeError):
        policy_from_json("[" * 100_000)
    negations = '{"node": "Negation", "part": ' * 2_000 + '{"node": "Always"}' + "}" * 2_000
    text = re.sub(r'"when": \{.*?\n      \}', f'"when": {negations}', policy_to_json(SMALL), flags=re.DOTALL)
    with pytest.raises(MalformedTreeError):
        policy_from_json(text)


@pytest.mark.parametrize("text", ["", "[]", "a: [", "!!python/object:os.system {}", "3"])
def test_yaml_that_is_no_tree_is_refused(text: str) -> None:
    """Tags are never followed."""
    with pytest.raises(MalformedTreeError):
        policy_from_yaml(text)
