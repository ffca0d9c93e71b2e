"""What a rule's condition lets through, taken as a whole: nothing at all, or trust that grows with past failures."""

from __future__ import annotations

from collections.abc import Iterator

from lumyn_compiler.checked import CheckedPolicy, CheckedRule
from lumyn_compiler.columns import Columns
from lumyn_compiler.conjunctions import Conjunction, TooManyConjunctionsError
from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.tabulate import rule_conjunctions
from lumyn_runtime.builtin import FAILURE_SIMILARITY
from lumyn_runtime.vocabulary import Verdict

__all__ = ["contradictions", "loosening_memory"]


def contradictions(policy: CheckedPolicy) -> Iterator[Diagnostic]:
    """Rules that can match no request, since their parts exclude each other."""
    for rule in policy.rules:
        if not _ways(rule, policy):
            yield Diagnostic(
                "L403",
                f"rule `{rule.rule_id}` can match no request",
                rule.span,
                help="its conditions exclude each other; a predicate on a missing or ill-typed value is false",
            )


def loosening_memory(policy: CheckedPolicy) -> Iterator[Diagnostic]:
    """`TRUST` rules that ask for a similarity to failures above some value: memory may only tighten."""
    column = (FAILURE_SIMILARITY, "")
    for rule in policy.rules:
        if rule.verdict is not Verdict.TRUST:
            continue
        # Class 0 holds the smallest similarities.
        if any(not way.get(column, 1) & 1 for way in _ways(rule, policy)):
            yield Diagnostic(
                "L602",
                f"rule `{rule.rule_id}` trusts because the similarity to failures is high",
                rule.span,
                help="memory may only tighten: ask for a similarity below a value, or give a stronger verdict",
            )


def _ways(rule: CheckedRule, policy: CheckedPolicy) -> list[Conjunction]:
    columns = Columns((rule,), policy.kinds)
    try:
        return [way for way, _ in rule_conjunctions(rule, columns)]
    except TooManyConjunctionsError:
        # Reported where the table is built.
        return [{}]
