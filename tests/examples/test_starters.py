"""The starter policies, in both spellings."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumyn
import lumyn_compiler
import lumyn_runtime
from lumyn import workspace
from lumyn_compiler.format import format_policy
from lumyn_compiler.pipeline import Compilation, Spelling, parse
from lumyn_compiler.source import Source
from lumyn_runtime.outcome import Outcome
from tests import reference

STARTERS = Path(lumyn.__file__).parent / "starter"
NAMES = ["account", "billing", "support"]
SPELLINGS = ["policy.lumyn", "policy.yml"]
STARTER = pytest.mark.parametrize("name", NAMES)
SPELLING = pytest.mark.parametrize("spelling", SPELLINGS)

# The table of rules that the support policy was agreed on.
SUPPORT_RULES = """
R001 REQUIREMENTS refund QUERY MISSING_EVIDENCE_REFUND
R002 REQUIREMENTS issue_credit QUERY MISSING_EVIDENCE_CREDIT
R003 REQUIREMENTS close_ticket QUERY MISSING_EVIDENCE_CLOSE_TICKET
R004 REQUIREMENTS update_ticket QUERY MISSING_EVIDENCE_UPDATE_TICKET
R005 REQUIREMENTS change_plan QUERY MISSING_EVIDENCE_CHANGE_PLAN
R006 REQUIREMENTS reset_password QUERY MISSING_EVIDENCE_RESET_PASSWORD
R007 REQUIREMENTS refund QUERY MISSING_FX_RATE
R020 HARD_BLOCKS issue_credit,refund ABSTAIN PAYMENT_INSTRUMENT_HIGH_RISK
R021 HARD_BLOCKS reset_password ABSTAIN ACCOUNT_TAKEOVER_RISK_BLOCK
R022 HARD_BLOCKS refund ABSTAIN CHARGEBACK_RISK_BLOCK
R008 ESCALATIONS refund ESCALATE REFUND_OVER_ESCALATION_LIMIT
R031 ESCALATIONS refund ESCALATE REFUND_REPEAT_CUSTOMER
R032 ESCALATIONS refund ESCALATE CHARGEBACK_RISK_ESCALATE
R033 ESCALATIONS refund ESCALATE NEW_CUSTOMER_REFUND_ESCALATE
R034 ESCALATIONS change_plan,reset_password ESCALATE MANUAL_APPROVAL_PRESENT_ESCALATE
R040 ESCALATIONS any ESCALATE SIMILAR_TO_PAST_FAILURE
R050 TRUST_PATHS refund TRUST REFUND_SMALL_LOW_RISK
R051 TRUST_PATHS issue_credit TRUST CREDIT_SMALL
R052 TRUST_PATHS close_ticket TRUST CLOSE_TICKET_OK
R053 TRUST_PATHS update_ticket TRUST UPDATE_TICKET_OK
"""


@cache
def compiled(name: str, spelling: str = "policy.lumyn") -> Compilation:
    """A starter policy."""
    return lumyn_compiler.compile_file(STARTERS / name / spelling)


def decide(name: str, action_type: str, evidence: dict[str, object], **action: object) -> Outcome:
    """What a starter policy says; the oracle has to say the same."""
    request = {"action": {"type": action_type, **action}, "evidence": evidence}
    outcome = lumyn_runtime.load(compiled(name).artifact).evaluate(request)
    assert outcome == reference.evaluate(compiled(name).policy, request)
    return outcome


def test_there_are_three_starters_and_the_lockdown() -> None:
    """`init` offers support, account and billing; the fourth is put in place in an incident. Each has both spellings."""
    found = sorted(str(path.relative_to(STARTERS)) for path in STARTERS.glob("*/policy.*"))
    shipped = sorted([*NAMES, "lockdown"])
    assert found == [f"{name}/{spelling}" for name in shipped for spelling in SPELLINGS]
    assert sorted(workspace.STARTERS) == NAMES


@STARTER
def test_both_spellings_are_one_policy(name: str) -> None:
    """`.lumyn` and YAML compile to one hash."""
    assert compiled(name).policy_hash == compiled(name, "policy.yml").policy_hash


@STARTER
@SPELLING
def test_a_starter_is_free_of_findings(name: str, spelling: str) -> None:
    """What people begin with draws no warning; what is waived says why."""
    assert [f"{found.code}: {found.message}" for found in compiled(name, spelling).warnings] == []


@STARTER
def test_a_starter_is_written_as_fmt_writes_it(name: str) -> None:
    """Formatting a starter changes nothing."""
    text = (STARTERS / name / "policy.lumyn").read_text(encoding="utf-8")
    source = Source("policy.lumyn", text)
    policy, diagnostics = parse(source, Spelling.LUMYN)
    assert diagnostics == []
    assert format_policy(policy, source) == text


@STARTER
def test_every_reason_is_a_sentence(name: str) -> None:
    """Each reason code has a sentence that begins with a capital letter and ends with a full stop."""
    policy = compiled(name).policy
    codes = {code for rule in policy.rules for code in rule.reason_codes}
    assert codes == policy.reasons.keys()
    assert [text for text in policy.reasons.values() if not (text[0].isupper() and text.endswith("."))] == []


@STARTER
def test_every_question_is_one(name: str) -> None:
    """Nobody is asked in the engine's general words."""
    queries = [query for rule in compiled(name).table.rules for query in rule.queries]
    assert queries
    assert [query.text for query in queries if not query.text.endswith("?")] == []


def test_the_support_policy_has_the_rules_it_was_agreed_on() -> None:
    """Rule ids, stages, actions, verdicts and reasons, in their order."""
    rules = [
        " ".join(
            [
                rule.rule_id,
                rule.stage,
                "any"
                if rule.scope.any
                else ",".join(sorted(name.removeprefix("support.") for name in rule.scope.exact)),
                str(rule.verdict),
                *rule.reason_codes,
            ]
        )
        for rule in compiled("support").policy.rules
    ]
    assert rules == SUPPORT_RULES.split("\n")[1:-1]
    assert (compiled("support").policy.policy_id, compiled("support").policy.policy_version) == (
        "lumyn-support",
        "0.1.0",
    )


@pytest.mark.parametrize(
    ("action_type", "amount", "evidence", "verdict"),
    [
        ("support.refund", 25, {}, "TRUST"),
        ("support.refund", 25.01, {}, "ESCALATE"),
        ("support.refund", 5, {"chargeback_risk": 0.35}, "ESCALATE"),
        ("support.refund", 5, {"chargeback_risk": 0.7}, "ABSTAIN"),
        ("support.refund", 5, {"previous_refund_count_90d": 2}, "ESCALATE"),
        ("support.refund", 5, {"customer_age_days": 14}, "TRUST"),
        ("support.refund", 5, {"customer_age_days": 13}, "ESCALATE"),
        ("support.refund", 5, {"payment_instrument_risk": "high"}, "ABSTAIN"),
        ("support.refund", 5, {"payment_instrument_risk": None}, "ESCALATE"),
        ("support.issue_credit", 15, {}, "TRUST"),
        ("support.issue_credit", 15.01, {}, "ESCALATE"),
        ("support.issue_credit", 5, {"payment_instrument_risk": "high"}, "ABSTAIN"),
    ],
)
def test_support_limits(action_type: str, amount: float, evidence: dict[str, object], verdict: str) -> None:
    """Each limit of the support policy lets through what it says, and no more."""
    good: dict[str, object] = {
        "ticket_id": "ZD-1",
        "order_id": "8",
        "customer_id": "C-9",
        "reason_code": "late",
        "payment_instrument_risk": "medium",
        "chargeback_risk": 0.349,
        "previous_refund_count_90d": 1,
        "customer_age_days": 90,
    }
    outcome = decide("support", action_type, good | evidence, amount={"value": amount, "currency": "USD"})
    assert str(outcome.verdict) == verdict


ACCOUNT_EVIDENCE = st.fixed_dictionaries(
    {},
    optional={
        "customer_id": st.just("C-9"),
        "ticket_id": st.just("ZD-1"),
        "identity_check": st.sampled_from(["none", "failed", "email_link", "sms_code", "authenticator", "document"]),
        "account_takeover_risk": st.sampled_from([0, 0.34, 0.35, 0.69, 0.7, 1]),
        "new_email_confirmed": st.booleans(),
        "password_age_days": st.sampled_from([0, 2, 3, 400]),
        "lock_reason": st.sampled_from(["customer_request", "suspected_takeover", "payment_fraud", "terms_breach"]),
        "locked_by": st.sampled_from(["customer", "support", "fraud_team"]),
        "balance_usd": st.sampled_from([-5, 0, 0.01]),
        "legal_hold": st.booleans(),
    },
)


@given(st.sampled_from(["change_email", "lock", "unlock", "close"]), ACCOUNT_EVIDENCE)
def test_an_account_is_handed_over_only_to_its_owner(action: str, evidence: dict[str, object]) -> None:
    """Nothing but locking is trusted without a strong proof, and with a sign of takeover; every answer has its reason."""
    outcome = decide("account", f"account.{action}", evidence)
    if outcome.verdict.proceeds and action != "lock":
        assert evidence["identity_check"] in ("sms_code", "authenticator", "document")
        assert evidence["account_takeover_risk"] in (0, 0.34)
        assert action != "close" or evidence["legal_hold"] is False
    if evidence.get("account_takeover_risk") in (0.7, 1) and action != "lock":
        assert str(outcome.verdict) == "ABSTAIN"
    assert outcome.reason_codes != ("NO_MATCH_DEFAULT_ESCALATE",)


BILLING_EVIDENCE = st.fixed_dictionaries(
    {},
    optional={
        "cost_center": st.just("CC-7"),
        "vendor_id": st.just("V-1"),
        "vendor_status": st.sampled_from(["approved", "new", "blocked"]),
        "budget_left_after_usd": st.sampled_from([-0.01, 0, 10]),
        "invoice_id": st.just("I-1"),
        "customer_id": st.just("C-9"),
        "invoice_status": st.sampled_from(["open", "paid", "disputed", "void"]),
        "credit_reason": st.sampled_from(["service_outage", "billing_error", "goodwill"]),
        "previous_credit_count_90d": st.sampled_from([0, 2, 3]),
        "payee_id": st.just("P-1"),
        "payee_verification": st.sampled_from(["verified", "pending", "failed"]),
        "sanctions_match": st.booleans(),
        "bank_details_age_days": st.sampled_from([0, 6, 7]),
        "fx_rate_to_usd": st.sampled_from([0.01, 1, 100]),
    },
)
LIMITS_USD = {"approve_spend": 500, "credit_invoice": 100, "send_payout": 1000}


@given(
    st.sampled_from(sorted(LIMITS_USD)),
    BILLING_EVIDENCE,
    st.fixed_dictionaries(
        {},
        optional={
            "value": st.sampled_from([0, 1, 100, 100.01, 500, 500.01, 1000, 1000.01, 25_000, 25_000.01]),
            "currency": st.sampled_from(["USD", "EUR"]),
        },
    ),
)
def test_money_leaves_only_within_its_limit(
    action: str, evidence: dict[str, object], amount: dict[str, object]
) -> None:
    """Trust needs an amount in US dollars within the action's limit and sound partners; every answer has its reason."""
    outcome = decide("billing", f"billing.{action}", evidence, amount=amount)
    if outcome.verdict.proceeds:
        rate = 1 if amount["currency"] == "USD" else evidence["fx_rate_to_usd"]
        assert isinstance(amount["value"], int | float)
        assert isinstance(rate, int | float)
        assert amount["value"] * rate <= LIMITS_USD[action]
        sound: dict[str, dict[str, object]] = {
            "approve_spend": {"vendor_status": "approved"},
            "credit_invoice": {},
            "send_payout": {"payee_verification": "verified", "sanctions_match": False, "bank_details_age_days": 7},
        }
        assert sound[action].items() <= evidence.items()
    if action == "send_payout" and evidence.get("sanctions_match"):
        assert str(outcome.verdict) == "ABSTAIN"
    assert outcome.reason_codes != ("NO_MATCH_DEFAULT_ESCALATE",)
