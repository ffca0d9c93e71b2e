"""Claims that are not true of every possible request, with one of which they are not; and claims that are left open."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import assert_never

from lumyn_compiler.checked import CheckedPolicy, CheckedRule
from lumyn_compiler.columns import tests_of
from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.names import Names
from lumyn_compiler.policy import Claim, Policy
from lumyn_compiler.regions.claims import Disproof, settle
from lumyn_compiler.regions.diagram import NotSettledError
from lumyn_compiler.regions.memory import Loosening, loosenings
from lumyn_runtime.builtin import FAILURE_SIMILARITY
from lumyn_runtime.table import Table

__all__ = ["check_claims", "check_memory"]


def check_claims(policy: Policy, names: Names, checked: CheckedPolicy, table: Table) -> Iterator[Diagnostic]:
    """Errors for what is not proved. Milliseconds a claim; seconds where hundreds of rules are for one action."""
    for claim, found in settle(policy, names, checked, table):
        match found:
            case None:
                pass
            case Disproof():
                yield _disproved(claim, found)
            case NotSettledError():
                yield Diagnostic(
                    "L601",
                    f"it is left open whether this is true of every request: {found}",
                    claim.span,
                    help="what is not proved is not compiled; claim it of fewer actions, or of a narrower condition",
                )
            case _:
                assert_never(found)


def check_memory(checked: CheckedPolicy, table: Table, diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Errors for verdicts that weaken as the similarity to failures rises.

    diagnostics: found before; a rule that was told of already is not told of again
    """
    told = {found.span for found in diagnostics if found.code == "L602"}
    for found in loosenings(table, _MEMORY_WORK_MAX):
        if isinstance(found, NotSettledError):
            yield Diagnostic(
                "W116",
                f"it is left open whether some verdict weakens as the similarity to failures rises: {found}",
                next(
                    rule.span
                    for rule in checked.rules
                    if any(test.attribute == FAILURE_SIMILARITY for test in tests_of(rule.condition))
                ),
                help="let rules that ask for a high similarity be as strict as the default, and those that trust ask for a low one",
            )
            continue
        rule = next(rule for rule in checked.rules if rule.rule_id == found.rule_id)
        if rule.span not in told:
            yield _loosened(rule, found)


# Some seconds: the rules of most policies are seen to be fine one by one.
_MEMORY_WORK_MAX = 200_000


def _loosened(rule: CheckedRule, found: Loosening) -> Diagnostic:
    request = json.dumps(found.low.request, ensure_ascii=False)
    low, high = found.low.failure_similarity, found.high.failure_similarity
    return Diagnostic(
        "L602",
        f"a verdict weakens from {found.before} to {found.after} as the similarity to failures rises from {low} to {high}",
        rule.span,
        help=f"memory may only tighten; see it with `lumyn eval POLICY --in - --failure-similarity {high}` and {request}",
    )


def _disproved(claim: Claim, disproof: Disproof) -> Diagnostic:
    by = ", ".join(f"`{rule_id}`" for rule_id in disproof.rule_ids)
    because = (
        f"where {by} match" if len(disproof.rule_ids) > 1 else f"where {by} matches" if by else "where no rule matches"
    )
    request = json.dumps(disproof.witness.request, ensure_ascii=False)
    similarity = disproof.witness.failure_similarity
    option = f" --failure-similarity {similarity}" if similarity else ""
    return Diagnostic(
        "L603",
        f"this is not true of every request: one gets {disproof.verdict} {because}",
        claim.span,
        help=f"see it with `lumyn eval POLICY --in -{option}` and {request}",
    )
