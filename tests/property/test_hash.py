"""What keeps the policy hash, and what changes it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import attrs
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from lumyn_compiler.checked import CheckedPolicy
from lumyn_compiler.pipeline import compile_text
from lumyn_compiler.policy import Literal, Policy, PolicyTest, Word
from lumyn_compiler.tabulate import tabulate
from lumyn_runtime.artifact import dumps, policy_hash
from lumyn_runtime.vocabulary import STAGES
from tests.generators.choices import Chance, Drawn
from tests.generators.compiling import Pruned, prune
from tests.generators.mutations import ALWAYS_SEEN, CHANGES, inlined, renamed, with_unused_declarations
from tests.generators.policies import make_policy
from tests.generators.requests import Aim
from tests.generators.spelling import spell
from tests.profiles import examples
from tests.reference import evaluate
from tests.strategies import pruned_policies

ROOT = Path(__file__).parents[2]


def hash_of(policy: CheckedPolicy) -> str:
    """The hash of the policy's artifact."""
    table = tabulate(policy).table
    assert table is not None, "generated policies are small enough"
    return policy_hash(dumps(table))


def hash_of_text(text: str) -> str:
    """The hash of what a source compiles to."""
    return compile_text(text).policy_hash


@settings(max_examples=examples(300))
@given(pruned_policies(), st.data())
def test_layout_quotes_and_comments_keep_the_hash(pruned: Pruned, data: st.DataObject) -> None:
    """However a policy is laid out, it is the same policy."""
    odd = spell(pruned.policy, Drawn(data.draw))
    assert hash_of_text(odd) == hash_of_text(spell(pruned.policy)) == hash_of(pruned.checked), odd


@settings(max_examples=examples(200))
@given(pruned_policies())
def test_names_of_constants_and_conditions_keep_the_hash(pruned: Pruned) -> None:
    """Renamed, or written out where they are used."""
    whole = hash_of(pruned.checked)
    assert hash_of_text(spell(renamed(pruned.policy))) == whole
    assert hash_of_text(spell(inlined(pruned.policy))) == whole


@settings(max_examples=examples(200))
@given(pruned_policies())
def test_unused_declarations_and_tests_keep_the_hash(pruned: Pruned) -> None:
    """What no rule refers to is no part of what a policy decides."""
    test = PolicyTest(Literal("t"), Word("a.b"), None, (), (), Word("TRUST"), ())
    more = attrs.evolve(with_unused_declarations(pruned.policy), tests=(test,))
    assert hash_of(prune(more).checked) == hash_of(pruned.checked)
    assert hash_of_text(spell(with_unused_declarations(pruned.policy))) == hash_of(pruned.checked)


@settings(max_examples=examples(200))
@given(pruned_policies())
def test_the_order_of_stage_blocks_keeps_the_hash(pruned: Pruned) -> None:
    """Rules are read in stage order; only their order within a stage counts."""
    backwards = [rule for stage in reversed(STAGES[:4]) for rule in pruned.policy.rules if rule.stage.text == stage]
    moved = attrs.evolve(pruned.policy, rules=tuple(backwards))
    assert hash_of_text(spell(moved)) == hash_of(pruned.checked)


@settings(max_examples=examples(100))
@given(pruned_policies(rules_max=8))
def test_the_order_of_rules_in_a_stage_changes_the_hash(pruned: Pruned) -> None:
    """It is the order of `matched_rules`."""
    backwards = prune(attrs.evolve(pruned.policy, rules=pruned.policy.rules[::-1]))
    stages = [rule.stage for rule in pruned.checked.rules]
    moved = len(stages) != len(set(stages))
    event("moved" if moved else "one rule a stage")
    assert (hash_of(backwards.checked) != hash_of(pruned.checked)) == moved


@pytest.mark.parametrize("sort", CHANGES)
@settings(max_examples=examples(60))
@given(data=st.data())
def test_a_change_of_meaning_changes_the_hash(sort: str, data: st.DataObject) -> None:
    """A rule that says something else is seen whatever it asks; of the rest, the oracle knows what is a change."""
    choices = Drawn(data.draw)
    pruned = prune(make_policy(choices, rules_max=8))
    assume(pruned.policy.rules)
    changed = prune(CHANGES[sort](choices, pruned.policy))
    differ = hash_of(changed.checked) != hash_of(pruned.checked)
    event("another hash" if differ else "the same hash")
    assert differ or sort not in ALWAYS_SEEN
    if not differ:
        seed = Chance(data.draw(st.integers(0, 2**32)))
        for policy in (pruned, changed):
            aim = Aim(policy.checked)
            for _ in range(40):
                request, risk = aim.request(seed), aim.similarity(seed)
                assert evaluate(pruned.checked, request, risk) == evaluate(changed.checked, request, risk), request


def test_three_hash_seeds_give_the_same_bytes() -> None:
    """Nothing in an artifact or source map depends on the order of a set."""
    program = (
        "import hashlib, sys, lumyn_compiler.pipeline\n"
        "for text in sys.stdin.read().split('\\0'):\n"
        "    compiled = lumyn_compiler.pipeline.compile_text(text)\n"
        "    print(compiled.policy_hash, hashlib.sha256(compiled.artifact + compiled.source_map).hexdigest(),\n"
        "          [(found.code, found.message) for found in compiled.warnings])\n"
    )
    sources = "\0".join(spell(pruned_by_chance(seed), Chance(seed)) for seed in range(25))
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=sources.encode(),
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"},
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout
        for hash_seed in ("0", "1", "4242")
    }
    assert len(printed) == 1
    assert printed.pop().count(b"blake3:") == 25


def pruned_by_chance(seed: int) -> Policy:
    """A policy that compiles."""
    return prune(make_policy(Chance(seed))).policy
