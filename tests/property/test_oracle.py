"""Table and oracle agree on the whole outcome, for policies and requests that nobody thought of."""

from __future__ import annotations

from collections import Counter

from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.agreement import NotTabulated, disagreements, load_checked
from tests.generators.choices import Chance
from tests.generators.compiling import prune
from tests.generators.policies import make_policy, make_wide_policy
from tests.generators.requests import Aim
from tests.generators.spelling import spell
from tests.profiles import examples
from tests.reference import evaluate
from tests.strategies import Case, cases


@settings(max_examples=examples(2_000))
@given(cases())
def test_table_and_oracle_agree_on_the_whole_outcome(case: Case) -> None:
    """Verdict, reasons, matches, questions and duties, each in its order."""
    policy = case.pruned.checked
    try:
        table = load_checked(policy)
    except NotTabulated as refusal:
        event(f"too large: {refusal.codes}")
        return
    found = next(iter(disagreements(policy, table, case.requests)), None)
    assert found is None, f"{found}\n{spell(case.pruned.policy)}"
    event(f"verdicts: {len({str(table.evaluate(request).verdict) for request, _ in case.requests})}")


@settings(max_examples=examples(20))
@given(st.integers(0, 2**32))
def test_wide_sections_agree_too(seed: int) -> None:
    """Sections of hundreds of attributes are decided in a plainer way."""
    choices = Chance(seed)
    pruned = prune(make_wide_policy(choices, choices.pick((200, 300))))
    aim = Aim(pruned.checked)
    requests = [(aim.request(choices), aim.similarity(choices)) for _ in range(20)]
    found = next(iter(disagreements(pruned.checked, load_checked(pruned.checked), requests)), None)
    assert found is None, str(found)


@settings(max_examples=examples(300))
@given(cases())
def test_a_rule_refused_as_a_contradiction_matches_no_request(case: Case) -> None:
    """What the compiler refuses really can't match: the oracle, given the rule, never lets it."""
    contradictory = {found.span for found in case.pruned.refused if found.code == "L403"}
    refused = {rule.rule_id for rule in case.pruned.whole.rules if rule.span in contradictory}
    event("with refused rules" if refused else "nothing refused")
    for request, risk in case.requests if refused else ():
        outcome = evaluate(case.pruned.whole, request, risk)
        assert refused.isdisjoint(match.rule_id for match in outcome.matched_rules), request


def test_most_generated_rules_compile_and_most_are_hit() -> None:
    """The generators do not miss: few rules are refused, most match some request, and all verdicts come up."""
    counts: Counter[str] = Counter()
    for seed in range(150):
        choices = Chance(seed)
        pruned = prune(make_policy(choices))
        aim = Aim(pruned.checked)
        outcomes = [evaluate(pruned.checked, aim.request(choices), aim.similarity(choices)) for _ in range(40)]
        hit = {match.rule_id for outcome in outcomes for match in outcome.matched_rules}
        counts["rules"] += len(pruned.whole.rules)
        counts["refused"] += len(pruned.refused)
        counts["hit"] += len(hit & {rule.rule_id for rule in pruned.checked.rules})
        counts.update(str(outcome.verdict) for outcome in outcomes)
        counts["distinct"] += len(set(outcomes))
        counts["invalid"] += sum("INVALID_EVIDENCE" in outcome.reason_codes for outcome in outcomes)
    assert counts["refused"] < counts["rules"] * 0.15, counts
    assert counts["hit"] > counts["rules"] * 0.6, counts
    assert min(counts[verdict] for verdict in ("TRUST", "ESCALATE", "QUERY", "ABSTAIN")) > 500, counts
    assert counts["distinct"] > 1_000, counts
    assert 300 < counts["invalid"] < 2_000, counts
