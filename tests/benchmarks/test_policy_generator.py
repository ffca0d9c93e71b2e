"""Generated policies are what the benchmark says they are."""

from statistics import median

import pytest

import lumyn_compiler
import lumyn_runtime
from tests import reference
from tests.benchmarks.policy_generator import generated_requests, policy_source

SHAPES = pytest.mark.parametrize(("rule_count", "action_count"), [(10, 1), (300, 1), (300, 30)])


@SHAPES
def test_the_same_seed_gives_the_same_text(rule_count: int, action_count: int) -> None:
    """A policy can be made again from its sizes and seed; another seed gives another one."""
    source = policy_source(rule_count, action_count, seed=5)
    assert source == policy_source(rule_count, action_count, seed=5)
    assert source != policy_source(rule_count, action_count, seed=6)


@SHAPES
def test_a_generated_policy_has_its_rules_and_no_findings(rule_count: int, action_count: int) -> None:
    """It compiles without a warning, has exactly that many rules, and names that many actions."""
    compilation = lumyn_compiler.compile_text(policy_source(rule_count, action_count))
    assert [f"{found.code}: {found.message}" for found in compilation.warnings] == []
    assert len(compilation.table.rules) == rule_count
    assert len(compilation.table.sections) == action_count + 1


@SHAPES
def test_table_and_oracle_agree_on_generated_requests(rule_count: int, action_count: int) -> None:
    """The compiled policy decides generated requests as the plain interpreter does."""
    compilation = lumyn_compiler.compile_text(policy_source(rule_count, action_count))
    policy = lumyn_runtime.load(compilation.artifact)
    for request in generated_requests(rule_count, action_count, 20):
        assert policy.evaluate(request) == reference.evaluate(compilation.policy, request)


def test_a_request_meets_a_handful_of_rules() -> None:
    """On one action of many rules, half of the requests meet at least one and at most eight."""
    policy = lumyn_runtime.load(lumyn_compiler.compile_text(policy_source(1_000, 1)).artifact)
    outcomes = [policy.evaluate(request) for request in generated_requests(1_000, 1, 500)]
    assert 1 <= median(len(outcome.matched_rules) for outcome in outcomes) <= 8


def test_ten_thousand_rules_are_a_megabyte_and_a_half() -> None:
    """A rule takes about 150 bytes of source."""
    assert 1_400_000 <= len(policy_source(10_000, 1)) <= 1_800_000
