"""The opponents of the benchmark say what the compiled starter policy says, or the comparison would mean nothing."""

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from lumyn_runtime.outcome import Outcome
from lumyn_runtime.policy import RiskSignals
from lumyn_runtime.vocabulary import BLANK
from tests.benchmarks.if_chain_bare import decide_bare
from tests.benchmarks.if_chain_whole import decide_whole
from tests.benchmarks.requests import mixed_requests
from tests.benchmarks.starter import starter_policy
from tests.profiles import examples

ACTION_TYPES = [
    "support.refund",
    "support.issue_credit",
    "support.close_ticket",
    "support.update_ticket",
    "support.change_plan",
    "support.reset_password",
    "support",
    "support.refund.",
    "crm.merge",
]
# Values that some kind takes, at the policy's breakpoints and beside them, and values that none takes.
NUMBERS = [0, 1, 2, 14, 15, 25, 200, 0.35, 0.7, 0.8, 2**53, 1e-6, 1_000_000, 13.0, 1e300]
ODD: list[object] = [
    None,
    True,
    False,
    "",
    " ",
    BLANK,
    "\u200bx",
    "USD",
    "usd",
    "EUR",
    "low",
    "high",
    "High",
    [],
    {},
    ["x"],
    {"a": 1},
]
ODD += [float("nan"), float("inf"), -float("inf"), -0.0, 2**53 + 1, 10**400, "0.05", 1.5, -1, 13.999999999999998]
VALUES = st.one_of(
    st.sampled_from(NUMBERS),
    st.sampled_from(NUMBERS).map(lambda number: float(number) * (1 + 2**-52)),
    st.sampled_from(ODD),
    st.text(max_size=3),
    st.integers(0, 20),
    st.floats(0, 1),
)
EVIDENCE = [
    "ticket_id",
    "order_id",
    "customer_id",
    "reason_code",
    "resolution_code",
    "payment_instrument_risk",
    "chargeback_risk",
    "account_takeover_risk",
    "previous_refund_count_90d",
    "customer_age_days",
    "manual_approval",
    "fx_rate_to_usd",
]
GOOD = {
    "ticket_id": "ZD-1",
    "order_id": "8",
    "customer_id": "C-9",
    "reason_code": "late",
    "resolution_code": "solved",
    "payment_instrument_risk": "low",
    "chargeback_risk": 0.05,
    "account_takeover_risk": 0.1,
    "previous_refund_count_90d": 0,
    "customer_age_days": 180,
    "manual_approval": False,
    "fx_rate_to_usd": 1.1,
}


@st.composite
def requests(draw: st.DrawFn) -> dict[str, object]:
    """A request that is as it should be but for a few things."""
    evidence: dict[str, object] = dict(GOOD)
    for name in draw(st.lists(st.sampled_from(EVIDENCE), max_size=4)):
        if draw(st.booleans()):
            evidence.pop(name, None)
        else:
            evidence[name] = draw(VALUES)
    amount: dict[str, object] = {
        "value": draw(st.sampled_from(NUMBERS)),
        "currency": draw(st.sampled_from(["USD", "EUR"])),
    }
    for name in draw(st.lists(st.sampled_from(["value", "currency"]), max_size=2)):
        if draw(st.booleans()):
            amount.pop(name, None)
        else:
            amount[name] = draw(VALUES)
    action: dict[str, object] = {"type": draw(st.sampled_from(ACTION_TYPES)), "amount": amount}
    request: dict[str, object] = {"action": action, "evidence": evidence}
    if draw(st.integers(0, 9)) == 0:
        place = draw(st.sampled_from([request, action]))
        key = draw(st.sampled_from(["action", "evidence", "subject", "tenant", "amount", "target", "type"]))
        if draw(st.booleans()):
            place.pop(key, None)
        else:
            place[key] = draw(VALUES)
    return request


def as_tuples(outcome: Outcome) -> tuple[object, ...]:
    """An outcome in the form that the if-chain gives it."""
    return (
        str(outcome.verdict),
        list(outcome.reason_codes),
        [(m.rule_id, m.stage, str(m.effect), *m.reason_codes) for m in outcome.matched_rules],
        [(query.field, query.text) for query in outcome.queries],
        [(duty.kind, duty.severity, duty.text) for duty in outcome.obligations],
    )


def whole(request: object, failure_similarity: float = 0.0) -> tuple[object, ...]:
    """What the whole if-chain says, with lists for its sequences."""
    verdict, *rest = decide_whole(request, failure_similarity)
    return (verdict, *(list(part) for part in rest))


@settings(max_examples=examples(1_000))
@given(requests(), st.sampled_from([0.0, 0.79, 0.8, 1.0]))
def test_the_whole_if_chain_gives_the_same_whole_outcome(request_: dict[str, object], similarity: float) -> None:
    """For requests with odd, missing and ill-typed values, every part of the outcome is the same, and nothing changes."""
    before = copy.deepcopy(request_)
    outcome = starter_policy().evaluate(request_, risk=RiskSignals(failure_similarity=similarity))
    assert whole(request_, similarity) == as_tuples(outcome)
    assert repr(request_) == repr(before)


@given(st.recursive(VALUES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner)))
def test_the_whole_if_chain_refuses_what_is_no_request(value: object) -> None:
    """Any JSON value that is not a request gets the same refusal."""
    assert whole(value) == as_tuples(starter_policy().evaluate(value))


def test_the_whole_if_chain_agrees_on_the_measured_requests() -> None:
    """The requests of the benchmark, with and without ill-typed evidence, get the same outcomes."""
    for request in mixed_requests(2_000, seed=1) + mixed_requests(2_000, seed=2, ill_typed_share=0.3):
        assert whole(request) == as_tuples(starter_policy().evaluate(request))


def test_the_bare_if_chain_agrees_on_the_measured_requests() -> None:
    """Verdict, reasons and rule ids are the same for requests that are as they should be."""
    for request in mixed_requests(2_000, seed=1):
        outcome = starter_policy().evaluate(request)
        rules = [matched.rule_id for matched in outcome.matched_rules]
        assert decide_bare(request) == (str(outcome.verdict), list(outcome.reason_codes), rules)


def test_the_measured_requests_are_mixed() -> None:
    """Every rule of the starter policy but the one about memory is met, and every verdict is given more than once."""
    outcomes = [starter_policy().evaluate(request) for request in mixed_requests(1_000, seed=1)]
    met = {matched.rule_id for outcome in outcomes for matched in outcome.matched_rules}
    rules = {rule.rule_id for rule in starter_policy().table.rules}
    assert rules - met == {"R040"}
    verdicts = [str(outcome.verdict) for outcome in outcomes]
    assert all(verdicts.count(verdict) > 20 for verdict in ("TRUST", "ESCALATE", "QUERY", "ABSTAIN"))
