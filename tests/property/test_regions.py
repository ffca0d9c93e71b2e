"""The decision diagram, held against requests: it has what they lead to, and nothing that none leads to."""

from __future__ import annotations

import attrs
from hypothesis import given
from hypothesis import strategies as st

from lumyn_compiler.checked import CheckedPolicy
from lumyn_compiler.names import collect_names
from lumyn_compiler.policy import Claim, ClaimForm, Rule, Scope, Word
from lumyn_compiler.regions.claims import Disproof, settle
from lumyn_compiler.regions.diagram import Diagram, expand
from lumyn_compiler.regions.groups import Group, groups
from lumyn_compiler.regions.memory import Loosening, loosenings
from lumyn_compiler.regions.space import Space
from lumyn_compiler.regions.verdicts import Verdicts
from lumyn_compiler.regions.witness import cheapest, witness_of
from lumyn_compiler.tabulate import tabulate
from lumyn_runtime.attributes import action_type_of
from lumyn_runtime.builtin import FAILURE_SIMILARITY
from lumyn_runtime.classes import section_classes
from lumyn_runtime.table import Table
from lumyn_runtime.vocabulary import VERDICTS, Verdict
from tests.generators.compiling import Pruned
from tests.generators.requests import Json
from tests.reference import evaluate
from tests.strategies import Case, cases, pruned_policies


def table_of(checked: CheckedPolicy) -> Table:
    """Its table."""
    table = tabulate(checked).table
    assert table is not None
    return table


def diagram_of(group: Group, last: str | None = None) -> Diagram[Verdict]:
    """Of the verdicts."""
    space = Space.of(group.views, last=last)
    verdicts = Verdicts(space, 0)
    return expand(
        space,
        lambda position, state: (verdicts.narrow(position, *state[0]),),
        lambda state: verdicts.observe(*state[0]),
    )


@given(pruned_policies())
def test_of_every_verdict_there_is_a_request_that_gets_it(pruned: Pruned) -> None:
    """The plainest one on each way to it, by the oracle."""
    for group in groups([table_of(pruned.checked)]):
        diagram = diagram_of(group)
        for number, verdict in diagram.seen.items():
            path = cheapest(diagram, {number})
            assert path is not None
            witness = witness_of(diagram.space, group.action_type, path)
            assert witness is not None
            outcome = evaluate(pruned.checked, witness.request, witness.failure_similarity or 0.0)
            assert outcome.verdict is verdict


@given(cases())
def test_every_request_has_its_way_to_its_verdict(case: Case) -> None:
    """Its classes are cells that are allowed together, and they lead to what the oracle says."""
    table = table_of(case.pruned.checked)
    diagrams = {group.views[0].section.actions: diagram_of(group) for group in groups([table])}
    for request, similarity in case.requests:
        action_type = action_type_of(request)
        if action_type is None:
            continue
        (view,) = next(group.views for group in groups([_only(table, action_type)]))
        diagram = diagrams[view.section.actions]
        assert evaluate(case.pruned.checked, request, similarity).verdict in _led_to(diagram, request, similarity)


def _only(table: Table, action_type: str) -> Table:
    """The table with the one section that serves an action type."""
    exact = [section for section in table.sections if section.actions == action_type]
    prefixes = [
        section
        for section in table.sections
        if section.actions.endswith(".*")
        and action_type.startswith(section.actions[:-1])
        and action_type != section.actions[:-1]
    ]
    rest = [section for section in table.sections if section.actions == "*"]
    serving = (exact or sorted(prefixes, key=lambda section: -len(section.actions)) or rest)[0]
    return Table(**{name: getattr(table, name) for name in Table.__slots__} | {"sections": (serving,)})


def _led_to(diagram: Diagram[Verdict], request: Json, similarity: float) -> set[Verdict]:
    """What the ways lead to whose cells have the classes of a request. More than one cell may have them."""
    (view,) = diagram.space.views
    classes = section_classes(view.section, view.table, request, similarity)
    numbers = {diagram.root}
    for variable in diagram.space.variables:
        column = variable.columns[0]
        assert column is not None
        fitting = {index for index, cell in enumerate(variable.cells) if cell.classes[0] == classes[column]}
        numbers = {child for number in numbers for cells, child in diagram.edges[number] if fitting & set(cells)}
    return {diagram.seen[number] for number in numbers}


@given(cases(), st.sampled_from(ClaimForm), st.sampled_from(VERDICTS), st.integers(0, 100))
def test_a_claim_is_true_of_every_request_or_shown_to_be_false_by_one(
    case: Case, form: ClaimForm, verdict: str, pick: int
) -> None:
    """Claims about everything, and about what some rule of the policy speaks of."""
    checked, rules = case.pruned.checked, case.pruned.policy.rules
    rule = rules[pick % len(rules)] if rules and pick % 3 else None
    scope, when = (Scope(()), None) if rule is None else (rule.scope, rule.when)
    policy = attrs.evolve(case.pruned.policy, claims=(Claim(form, Word(verdict), scope, when),))
    ((_, found),) = settle(policy, collect_names(policy), checked, table_of(checked))
    if found is None:
        for request, risk in case.requests:
            if action_type_of(request) and _speaks_of(checked, rule, request, risk):
                assert _is_true(form, Verdict(verdict), evaluate(checked, request, risk).verdict)
    else:
        assert isinstance(found, Disproof)
        request, risk = found.witness.request, found.witness.failure_similarity or 0.0
        outcome = evaluate(checked, request, risk)
        assert outcome.verdict is found.verdict
        assert _speaks_of(checked, rule, request, risk)
        assert not _is_true(form, Verdict(verdict), outcome.verdict)
        assert found.rule_ids == tuple(match.rule_id for match in outcome.matched_rules if match.rule_id != "DEFAULT")


def _speaks_of(checked: CheckedPolicy, rule: Rule | None, request: Json, risk: float) -> bool:
    """Whether a claim with the scope and condition of a rule is about a request."""
    if rule is None:
        return True
    (alone,) = (one for one in checked.rules if one.rule_id == rule.rule_id.text)
    policy = attrs.evolve(checked, rules=(attrs.evolve(alone, requirements=()),))
    return any(match.rule_id == alone.rule_id for match in evaluate(policy, request, risk).matched_rules)


def _is_true(form: ClaimForm, claimed: Verdict, found: Verdict) -> bool:
    if form is ClaimForm.NEVER:
        return found is not claimed
    return found is claimed if form is ClaimForm.ALWAYS else found.strength >= claimed.strength


@given(pruned_policies(), st.sampled_from(VERDICTS))
def test_memory_that_loosens_is_found_where_there_is_any(pruned: Pruned, default: str) -> None:
    """By two requests that are alike but for the similarity; where none is found, no step of it weakens a verdict."""
    checked = attrs.evolve(pruned.checked, default_verdict=Verdict(default))
    table = table_of(checked)
    found = list(loosenings(table))
    for loosening in found:
        assert isinstance(loosening, Loosening)
        outcomes = [
            evaluate(checked, witness.request, witness.failure_similarity or 0.0)
            for witness in (loosening.low, loosening.high)
        ]
        assert loosening.low.request == loosening.high.request
        assert (loosening.low.failure_similarity or 0.0) < (loosening.high.failure_similarity or 0.0)
        assert [outcome.verdict for outcome in outcomes] == [loosening.before, loosening.after]
        assert loosening.after.strength < loosening.before.strength
        assert loosening.rule_id in {rule.rule_id for rule in checked.rules}
    if not found:
        for group in groups([table]):
            assert _only_tightens(diagram_of(group, last=FAILURE_SIMILARITY))


def _only_tightens(diagram: Diagram[Verdict]) -> bool:
    """Whether every step of the similarity, when all else is decided, leads to no weaker verdict."""
    names = [variable.name for variable in diagram.space.variables]
    if FAILURE_SIMILARITY not in names:
        return True
    assert names[-1] == FAILURE_SIMILARITY
    for number, edges in enumerate(diagram.edges):
        if number not in diagram.seen and diagram.levels[number] == len(names) - 1:
            steps = [
                verdict
                for _, verdict in sorted((cell, diagram.seen[child]) for cells, child in edges for cell in cells)
            ]
            if [verdict.strength for verdict in steps] != sorted(verdict.strength for verdict in steps):
                return False
    return True
