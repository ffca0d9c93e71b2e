"""The starter support policy as a bare if-chain: verdict, reasons and rule ids, for requests that are as they should be.

It checks no types, asks nothing, names no obligations, and raises on requests that a policy must answer.
"""

from typing import Any, Final, TypeAlias

__all__ = ["BareOutcome", "decide_bare"]

JsonObject: TypeAlias = dict[str, Any]
# verdict, reason codes, rule ids
BareOutcome: TypeAlias = tuple[str, list[str], list[str]]

_NAN: Final = float("nan")


def decide_bare(request: JsonObject, failure_similarity: float = 0.0) -> BareOutcome:
    """Answer a well-formed request."""
    action = request["action"]
    decide = _BY_ACTION.get(action["type"])
    if decide is not None:
        return decide(request["evidence"], action, failure_similarity)
    if failure_similarity >= 0.80:
        return "ESCALATE", ["SIMILAR_TO_PAST_FAILURE"], ["R040"]
    return _default()


# One long function, for a call would cost as much as three of its questions.
def _refund(evidence: JsonObject, action: JsonObject, failure_similarity: float) -> BareOutcome:  # noqa: PLR0915
    get = evidence.get
    verdict = ""
    reasons = []
    rules = []
    amount = action["amount"]
    amount_usd = amount["value"]
    if not get("ticket_id") or not get("order_id") or not get("customer_id"):
        verdict = "QUERY"
        reasons.append("MISSING_EVIDENCE_REFUND")
        rules.append("R001")
    if amount["currency"] != "USD":
        rate = get("fx_rate_to_usd")
        if rate is None:
            verdict = "QUERY"
            reasons.append("MISSING_FX_RATE")
            rules.append("R007")
            amount_usd = _NAN
        else:
            amount_usd *= rate
    instrument_risk = get("payment_instrument_risk")
    chargeback_risk = get("chargeback_risk", _NAN)
    refund_count = get("previous_refund_count_90d", _NAN)
    age_days = get("customer_age_days", _NAN)
    if instrument_risk == "high":
        verdict = "ABSTAIN"
        reasons.append("PAYMENT_INSTRUMENT_HIGH_RISK")
        rules.append("R020")
    if chargeback_risk >= 0.70:
        verdict = "ABSTAIN"
        reasons.append("CHARGEBACK_RISK_BLOCK")
        rules.append("R022")
    if amount_usd > 200:
        verdict = verdict or "ESCALATE"
        reasons.append("REFUND_OVER_ESCALATION_LIMIT")
        rules.append("R008")
    if refund_count >= 2:
        verdict = verdict or "ESCALATE"
        reasons.append("REFUND_REPEAT_CUSTOMER")
        rules.append("R031")
    if chargeback_risk >= 0.35:
        verdict = verdict or "ESCALATE"
        reasons.append("CHARGEBACK_RISK_ESCALATE")
        rules.append("R032")
    if age_days < 14:
        verdict = verdict or "ESCALATE"
        reasons.append("NEW_CUSTOMER_REFUND_ESCALATE")
        rules.append("R033")
    if failure_similarity >= 0.80:
        verdict = verdict or "ESCALATE"
        reasons.append("SIMILAR_TO_PAST_FAILURE")
        rules.append("R040")
    if (
        amount_usd <= 25
        and (instrument_risk == "low" or instrument_risk == "medium")  # noqa: PLR1714 -- quicker than a look-up
        and chargeback_risk < 0.35
        and refund_count < 2
        and age_days >= 14
    ):
        verdict = verdict or "TRUST"
        reasons.append("REFUND_SMALL_LOW_RISK")
        rules.append("R050")
    return (verdict, reasons, rules) if verdict else _default()


def _issue_credit(evidence: JsonObject, action: JsonObject, failure_similarity: float) -> BareOutcome:
    get = evidence.get
    verdict = ""
    reasons = []
    rules = []
    if not get("ticket_id") or not get("customer_id") or not get("reason_code"):
        verdict = "QUERY"
        reasons.append("MISSING_EVIDENCE_CREDIT")
        rules.append("R002")
    if get("payment_instrument_risk") == "high":
        verdict = "ABSTAIN"
        reasons.append("PAYMENT_INSTRUMENT_HIGH_RISK")
        rules.append("R020")
    if failure_similarity >= 0.80:
        verdict = verdict or "ESCALATE"
        reasons.append("SIMILAR_TO_PAST_FAILURE")
        rules.append("R040")
    amount = action["amount"]
    amount_usd = amount["value"]
    if amount["currency"] != "USD":
        amount_usd *= get("fx_rate_to_usd", _NAN)
    if amount_usd <= 15:
        verdict = verdict or "TRUST"
        reasons.append("CREDIT_SMALL")
        rules.append("R051")
    return (verdict, reasons, rules) if verdict else _default()


def _close_ticket(evidence: JsonObject, _action: JsonObject, failure_similarity: float) -> BareOutcome:
    verdict = "TRUST"
    reasons = []
    rules = []
    if not evidence.get("ticket_id") or not evidence.get("resolution_code"):
        verdict = "QUERY"
        reasons.append("MISSING_EVIDENCE_CLOSE_TICKET")
        rules.append("R003")
    if failure_similarity >= 0.80:
        verdict = "ESCALATE" if verdict == "TRUST" else verdict
        reasons.append("SIMILAR_TO_PAST_FAILURE")
        rules.append("R040")
    reasons.append("CLOSE_TICKET_OK")
    rules.append("R052")
    return verdict, reasons, rules


def _update_ticket(evidence: JsonObject, _action: JsonObject, failure_similarity: float) -> BareOutcome:
    verdict = "TRUST"
    reasons = []
    rules = []
    if not evidence.get("ticket_id"):
        verdict = "QUERY"
        reasons.append("MISSING_EVIDENCE_UPDATE_TICKET")
        rules.append("R004")
    if failure_similarity >= 0.80:
        verdict = "ESCALATE" if verdict == "TRUST" else verdict
        reasons.append("SIMILAR_TO_PAST_FAILURE")
        rules.append("R040")
    reasons.append("UPDATE_TICKET_OK")
    rules.append("R053")
    return verdict, reasons, rules


def _change_plan(evidence: JsonObject, _action: JsonObject, failure_similarity: float) -> BareOutcome:
    verdict = ""
    reasons = []
    rules = []
    if not evidence.get("customer_id"):
        verdict = "QUERY"
        reasons.append("MISSING_EVIDENCE_CHANGE_PLAN")
        rules.append("R005")
    if evidence.get("manual_approval"):
        verdict = verdict or "ESCALATE"
        reasons.append("MANUAL_APPROVAL_PRESENT_ESCALATE")
        rules.append("R034")
    if failure_similarity >= 0.80:
        verdict = verdict or "ESCALATE"
        reasons.append("SIMILAR_TO_PAST_FAILURE")
        rules.append("R040")
    return (verdict, reasons, rules) if verdict else _default()


def _reset_password(evidence: JsonObject, _action: JsonObject, failure_similarity: float) -> BareOutcome:
    verdict = ""
    reasons = []
    rules = []
    if not evidence.get("customer_id"):
        verdict = "QUERY"
        reasons.append("MISSING_EVIDENCE_RESET_PASSWORD")
        rules.append("R006")
    if evidence.get("account_takeover_risk", _NAN) >= 0.70:
        verdict = "ABSTAIN"
        reasons.append("ACCOUNT_TAKEOVER_RISK_BLOCK")
        rules.append("R021")
    if evidence.get("manual_approval"):
        verdict = verdict or "ESCALATE"
        reasons.append("MANUAL_APPROVAL_PRESENT_ESCALATE")
        rules.append("R034")
    if failure_similarity >= 0.80:
        verdict = verdict or "ESCALATE"
        reasons.append("SIMILAR_TO_PAST_FAILURE")
        rules.append("R040")
    return (verdict, reasons, rules) if verdict else _default()


def _default() -> BareOutcome:
    return "ESCALATE", ["NO_MATCH_DEFAULT_ESCALATE"], ["DEFAULT"]


_BY_ACTION: Final = {
    "support.refund": _refund,
    "support.issue_credit": _issue_credit,
    "support.close_ticket": _close_ticket,
    "support.update_ticket": _update_ticket,
    "support.change_plan": _change_plan,
    "support.reset_password": _reset_password,
}
