"""Claims about every possible request → proved, disproved by a request, or left open."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from lumyn_compiler.checked import Always as CheckedAlways
from lumyn_compiler.checked import CheckedCondition, CheckedPolicy, CheckedRule
from lumyn_compiler.names import Names
from lumyn_compiler.policy import Claim, ClaimForm, Policy
from lumyn_compiler.regions.diagram import WORK_MAX, NotSettledError, State, expand
from lumyn_compiler.regions.groups import Group, groups
from lumyn_compiler.regions.matches import matches_of
from lumyn_compiler.regions.space import Space
from lumyn_compiler.regions.verdicts import Verdicts, rows_asked_later
from lumyn_compiler.regions.witness import Witness, cheapest, witness_of
from lumyn_compiler.resolve import resolve_condition, resolve_scope
from lumyn_compiler.tabulate import tabulate
from lumyn_runtime.table import Table
from lumyn_runtime.vocabulary import Verdict

__all__ = ["Disproof", "settle"]


@attrs.frozen
class Disproof:
    """A request of which a claim is not true.

    rule_ids: of all that match it, the engine's own among them; none where the default decides
    """

    witness: Witness
    verdict: Verdict
    rule_ids: tuple[str, ...]


def settle(
    policy: Policy, names: Names, checked: CheckedPolicy, table: Table, work_max: int = WORK_MAX
) -> Iterator[tuple[Claim, Disproof | NotSettledError | None]]:
    """Each claim, with the plainest request of which it is not true, or why that was left open; None where it is proved."""
    conditions: dict[str, CheckedCondition] = {}
    for claim in policy.claims:
        try:
            yield claim, _disproof(claim, names, conditions, checked, table, work_max)
        except NotSettledError as error:
            yield claim, error


def _disproof(
    claim: Claim,
    names: Names,
    conditions: dict[str, CheckedCondition],
    checked: CheckedPolicy,
    table: Table,
    work_max: int,
) -> Disproof | None:
    claimed = _claimed_table(claim, names, conditions, checked)
    for group in groups((table, claimed)):
        if group.views[1].section.rows:
            found = _in_group(claim, group, work_max)
            if found is not None:
                return found
    return None


def _claimed_table(
    claim: Claim, names: Names, conditions: dict[str, CheckedCondition], checked: CheckedPolicy
) -> Table:
    """A table that matches the requests that a claim speaks of, and no others.

    It is one of its own, so that what only the claim asks about is not taken to be asked by the policy.
    """
    rule = CheckedRule(
        rule_id="CLAIM",
        stage="TRUST_PATHS",
        scope=resolve_scope(claim.scope),
        condition=CheckedAlways() if claim.when is None else resolve_condition(claim.when, names, conditions),
        requirements=(),
        verdict=Verdict.TRUST,
        reason_codes=(),
        asks=(),
        obligations=(),
        span=claim.span,
    )
    tabulation = tabulate(attrs.evolve(checked, rules=(rule,)))
    if tabulation.table is None:
        raise NotSettledError("its condition multiplies out too far")
    return tabulation.table


def _in_group(claim: Claim, group: Group, work_max: int) -> Disproof | None:
    space = Space.of(group.views)
    verdicts = Verdicts(space, 0)
    later = rows_asked_later(space, 1)

    def narrow(position: int, state: State) -> State:
        (alive, bad), (spoken_of, _) = state
        if not spoken_of:
            return _NOBODY
        certain = spoken_of & ~later[position]
        return verdicts.narrow(position, alive, bad), ((certain & -certain) or spoken_of, 0)

    def observe(state: State) -> Verdict | None:
        return verdicts.observe(*state[0]) if state[1][0] else None

    diagram = expand(space, narrow, observe, work_max)
    wrong = {number for number, verdict in diagram.seen.items() if verdict is not None and not _is_true(claim, verdict)}
    if not wrong:
        return None
    for wanted in (wrong, *({number} for number in sorted(wrong))):
        path = cheapest(diagram, wanted)
        witness = None if path is None else witness_of(space, group.action_type, path)
        if witness is not None:
            assert path is not None
            return Disproof(witness, *matches_of(space, path))
    raise NotSettledError("amounts would have to be compared more closely than numbers allow")


# What is left where a claim does not speak of a request.
_NOBODY: State = ((0, 0), (0, 0))


def _is_true(claim: Claim, verdict: Verdict) -> bool:
    wanted = Verdict(claim.verdict.text)
    match claim.form:
        case ClaimForm.NEVER:
            return verdict is not wanted
        case ClaimForm.ALWAYS:
            return verdict is wanted
        case ClaimForm.AT_LEAST:
            return verdict.strength >= wanted.strength
