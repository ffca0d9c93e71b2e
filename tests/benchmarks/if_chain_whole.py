"""The starter support policy as a good Python programmer would write it by hand, with the same whole outcome.

Written for speed: common cases first and in line, ready-made constants, and NaN for "no number", since that compares
false with everything.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from lumyn_runtime.vocabulary import BLANK
from tests.benchmarks.starter import starter_policy

__all__ = ["WholeOutcome", "decide_whole"]

JsonObject: TypeAlias = dict[str, Any]
# rule id, stage, verdict, reason code
Match: TypeAlias = tuple[str, str, str, str]
# attribute, text
Question: TypeAlias = tuple[str, str]
# kind, severity, text
Duty: TypeAlias = tuple[str, str, str]
# verdict, reason codes, matched rules, queries, obligations
WholeOutcome: TypeAlias = tuple[str, Sequence[str], Sequence[Match], Sequence[Question], Sequence[Duty]]

_NAN: Final = float("nan")
_MAX: Final = 2**53
_ABSENT: Final[JsonObject] = {}
# How a text that may be missing begins: with nothing, or with white space.
_BLANK_STARTS: Final = frozenset({"", *BLANK})
# What the engine asks for when a value is ill-typed; its wording is the compiler's.
_INVALID_TEXTS: Final = {a.name: a.invalid for a in starter_policy().table.attributes}

_FX = "evidence.fx_rate_to_usd"
_INVALID: Final = ("INVALID_EVIDENCE", "REQUIREMENTS", "QUERY", "INVALID_EVIDENCE")
_R001: Final = ("R001", "REQUIREMENTS", "QUERY", "MISSING_EVIDENCE_REFUND")
_R002: Final = ("R002", "REQUIREMENTS", "QUERY", "MISSING_EVIDENCE_CREDIT")
_R003: Final = ("R003", "REQUIREMENTS", "QUERY", "MISSING_EVIDENCE_CLOSE_TICKET")
_R004: Final = ("R004", "REQUIREMENTS", "QUERY", "MISSING_EVIDENCE_UPDATE_TICKET")
_R005: Final = ("R005", "REQUIREMENTS", "QUERY", "MISSING_EVIDENCE_CHANGE_PLAN")
_R006: Final = ("R006", "REQUIREMENTS", "QUERY", "MISSING_EVIDENCE_RESET_PASSWORD")
_R007: Final = ("R007", "REQUIREMENTS", "QUERY", "MISSING_FX_RATE")
_R020: Final = ("R020", "HARD_BLOCKS", "ABSTAIN", "PAYMENT_INSTRUMENT_HIGH_RISK")
_R021: Final = ("R021", "HARD_BLOCKS", "ABSTAIN", "ACCOUNT_TAKEOVER_RISK_BLOCK")
_R022: Final = ("R022", "HARD_BLOCKS", "ABSTAIN", "CHARGEBACK_RISK_BLOCK")
_R008: Final = ("R008", "ESCALATIONS", "ESCALATE", "REFUND_OVER_ESCALATION_LIMIT")
_R031: Final = ("R031", "ESCALATIONS", "ESCALATE", "REFUND_REPEAT_CUSTOMER")
_R032: Final = ("R032", "ESCALATIONS", "ESCALATE", "CHARGEBACK_RISK_ESCALATE")
_R033: Final = ("R033", "ESCALATIONS", "ESCALATE", "NEW_CUSTOMER_REFUND_ESCALATE")
_R034: Final = ("R034", "ESCALATIONS", "ESCALATE", "MANUAL_APPROVAL_PRESENT_ESCALATE")
_R040: Final = ("R040", "ESCALATIONS", "ESCALATE", "SIMILAR_TO_PAST_FAILURE")
_R050: Final = ("R050", "TRUST_PATHS", "TRUST", "REFUND_SMALL_LOW_RISK")
_R051: Final = ("R051", "TRUST_PATHS", "TRUST", "CREDIT_SMALL")
_R052: Final = ("R052", "TRUST_PATHS", "TRUST", "CLOSE_TICKET_OK")
_R053: Final = ("R053", "TRUST_PATHS", "TRUST", "UPDATE_TICKET_OK")

_REFUND_TICKET: Final = ("evidence.ticket_id", "Which ticket asks for this refund?")
_REFUND_ORDER: Final = ("evidence.order_id", "Which order is this refund for?")
_REFUND_CUSTOMER: Final = ("evidence.customer_id", "Which customer gets this refund?")
_REFUND_RATE: Final = (_FX, "How many US dollars is one unit of the refund's currency?")
_CREDIT_TICKET: Final = ("evidence.ticket_id", "Which ticket asks for this credit?")
_CREDIT_CUSTOMER: Final = ("evidence.customer_id", "Which customer gets this credit?")
_CREDIT_REASON: Final = ("evidence.reason_code", "Why is this credit given?")
_CLOSE_TICKET: Final = ("evidence.ticket_id", "Which ticket should be closed?")
_CLOSE_RESOLUTION: Final = ("evidence.resolution_code", "How was the ticket resolved?")
_UPDATE_TICKET: Final = ("evidence.ticket_id", "Which ticket should be updated?")
_PLAN_CUSTOMER: Final = ("evidence.customer_id", "Whose plan should be changed?")
_PASSWORD_CUSTOMER: Final = ("evidence.customer_id", "Whose password should be reset?")
_VERIFY_TICKET: Final = ("log", "info", "Verify that the ticket exists.")


def _alone(match: Match, duties: tuple[Duty, ...] = ()) -> WholeOutcome:
    """The outcome of one rule without questions that matched alone."""
    return (match[2], (match[3],), (match,), (), duties)


_NO_REQUEST: Final = _alone(("INVALID_REQUEST_SCHEMA", "REQUIREMENTS", "ABSTAIN", "INVALID_REQUEST_SCHEMA"))
_NO_MATCH: Final = _alone(("DEFAULT", "DEFAULT", "ESCALATE", "NO_MATCH_DEFAULT_ESCALATE"))
_SIMILAR: Final = _alone(_R040)
_REFUND_TRUSTED: Final = _alone(_R050, (_VERIFY_TICKET,))
_CREDIT_TRUSTED: Final = _alone(_R051)
_CLOSE_TRUSTED: Final = _alone(_R052)
_UPDATE_TRUSTED: Final = _alone(_R053)


def decide_whole(request: object, failure_similarity: float = 0.0) -> WholeOutcome:
    """Answer any JSON value: types checked, questions asked, obligations named."""
    if type(request) is not dict:
        return _NO_REQUEST
    action = request.get("action")
    if type(action) is not dict:
        return _NO_REQUEST
    action_type = action.get("type")
    evidence = request.get("evidence", _ABSENT)
    amount = action.get("amount", _ABSENT)
    if (
        type(action_type) is not str
        or type(evidence) is not dict
        or type(amount) is not dict
        or type(action.get("target", _ABSENT)) is not dict
        or type(request.get("subject", _ABSENT)) is not dict
        or type(request.get("tenant", _ABSENT)) is not dict
    ):
        return _NO_REQUEST
    decide = _WHOLE_BY_ACTION.get(action_type)
    if decide is not None:
        return decide(evidence, amount, failure_similarity)
    if action_type[:1] in _BLANK_STARTS and not action_type.strip(BLANK):
        return _NO_REQUEST
    return _SIMILAR if failure_similarity >= 0.80 else _NO_MATCH


# One long function, for a call would cost as much as three of its questions.
def _refund(evidence: JsonObject, amount: JsonObject, failure_similarity: float) -> WholeOutcome:  # noqa: PLR0915
    get = evidence.get
    bad: list[str] = []
    asks: list[Question] = []
    text = get("ticket_id")
    if type(text) is not str or text[:1] in _BLANK_STARTS:
        _require_text(_REFUND_TICKET, text, bad, asks)
    text = get("order_id")
    if type(text) is not str or text[:1] in _BLANK_STARTS:
        _require_text(_REFUND_ORDER, text, bad, asks)
    text = get("customer_id")
    if type(text) is not str or text[:1] in _BLANK_STARTS:
        _require_text(_REFUND_CUSTOMER, text, bad, asks)

    value = amount.get("value")
    currency = amount.get("currency")
    rate = get("fx_rate_to_usd")
    if (
        rate is None
        and currency == "USD"
        and type(currency) is str
        and (type(value) is float or type(value) is int)
        and 0 <= value <= _MAX
    ):
        amount_usd = value
    else:
        amount_usd = _amount_usd(value, currency, rate, bad)
        if _is_missing(rate) and (type(currency) is str or currency is None) and currency != "USD":
            asks.append(_REFUND_RATE)

    instrument_risk = get("payment_instrument_risk")
    if type(instrument_risk) is not str or instrument_risk not in ("low", "medium", "high"):
        _check("evidence.payment_instrument_risk", instrument_risk, bad)
        instrument_risk = None
    chargeback_risk = get("chargeback_risk")
    if (type(chargeback_risk) is not float and type(chargeback_risk) is not int) or not 0 <= chargeback_risk <= 1:
        _check("evidence.chargeback_risk", chargeback_risk, bad)
        chargeback_risk = _NAN
    refund_count = get("previous_refund_count_90d")
    if type(refund_count) is not int or not 0 <= refund_count <= _MAX:
        refund_count = _check_count("evidence.previous_refund_count_90d", refund_count, bad)
    age_days = get("customer_age_days")
    if type(age_days) is not int or not 0 <= age_days <= _MAX:
        age_days = _check_count("evidence.customer_age_days", age_days, bad)

    matched: list[Match] = []
    if bad:
        matched.append(_INVALID)
    if asks:
        if asks[0] is not _REFUND_RATE:
            matched.append(_R001)
        if asks[-1] is _REFUND_RATE:
            matched.append(_R007)
    query_count = len(matched)
    if instrument_risk == "high":
        matched.append(_R020)
    if chargeback_risk >= 0.70:
        matched.append(_R022)
    blocked = len(matched) > query_count
    if amount_usd > 200:
        matched.append(_R008)
    if refund_count >= 2:
        matched.append(_R031)
    if chargeback_risk >= 0.35:
        matched.append(_R032)
    if age_days < 14:
        matched.append(_R033)
    if failure_similarity >= 0.80:
        matched.append(_R040)
    if (
        amount_usd <= 25
        and (instrument_risk == "low" or instrument_risk == "medium")  # noqa: PLR1714 -- quicker than a look-up
        and chargeback_risk < 0.35
        and refund_count < 2
        and age_days >= 14
    ):
        if not matched:
            return _REFUND_TRUSTED
        matched.append(_R050)
    elif not matched:
        return _NO_MATCH
    return _conclude(matched, "ABSTAIN" if blocked else "QUERY" if query_count else "ESCALATE", bad, asks)


def _issue_credit(evidence: JsonObject, amount: JsonObject, failure_similarity: float) -> WholeOutcome:
    get = evidence.get
    bad: list[str] = []
    asks: list[Question] = []
    text = get("ticket_id")
    if type(text) is not str or text[:1] in _BLANK_STARTS:
        _require_text(_CREDIT_TICKET, text, bad, asks)
    text = get("customer_id")
    if type(text) is not str or text[:1] in _BLANK_STARTS:
        _require_text(_CREDIT_CUSTOMER, text, bad, asks)
    text = get("reason_code")
    if type(text) is not str or text[:1] in _BLANK_STARTS:
        _require_text(_CREDIT_REASON, text, bad, asks)

    value = amount.get("value")
    currency = amount.get("currency")
    rate = get("fx_rate_to_usd")
    if (
        rate is None
        and currency == "USD"
        and type(currency) is str
        and (type(value) is float or type(value) is int)
        and 0 <= value <= _MAX
    ):
        amount_usd = value
    else:
        amount_usd = _amount_usd(value, currency, rate, bad)

    instrument_risk = get("payment_instrument_risk")
    if type(instrument_risk) is not str or instrument_risk not in ("low", "medium", "high"):
        _check("evidence.payment_instrument_risk", instrument_risk, bad)
        instrument_risk = None

    matched: list[Match] = []
    if bad:
        matched.append(_INVALID)
    if asks:
        matched.append(_R002)
    queried = bool(matched)
    blocked = instrument_risk == "high"
    if blocked:
        matched.append(_R020)
    if failure_similarity >= 0.80:
        matched.append(_R040)
    if amount_usd <= 15:
        if not matched:
            return _CREDIT_TRUSTED
        matched.append(_R051)
    elif not matched:
        return _NO_MATCH
    return _conclude(matched, "ABSTAIN" if blocked else "QUERY" if queried else "ESCALATE", bad, asks)


def _close_ticket(evidence: JsonObject, _amount: JsonObject, failure_similarity: float) -> WholeOutcome:
    bad: list[str] = []
    asks: list[Question] = []
    text = evidence.get("ticket_id")
    if type(text) is not str or text[:1] in _BLANK_STARTS:
        _require_text(_CLOSE_TICKET, text, bad, asks)
    text = evidence.get("resolution_code")
    if type(text) is not str or text[:1] in _BLANK_STARTS:
        _require_text(_CLOSE_RESOLUTION, text, bad, asks)
    return _ticket(_R003, _CLOSE_TRUSTED, failure_similarity, bad, asks)


def _update_ticket(evidence: JsonObject, _amount: JsonObject, failure_similarity: float) -> WholeOutcome:
    bad: list[str] = []
    asks: list[Question] = []
    text = evidence.get("ticket_id")
    if type(text) is not str or text[:1] in _BLANK_STARTS:
        _require_text(_UPDATE_TICKET, text, bad, asks)
    return _ticket(_R004, _UPDATE_TRUSTED, failure_similarity, bad, asks)


def _ticket(
    required: Match, trusted: WholeOutcome, failure_similarity: float, bad: list[str], asks: list[Question]
) -> WholeOutcome:
    """What follows for a ticket that is trusted always."""
    if not bad and not asks and failure_similarity < 0.80:
        return trusted
    matched: list[Match] = []
    if bad:
        matched.append(_INVALID)
    if asks:
        matched.append(required)
    verdict = "QUERY" if matched else "ESCALATE"
    if failure_similarity >= 0.80:
        matched.append(_R040)
    matched.append(trusted[2][0])
    return _conclude(matched, verdict, bad, asks)


def _change_plan(evidence: JsonObject, _amount: JsonObject, failure_similarity: float) -> WholeOutcome:
    bad: list[str] = []
    asks: list[Question] = []
    text = evidence.get("customer_id")
    if type(text) is not str or text[:1] in _BLANK_STARTS:
        _require_text(_PLAN_CUSTOMER, text, bad, asks)
    manual_approval = evidence.get("manual_approval")
    if type(manual_approval) is not bool:
        _check("evidence.manual_approval", manual_approval, bad)

    matched: list[Match] = []
    if bad:
        matched.append(_INVALID)
    if asks:
        matched.append(_R005)
    verdict = "QUERY" if matched else "ESCALATE"
    if manual_approval is True:
        matched.append(_R034)
    if failure_similarity >= 0.80:
        matched.append(_R040)
    return _conclude(matched, verdict, bad, asks) if matched else _NO_MATCH


def _reset_password(evidence: JsonObject, _amount: JsonObject, failure_similarity: float) -> WholeOutcome:
    bad: list[str] = []
    asks: list[Question] = []
    text = evidence.get("customer_id")
    if type(text) is not str or text[:1] in _BLANK_STARTS:
        _require_text(_PASSWORD_CUSTOMER, text, bad, asks)
    takeover_risk = evidence.get("account_takeover_risk")
    if (type(takeover_risk) is not float and type(takeover_risk) is not int) or not 0 <= takeover_risk <= 1:
        _check("evidence.account_takeover_risk", takeover_risk, bad)
        takeover_risk = _NAN
    manual_approval = evidence.get("manual_approval")
    if type(manual_approval) is not bool:
        _check("evidence.manual_approval", manual_approval, bad)

    matched: list[Match] = []
    if bad:
        matched.append(_INVALID)
    if asks:
        matched.append(_R006)
    verdict = "QUERY" if matched else "ESCALATE"
    if takeover_risk >= 0.70:
        matched.append(_R021)
        verdict = "ABSTAIN"
    if manual_approval is True:
        matched.append(_R034)
    if failure_similarity >= 0.80:
        matched.append(_R040)
    return _conclude(matched, verdict, bad, asks) if matched else _NO_MATCH


_WHOLE_BY_ACTION: Final[dict[str, Callable[[JsonObject, JsonObject, float], WholeOutcome]]] = {
    "support.refund": _refund,
    "support.issue_credit": _issue_credit,
    "support.close_ticket": _close_ticket,
    "support.update_ticket": _update_ticket,
    "support.change_plan": _change_plan,
    "support.reset_password": _reset_password,
}


def _conclude(matched: list[Match], verdict: str, bad: list[str], asks: list[Question]) -> WholeOutcome:
    """Put together what several rules say; in this policy no two rules of an action share a reason or a question."""
    reasons = [match[3] for match in matched]
    if verdict != "QUERY":
        return (verdict, reasons, matched, (), ())
    bad.sort()
    return (verdict, reasons, matched, [(name, _INVALID_TEXTS[name]) for name in bad] + asks, ())


def _is_missing(value: object) -> bool:
    return value is None or (type(value) is str and not value.strip(BLANK))


def _require_text(question: Question, value: object, bad: list[str], asks: list[Question]) -> None:
    """Ask for a text that is missing; note one that is none."""
    if _is_missing(value):
        asks.append(question)
    elif type(value) is not str:
        bad.append(question[0])


def _check(name: str, value: object, bad: list[str]) -> None:
    """Note a value that is ill-typed, and not just missing."""
    if not _is_missing(value):
        bad.append(name)


def _check_count(name: str, value: Any, bad: list[str]) -> float:  # noqa: ANN401 -- any JSON value
    """An integer that is spelled otherwise (`2.0`), or NaN."""
    if type(value) is float and value.is_integer() and 0 <= value <= _MAX:
        return value
    _check(name, value, bad)
    return _NAN


def _amount_usd(value: Any, currency: Any, rate: Any, bad: list[str]) -> float:  # noqa: ANN401 -- any JSON value
    """The amount in US dollars, or NaN where an input is missing or ill-typed."""
    if (type(value) is not float and type(value) is not int) or not 0 <= value <= _MAX:
        _check("amount.value", value, bad)
        value = _NAN
    if (type(rate) is not float and type(rate) is not int) or not 0.000001 <= rate <= 1_000_000:
        _check(_FX, rate, bad)
        rate = _NAN
    if type(currency) is not str:
        _check("amount.currency", currency, bad)
        return _NAN
    if currency == "USD":
        return float(value)
    if not currency.strip(BLANK):
        return _NAN
    amount_usd = float(value) * float(rate)
    if amount_usd > _MAX:
        bad.append("amount_usd")
    return amount_usd if amount_usd <= _MAX else _NAN
