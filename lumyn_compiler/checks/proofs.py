"""Claims that are not true of every possible request, with one of which they are not; and claims that are left open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import assert_never

from lumyn_compiler.checked import CheckedPolicy
from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.names import Names
from lumyn_compiler.policy import Claim, Policy
from lumyn_compiler.regions.claims import Disproof, settle
from lumyn_compiler.regions.diagram import NotSettledError
from lumyn_runtime.table import Table

__all__ = ["check_claims"]


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
                    f"it is left open whether this is true of every request: {found.detail}",
                    claim.span,
                    help="what is not proved is not compiled; claim it of fewer actions, or of a narrower condition",
                )
            case _:
                assert_never(found)


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
