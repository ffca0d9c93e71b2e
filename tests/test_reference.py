"""The oracle is right: what the language's reference says of single cases, one by one."""

from __future__ import annotations

import math

import pytest

from lumyn_compiler.checked import (
    All,
    Always,
    Any,
    CheckedCondition,
    CheckedPolicy,
    CheckedRule,
    Not,
    Requirement,
    Scope,
    Test,
)
from lumyn_compiler.operators import Operator
from lumyn_runtime.builtin import BUILT_IN_KINDS
from lumyn_runtime.outcome import MatchedRule, Obligation, Query
from lumyn_runtime.vocabulary import Kind, Verdict
from tests.generators.requests import NO_OBJECTS
from tests.reference import evaluate

KINDS = BUILT_IN_KINDS | {
    "evidence.text": Kind("text"),
    "evidence.number": Kind("number"),
    "evidence.share": Kind("number", low=0.0, high=1.0),
    "evidence.integer": Kind("integer"),
    "evidence.flag": Kind("boolean"),
    "evidence.tier": Kind("one of", members=("low", "high")),
    "evidence.labels": Kind("set of text"),
    "evidence.thing": Kind("scalar"),
    "evidence.card.risk": Kind("number"),
}


def rule(
    condition: CheckedCondition = Always(),  # noqa: B008  frozen
    verdict: Verdict = Verdict.ESCALATE,
    *,
    rule_id: str = "R1",
    stage: str = "ESCALATIONS",
    scope: Scope = Scope((), (), any=True),  # noqa: B008  frozen
    requires: tuple[Requirement, ...] = (),
    reasons: tuple[str, ...] = ("MATCHED",),
    asks: tuple[Query, ...] = (),
    obligations: tuple[Obligation, ...] = (),
) -> CheckedRule:
    """A rule of which only what matters is said."""
    return CheckedRule(rule_id, stage, scope, condition, requires, verdict, reasons, asks, obligations)


def policy(*rules: CheckedRule, default: Verdict = Verdict.ESCALATE) -> CheckedPolicy:
    """A policy of these rules over KINDS."""
    return CheckedPolicy("p", "1", "enforce", default, "NOTHING_MATCHED", KINDS, rules, {}, ())


def request(**evidence: object) -> dict[str, object]:
    """A request that has this evidence."""
    return {"action": {"type": "support.refund"}, "evidence": evidence}


def predicate(name: str, operator: Operator, *constants: str | float | bool) -> Test:
    """A question about an attribute."""
    return Test(name, operator, constants)


def matches(condition: CheckedCondition, asked: object, risk: float = 0.0) -> bool:
    """Whether a rule with that condition alone matches."""
    return any(match.rule_id == "R1" for match in evaluate(policy(rule(condition)), asked, risk).matched_rules)


PRESENT = [
    ("text", Operator.EQ, ("a",), "a", "A"),
    ("text", Operator.EQ, ("a",), "a", " a "),
    ("text", Operator.NE, ("a",), "b", "a"),
    ("text", Operator.STARTS_WITH, ("ZD-",), "ZD-1", "ZD"),
    ("text", Operator.IN, ("a", "b"), "b", "c"),
    ("text", Operator.NOT_IN, ("a", "b"), "c", "b"),
    ("number", Operator.LT, (25.0,), math.nextafter(25, 0), 25),
    ("number", Operator.LE, (25.0,), 25, math.nextafter(25, 26)),
    ("number", Operator.GT, (25.0,), math.nextafter(25, 26), 25.0),
    ("number", Operator.GE, (25.0,), 25.0, math.nextafter(25, 0)),
    ("number", Operator.EQ, (0.0,), -0.0, 5e-324),
    ("number", Operator.BETWEEN, (1.0, 2.0), 2, 2.0000000000000004),
    ("number", Operator.EQ, (2.0**53,), 2**53, 2**53 - 1),
    ("integer", Operator.EQ, (5.0,), 5.0, 6),
    ("integer", Operator.GT, (2.5,), 3, 2),
    ("flag", Operator.EQ, (True,), True, False),
    ("tier", Operator.NE, ("low",), "high", "low"),
    ("labels", Operator.CONTAINS, ("vip",), ["vip", "new"], ["new"]),
    ("labels", Operator.CONTAINS_ANY, ("a", "b"), ["b"], []),
    ("labels", Operator.CONTAINS_ALL, ("a", "b"), ["c", "b", "a"], ["a"]),
    ("labels", Operator.IS_PRESENT, (), [], None),
    ("thing", Operator.IS_PRESENT, (), False, "\u200b"),
    ("number", Operator.IS_PRESENT, (), "ill-typed", ""),
    ("number", Operator.IS_MISSING, (), " \t", "ill-typed"),
]


@pytest.mark.parametrize(("name", "operator", "constants", "holds", "fails"), PRESENT)
def test_operators_hold_on_their_values_and_fail_beside_them(
    name: str, operator: Operator, constants: tuple[str | float | bool, ...], holds: object, fails: object
) -> None:
    """Numbers are compared as doubles, texts by code point; absence is `null`, blank or nothing at all."""
    asked = Test(f"evidence.{name}", operator, constants)
    assert matches(asked, request(**{name: holds}))
    assert not matches(asked, request(**{name: fails}))
    assert matches(Not(asked), request(**{name: fails}))


ILL_TYPED = [
    ("text", 5),
    ("text", ["a"]),
    ("number", "5"),
    ("number", True),
    ("number", math.nan),
    ("number", -math.inf),
    ("number", 2**53 + 1),
    ("number", 1e300),
    ("share", -5e-324),
    ("share", math.nextafter(1, 2)),
    ("integer", 5.5),
    ("flag", 1),
    ("flag", "true"),
    ("tier", "medium"),
    ("labels", "vip"),
    ("labels", ["vip", " "]),
    ("labels", ["vip", 5]),
    ("thing", []),
    ("thing", math.nan),
    ("card", []),
]


@pytest.mark.parametrize(("name", "value"), ILL_TYPED)
def test_ill_typed_evidence_is_one_query_that_says_what_was_expected(name: str, value: object) -> None:
    """It is a match of stage REQUIREMENTS, so the default does not apply; unused input is not looked at."""
    full = f"evidence.{name}" if name != "card" else "evidence.card.risk"
    outcome = evaluate(policy(rule(predicate(full, Operator.IS_MISSING))), request(**{name: value}))
    assert outcome.verdict is Verdict.QUERY
    assert outcome.reason_codes == ("INVALID_EVIDENCE",)
    invalid = MatchedRule(Verdict.QUERY, ("INVALID_EVIDENCE",), "INVALID_EVIDENCE", "REQUIREMENTS")
    assert outcome.matched_rules == (invalid,)
    assert [query.field for query in outcome.queries] == [full]
    unused = evaluate(policy(rule(predicate("subject.id", Operator.IS_MISSING))), request(**{name: value}))
    assert unused.verdict is Verdict.ESCALATE


@pytest.mark.parametrize("value", [None, "", "\u3000", 5, ["ill-typed"]])
def test_predicates_on_missing_and_ill_typed_values_are_false(value: object) -> None:
    """`!=` and `not in` included; `not (…)` is plain negation."""
    for operator in (Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN, Operator.STARTS_WITH):
        asked = Test("evidence.text", operator, ("a",))
        assert not matches(asked, request(text=value))
        assert matches(Not(asked), request(text=value))


def test_and_or_not_and_always_are_plain_logic() -> None:
    """Of no parts at all `and` is true and `or` false."""
    yes, no = predicate("evidence.flag", Operator.EQ, True), predicate("evidence.flag", Operator.EQ, False)
    asked = request(flag=True)
    assert matches(All((yes, Not(no), Always())), asked)
    assert not matches(All((yes, no)), asked)
    assert matches(Any((no, yes)), asked)
    assert not matches(Any((no, Not(yes))), asked)


def usd(value: object, currency: object, rate: object) -> dict[str, object]:
    """A request with that amount and rate."""
    amount = {"value": value, "currency": currency}
    return {"action": {"type": "a.b", "amount": amount}, "evidence": {"fx_rate_to_usd": rate}}


def test_amount_usd_is_the_value_or_the_product_with_the_rate() -> None:
    """In USD no rate is needed; elsewhere the product of the doubles counts, unrounded."""
    exactly = predicate("amount_usd", Operator.EQ, 25.0)
    assert matches(exactly, usd(25, "USD", None))
    assert matches(exactly, usd(25, "USD", 3))
    assert matches(exactly, usd(12.5, "EUR", 2))
    assert not matches(predicate("amount_usd", Operator.EQ, 0.3), usd(0.1, "EUR", 3.0))
    assert not matches(exactly, usd(25, "usd", None))


def fields(asked: dict[str, object]) -> list[str]:
    """What a rule that reads `amount_usd` asks for, if anything is ill-typed."""
    outcome = evaluate(policy(rule(predicate("amount_usd", Operator.IS_MISSING), rule_id="R1")), asked)
    return [query.field for query in outcome.queries]


def test_amount_usd_is_missing_or_ill_typed_as_its_inputs_are() -> None:
    """A missing currency, value or rate makes it missing; a bad input wins over a missing one, and is what is named."""
    missing = predicate("amount_usd", Operator.IS_MISSING)
    assert matches(missing, usd(None, "USD", None))
    assert matches(missing, usd(1, None, None))
    assert matches(missing, usd(1, "EUR", " "))
    assert not matches(missing, usd(None, 5, None))
    assert not matches(missing, usd(None, "EUR", 0))
    assert fields(usd(-1, 5, 0)) == ["amount.currency", "amount.value", "evidence.fx_rate_to_usd"]
    assert fields(usd(1, "USD", 0)) == ["evidence.fx_rate_to_usd"]
    assert fields(usd(2**53, "EUR", 1.5)) == ["amount_usd"]
    assert fields(usd(2**53, "EUR", 1)) == []


def beside(**parts: object) -> dict[str, object]:
    """A request with an action, and these parts beside it."""
    return {"action": {"type": "a.b"}, **parts}


def inside(**parts: object) -> dict[str, object]:
    """A request whose action has these parts."""
    return {"action": {"type": "a.b", **parts}}


BAD_REQUESTS: list[object] = [None, [], "support.refund", {}, {"action": None}, {"action": {}}]
BAD_REQUESTS += [inside(type=action_type) for action_type in (None, " \u200b", 5)]
BAD_REQUESTS += [beside(**{key: value}) for key in ("evidence", "subject", "tenant") for value in NO_OBJECTS]
BAD_REQUESTS += [inside(**{key: value}) for key in ("amount", "target") for value in NO_OBJECTS]


@pytest.mark.parametrize("asked", BAD_REQUESTS)
def test_what_is_no_request_is_abstained_from(asked: object) -> None:
    """Whatever the policy says."""
    outcome = evaluate(policy(rule(verdict=Verdict.TRUST), default=Verdict.TRUST), asked)
    assert outcome.verdict is Verdict.ABSTAIN
    assert outcome.reason_codes == ("INVALID_REQUEST_SCHEMA",)
    assert [match.rule_id for match in outcome.matched_rules] == ["INVALID_REQUEST_SCHEMA"]


@pytest.mark.parametrize(
    ("action_type", "covered"),
    [
        ("support.refund", True),
        ("support.refund.x", False),
        ("billing.pay", True),
        ("billing.a.b", True),
        ("billing", False),
        ("billing.", False),
        ("billingx.pay", False),
    ],
)
def test_scopes_are_exact_names_and_prefixes(action_type: str, *, covered: bool) -> None:
    """A prefix takes in any depth below it, not itself."""
    scoped = rule(scope=Scope(("support.refund",), ("billing.",), any=False))
    outcome = evaluate(policy(scoped), {"action": {"type": action_type}})
    assert [match.rule_id for match in outcome.matched_rules] == (["R1"] if covered else ["DEFAULT"])


def test_requirements_match_when_one_is_missing_and_ask_for_those_that_are() -> None:
    """With a condition, both count; an ill-typed value is not missing."""
    text, number = Query("evidence.text", "Text?"), Query("evidence.number", "Number?")
    needs = rule(
        predicate("evidence.flag", Operator.EQ, True),
        Verdict.QUERY,
        requires=(Requirement("evidence.text", text), Requirement("evidence.number", number)),
        asks=(Query("evidence.flag", "Sure?"),),
    )
    both = evaluate(policy(needs), request(flag=True))
    assert both.queries == (text, number, Query("evidence.flag", "Sure?"))
    assert evaluate(policy(needs), request(flag=True, text="a")).queries == (number, Query("evidence.flag", "Sure?"))
    assert evaluate(policy(needs), request(flag=True, text="a", number=5)).reason_codes == ("NOTHING_MATCHED",)
    assert evaluate(policy(needs), request(flag=False)).reason_codes == ("NOTHING_MATCHED",)
    assert evaluate(policy(needs), request(flag=True, text="a", number="5")).reason_codes == ("INVALID_EVIDENCE",)


def test_a_question_that_is_both_required_and_asked_keeps_its_first_place() -> None:
    """Questions come in the order in which the rule has them, whatever makes it ask them."""
    text, number = Query("evidence.text", "Text?"), Query("evidence.number", "Number?")
    needs = rule(
        verdict=Verdict.QUERY,
        requires=(Requirement("evidence.text", text), Requirement("evidence.number", number)),
        asks=(text,),
    )
    assert evaluate(policy(needs), request(text="a")).queries == (text, number)


def test_the_strongest_verdict_wins_and_everything_that_matched_is_listed() -> None:
    """Reasons once and in order; questions only under QUERY; obligations only of the final verdict."""
    duty, other = Obligation("log", "info", "Log."), Obligation("check", "info", "Check.")
    query = rule(verdict=Verdict.QUERY, rule_id="Q", reasons=("A", "B"), asks=(Query("subject.id", "Who?"),))
    trust = rule(verdict=Verdict.TRUST, rule_id="T", reasons=("B", "C"), obligations=(duty,))
    block = rule(verdict=Verdict.ABSTAIN, rule_id="X", reasons=("D",), obligations=(other, other))
    asked = evaluate(policy(query, trust), request())
    assert (asked.verdict, asked.reason_codes) == (Verdict.QUERY, ("A", "B", "C"))
    assert asked.queries == (Query("subject.id", "Who?"),)
    assert asked.obligations == ()
    blocked = evaluate(policy(query, trust, block), request())
    assert (blocked.verdict, blocked.queries, blocked.obligations) == (Verdict.ABSTAIN, (), (other,))
    assert [match.rule_id for match in blocked.matched_rules] == ["Q", "T", "X"]


def test_a_hard_block_wins_over_invalid_evidence() -> None:
    """Precedence does the rest."""
    block = rule(verdict=Verdict.ABSTAIN)
    reads = rule(predicate("evidence.number", Operator.GT, 5.0), rule_id="R2")
    outcome = evaluate(policy(block, reads), request(number="6"))
    assert outcome.verdict is Verdict.ABSTAIN
    assert outcome.reason_codes == ("INVALID_EVIDENCE", "MATCHED")
    assert outcome.queries == ()


def test_nested_evidence_is_looked_up_key_by_key() -> None:
    """A flat key with a dot in it is not looked up; a parent that is no object is ill-typed, an absent one missing."""
    asked = predicate("evidence.card.risk", Operator.GT, 0.5)
    missing = predicate("evidence.card.risk", Operator.IS_MISSING)
    assert matches(asked, request(card={"risk": 0.6}))
    assert matches(missing, request(**{"card.risk": 0.6}))
    assert matches(missing, request(card=None))
    assert not matches(missing, request(card="x"))


def test_similarity_comes_from_the_caller_alone() -> None:
    """What a request says under `risk` is not looked at."""
    similar = predicate("risk.failure_similarity", Operator.GE, 0.8)
    assert matches(similar, request(), risk=0.8)
    assert not matches(similar, request() | {"risk": {"failure_similarity": 1.0}})
