"""`fmt` changes nothing but the layout, and what it wrote it writes again."""

from __future__ import annotations

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from lumyn_compiler.format import format_policy
from lumyn_compiler.pipeline import Spelling, parse
from lumyn_compiler.policy import (
    Amount,
    Claim,
    ClaimForm,
    Given,
    Literal,
    Policy,
    PolicyTest,
    Scope,
    Word,
)
from lumyn_compiler.reader import read_source
from lumyn_compiler.serialize import (
    checked_from_json,
    checked_to_json,
    policy_from_json,
    policy_from_yaml,
    policy_to_json,
    policy_to_yaml,
)
from lumyn_compiler.source import Source
from tests.generators.choices import Choices, Drawn
from tests.generators.compiling import Pruned
from tests.generators.spelling import spell
from tests.profiles import examples
from tests.strategies import pruned_policies


def read(text: str) -> tuple[Policy, Source]:
    """A source as its author wrote it."""
    source, found = read_source(text.encode(), "policy.lumyn")
    assert source is not None
    assert not found, found
    policy, found = parse(source, Spelling.LUMYN)
    assert not found, found
    return policy, source


def with_claims_and_tests(choices: Choices, policy: Policy) -> Policy:
    """The policy with statements that say nothing about what is decided."""
    conditions = [rule.when for rule in policy.rules]
    scopes = [rule.scope for rule in policy.rules] or [Scope(())]
    claims = tuple(
        Claim(choices.pick(list(ClaimForm)), Word("TRUST"), choices.pick(scopes), choices.pick([None, *conditions]))
        for _ in range(choices.below(3))
    )
    given = (
        Given(Word("action.tags"), (Literal("vip"), Literal("new"))),
        Given(Word("subject.type"), Word("agent")),
        Given(Word("subject.id"), Literal("u-1")),
    )
    tests = tuple(
        PolicyTest(
            Literal(f"test {number}"),
            Word("support.refund"),
            Amount(Literal(12.5), Word("USD")) if choices.often(50) else None,
            (Given(Word("fx_rate_to_usd"), Literal(2.0)),) if choices.often(50) else (),
            tuple(choices.sample(given, choices.below(4))),
            Word("TRUST"),
            (Word("A"), Word("B")) if choices.often(50) else (),
        )
        for number in range(choices.below(3))
    )
    return attrs.evolve(policy, claims=claims, tests=tests)


@settings(max_examples=examples(300))
@given(pruned_policies(), st.data())
def test_formatting_keeps_the_tree_and_is_idempotent(pruned: Pruned, data: st.DataObject) -> None:
    """Comments included: none is lost, whatever stood around it."""
    choices = Drawn(data.draw)
    policy, source = read(spell(with_claims_and_tests(choices, pruned.policy), choices))
    formatted = format_policy(policy, source)
    again, formatted_source = read(formatted)
    assert again == policy, formatted
    assert sorted(comment.text for comment in again.comments) == sorted(comment.text for comment in policy.comments)
    assert format_policy(again, formatted_source) == formatted


@settings(max_examples=examples(200))
@given(pruned_policies(), st.data())
def test_a_tree_without_source_is_written_and_read_again(pruned: Pruned, data: st.DataObject) -> None:
    """As conversion from YAML does it."""
    policy, _ = read(spell(with_claims_and_tests(Drawn(data.draw), pruned.policy)))
    assert read(format_policy(policy))[0] == policy


@settings(max_examples=examples(80))
@given(pruned_policies(), st.data())
def test_trees_go_to_json_and_yaml_and_back(pruned: Pruned, data: st.DataObject) -> None:
    """Both the tree as written and the checked one."""
    policy, _ = read(spell(with_claims_and_tests(Drawn(data.draw), pruned.policy)))
    assert policy_from_json(policy_to_json(policy)) == policy
    assert policy_from_yaml(policy_to_yaml(policy)) == policy
    assert checked_from_json(checked_to_json(pruned.checked)) == pruned.checked
