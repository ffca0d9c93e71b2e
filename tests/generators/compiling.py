"""Leave out the rules of a generated policy that can match no request, or that memory could loosen."""

from __future__ import annotations

import attrs

from lumyn_compiler.checked import CheckedPolicy
from lumyn_compiler.checks import MEANING_CHECKS, check_written
from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.names import collect_names
from lumyn_compiler.policy import Policy
from lumyn_compiler.resolve import resolve

__all__ = ["Pruned", "prune"]


@attrs.frozen
class Pruned:
    """A policy without the rules that the compiler refuses.

    checked: the policy that is left
    whole:   the policy before, its refused rules included
    refused: what is said of each refused rule
    """

    policy: Policy
    checked: CheckedPolicy
    whole: CheckedPolicy
    refused: tuple[Diagnostic, ...]


def prune(policy: Policy) -> Pruned:
    """Check the policy, and drop the rules whose condition is refused.

    raises: AssertionError where something else is wrong with the policy: the generator promises that nothing is
    """
    names = collect_names(policy)
    errors = list(check_written(policy, names))
    assert not errors, f"a generated policy is wrong: {errors[0].code} {errors[0].message}"
    whole = resolve(policy, names)
    refused = tuple(found for check in MEANING_CHECKS for found in check(whole) if found.code.startswith("L"))
    places = {found.span for found in refused}
    kept = attrs.evolve(policy, rules=tuple(rule for rule in policy.rules if rule.rule_id.span not in places))
    checked = attrs.evolve(whole, rules=tuple(rule for rule in whole.rules if rule.span not in places))
    return Pruned(kept, checked, whole, refused)
