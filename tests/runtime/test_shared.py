"""What is shared between calls and threads can't be changed."""

from __future__ import annotations

import copy
import pickle

import pytest

import lumyn_compiler
import lumyn_runtime
from lumyn_runtime import Verdict

POLICY = lumyn_runtime.load(
    lumyn_compiler.compile_text("""
policy p version "1" mode enforce default ESCALATE because NOTHING
evidence risk : number from 0 to 1
stage REQUIREMENTS
  rule R for a.b require evidence.risk ask "Which?" else QUERY because R
  oblige log severity info "Note it."
""").artifact
)
SECTION = POLICY.table.sections[-1]
RULE = POLICY.table.rules[0]
SHARED = {
    "policy": POLICY,
    "table": POLICY.table,
    "attribute": POLICY.table.attributes[0],
    "kind": POLICY.table.attributes[0].kind,
    "rule": RULE,
    "query": RULE.queries[0],
    "obligation": RULE.obligations[0],
    "section": SECTION,
    "column": SECTION.columns[0],
    "row": SECTION.rows[0],
    "verdict": Verdict.TRUST,
    "outcome": POLICY.evaluate({"action": {"type": "a.b"}}),
    "match": POLICY.evaluate({"action": {"type": "a.b"}}).matched_rules[0],
    "used attribute": POLICY.attributes("a.b")[0],
}


@pytest.mark.parametrize("shared", SHARED.values(), ids=SHARED)
def test_it_can_not_be_changed(shared: object) -> None:
    """A field that is set or deleted is an error, and leaves it as it was."""
    names = type(shared).__slots__  # type: ignore[attr-defined]
    assert names
    for name in names:
        before = getattr(shared, name)
        with pytest.raises(AttributeError):
            setattr(shared, name, None)
        with pytest.raises(AttributeError):
            delattr(shared, name)
        assert getattr(shared, name) is before
    with pytest.raises(AttributeError):
        shared.more = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["kind", "query", "obligation", "verdict", "outcome", "match", "used attribute"])
def test_values_survive_copying_and_pickling(name: str) -> None:
    """As equal values."""
    shared = SHARED[name]
    assert pickle.loads(pickle.dumps(shared)) == shared  # noqa: S301
    assert copy.deepcopy(shared) == shared


def test_a_table_survives_pickling() -> None:
    """So that it can be handed to another process."""
    table = pickle.loads(pickle.dumps(POLICY.table))  # noqa: S301
    assert lumyn_runtime.artifact.dumps(table) == lumyn_runtime.artifact.dumps(POLICY.table)
