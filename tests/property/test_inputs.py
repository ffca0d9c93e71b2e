"""How outcomes follow their input: what is not read does not matter, and bad input never opens a gate."""

from __future__ import annotations

import copy
from typing import cast

from hypothesis import event, given, settings
from hypothesis import strategies as st

from lumyn_compiler.checked import CheckedPolicy
from lumyn_compiler.columns import used_attributes
from lumyn_runtime.builtin import AMOUNT_USD, FAILURE_SIMILARITY, request_path
from lumyn_runtime.outcome import Outcome
from lumyn_runtime.risk import RiskSignals
from lumyn_runtime.vocabulary import INVALID_REQUEST_SCHEMA, RESERVED_RULE_IDS, Verdict
from tests.agreement import load_checked
from tests.generators.choices import Chance, Drawn
from tests.generators.compiling import prune
from tests.generators.policies import make_policy
from tests.generators.requests import Aim, Json
from tests.profiles import examples
from tests.strategies import Case, cases

# Of no kind that an attribute can have.
NO_VALUE = {"no": ["value"]}


def used_by(policy: CheckedPolicy, request: Json) -> list[str]:
    """The attributes that an action uses and that stand in the request."""
    action_type = cast("dict[str, dict[str, str]]", request)["action"]["type"]
    covering = [rule for rule in policy.rules if rule.scope.covers(action_type)]
    return sorted({name for rule in covering for name in used_attributes(rule)} - {AMOUNT_USD, FAILURE_SIMILARITY})


def put(request: Json, name: str, value: Json) -> Json:
    """A copy of the request with that value of an attribute; objects are made where there are none."""
    changed = copy.deepcopy(request)
    at = cast("dict[str, Json]", changed)
    *parents, last = request_path(name)
    for key in parents:
        inner = at.get(key)
        at[key] = inner if isinstance(inner, dict) else {}
        at = cast("dict[str, Json]", at[key])
    at[last] = value
    return changed


def is_request(outcome: Outcome) -> bool:
    """Whether there was a decision to be made."""
    return INVALID_REQUEST_SCHEMA not in outcome.reason_codes


@settings(max_examples=examples(200))
@given(cases())
def test_evidence_that_no_rule_reads_changes_nothing(case: Case) -> None:
    """Whatever its value; nor does a key elsewhere. And the request is left as it was."""
    table = load_checked(case.pruned.checked)
    for request, risk in case.requests:
        signals = RiskSignals(failure_similarity=risk)
        before = repr(request)
        outcome = table.evaluate(request, risk=signals)
        assert repr(request) == before
        if is_request(outcome):
            for name in ("evidence.read_by_nobody", "subject.read_by_nobody", "tenant.x", "action.target.x"):
                assert table.evaluate(put(request, name, NO_VALUE), risk=signals) == outcome


@settings(max_examples=examples(200))
@given(cases(), st.integers(0, 2**32))
def test_ill_typed_evidence_that_is_used_never_gives_trust(case: Case, seed: int) -> None:
    """Whichever attribute it is, and whatever trusts."""
    table = load_checked(case.pruned.checked)
    choices = Chance(seed)
    trusted = 0
    for request, risk in case.requests:
        signals = RiskSignals(failure_similarity=risk)
        outcome = table.evaluate(request, risk=signals)
        used = used_by(case.pruned.checked, request) if is_request(outcome) else []
        if used:
            spoilt = table.evaluate(put(request, choices.pick(used), NO_VALUE), risk=signals)
            trusted += outcome.verdict is Verdict.TRUST
            assert spoilt.verdict is not Verdict.TRUST
            assert "INVALID_EVIDENCE" in spoilt.reason_codes
    event("spoilt some trust" if trusted else "nothing was trusted")


@settings(max_examples=examples(200))
@given(st.data())
def test_missing_evidence_never_makes_a_rule_match_without_rules_that_wait_for_it(data: st.DataObject) -> None:
    """Without `not`, `is missing` and `require`, less evidence means fewer matches."""
    pruned = prune(make_policy(Drawn(data.draw), monotone=True))
    table = load_checked(pruned.checked)
    aim, choices = Aim(pruned.checked), Chance(data.draw(st.integers(0, 2**32)))
    lost = 0
    for _ in range(40):
        request, signals = aim.request(choices), RiskSignals(failure_similarity=aim.similarity(choices))
        outcome = table.evaluate(request, risk=signals)
        used = used_by(pruned.checked, request) if is_request(outcome) else []
        if used:
            less = table.evaluate(put(request, choices.pick(used), choices.pick((None, " "))), risk=signals)
            before, after = matched(outcome), matched(less)
            lost += after < before
            assert after <= before
    event("some rule no longer matched" if lost else "nothing changed")


def matched(outcome: Outcome) -> set[str]:
    """The policy's own rules among the matches."""
    return {match.rule_id for match in outcome.matched_rules} - set(RESERVED_RULE_IDS)
