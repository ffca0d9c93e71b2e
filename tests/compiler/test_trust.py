"""W104: where a `TRUST` rule may pass a stronger one that could not look."""

from __future__ import annotations

import pytest

from lumyn_compiler import analyse

HEAD = 'policy p version "1"\nmode enforce\ndefault ESCALATE because NOTHING\n'


def findings(rules: str, evidence: str = "evidence x : one of (low, high)\n") -> list[str]:
    """Messages of W104 for rules of one policy."""
    report = analyse(HEAD + evidence + rules).report
    assert not report.errors, report.errors
    return [found.message for found in report.warnings if found.code == "W104"]


def stronger(condition: str) -> str:
    """A policy with one stronger rule, and one that trusts small amounts."""
    return f"""
stage HARD_BLOCKS
  rule B1 for a.b
    when {condition}
    then ABSTAIN because BLOCKED
stage TRUST_PATHS
  rule T1 for a.b
    when amount_usd <= 25 and tenant.environment = dev
    then TRUST because SMALL
"""


@pytest.mark.parametrize(
    ("condition", "warns"),
    [
        ("evidence.x = high", True),
        ("evidence.x != low", True),
        ("evidence.x = high or amount_usd > 20", True),
        ("evidence.x = high and tenant.environment = dev", True),
        # Could never have blocked what is trusted here.
        ("evidence.x = high and tenant.environment = prod", False),
        ("evidence.x = high and amount_usd > 25", False),
        # Hits where the evidence is missing.
        ("not evidence.x = low", False),
        ("evidence.x = high or evidence.x is missing", False),
        ("evidence.x is present", False),
        ("evidence.x is missing", False),
        # What is trusted has an amount.
        ("amount.value > 10", False),
    ],
)
def test_a_rule_is_passed_that_could_have_hit(condition: str, warns: bool) -> None:
    """Only where the stronger rule reads more than presence, misses what is missing, and can meet the trusting one."""
    assert bool(findings(stronger(condition))) is warns


def test_members_of_sets_are_evidence_too() -> None:
    """A missing set lacks every member."""
    kinds = "evidence x : set of text\n"
    assert findings(stronger('evidence.x contains "bad"'), kinds)
    assert not findings(stronger('not evidence.x contains "good"'), kinds)


def test_one_finding_a_rule() -> None:
    """However much the stronger rules read, which is named up to a point."""
    names = [f"e{number}" for number in range(9)]
    blocks = [f"rule B{name} for a.b when evidence.{name} = true then ABSTAIN because B" for name in names]
    trusts = [f"rule T{name} for a.b when amount_usd <= 5 then TRUST because T" for name in names]
    rules = "\n".join(["stage HARD_BLOCKS", *blocks, "stage TRUST_PATHS", *trusts])
    found = findings(rules, f"evidence {', '.join(names)} : boolean\n")
    assert len(found) == len(names)
    assert found[0] == (
        "rule `Te0` can trust while `evidence.e0`, `evidence.e1`, `evidence.e2`, `evidence.e3` or something else is"
        " missing, which stronger rules read"
    )
