"""Leave out the rules of a generated policy that can match no request, or that memory could loosen."""

from __future__ import annotations

import attrs

from lumyn_compiler.checked import CheckedPolicy
from lumyn_compiler.checks import MEANING_CHECKS, check_written
from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.names import collect_names
from lumyn_compiler.policy import Policy
from lumyn_compiler.regions.memory import Loosening, loosenings
from lumyn_compiler.resolve import resolve
from lumyn_compiler.tabulate import tabulate

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
    checked = _tightening(attrs.evolve(whole, rules=tuple(rule for rule in whole.rules if rule.span not in places)))
    names_left = {rule.rule_id for rule in checked.rules}
    kept = attrs.evolve(policy, rules=tuple(rule for rule in policy.rules if rule.rule_id.text in names_left))
    return Pruned(kept, checked, whole, refused)


def _tightening(policy: CheckedPolicy) -> CheckedPolicy:
    """The policy without the rules by which memory could loosen a verdict; those that are left may do so together."""
    while (table := tabulate(policy).table) is not None:
        loosening = {found.rule_id for found in loosenings(table) if isinstance(found, Loosening)}
        if not loosening:
            break
        policy = attrs.evolve(policy, rules=tuple(rule for rule in policy.rules if rule.rule_id not in loosening))
    return policy
