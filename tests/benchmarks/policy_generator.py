"""Policies of any size, as a company that writes a rule per merchant would have them, and requests for them.

The same size and seed give the same text. A rule takes about 150 bytes. A request meets a handful of an action's rules,
whatever their number: the more rules an action has, the more particular each one is.
"""

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from random import Random

from tests.benchmarks.requests import JsonValue, Request

__all__ = ["generated_requests", "policy_source"]

_HEAD = """\
policy generated version "1.0.0"
mode enforce
default ESCALATE because NO_MATCH_DEFAULT_ESCALATE

evidence merchant_id, country : text
evidence instrument : one of (card, bank, wallet, cash)
evidence risk_band : one of (low, medium, high)
evidence age_days, refund_count : integer from 0
evidence fraud_score : number from 0 to 1
"""

# What every refund needs, so that no block is passed over for want of evidence.
_FIRST_RULE = (
    "REQUIREMENTS",
    """\
    require evidence.merchant_id, evidence.country, evidence.instrument, evidence.risk_band, evidence.age_days,
      evidence.refund_count, evidence.fraud_score, action.tags, amount.value
    else QUERY because MISSING_00""",
)

_COUNTRIES = [a + b for a in "ABDEFGINPS" for b in "EHLRTZ"]
_INSTRUMENTS = ("card", "bank", "wallet", "cash")
_RISK_BANDS = ("low", "medium", "high")
_TAGS = [f"promo-{number}" for number in range(12)]
_PAPERS = ("order_id", "ticket_id", "contract_id", "approver_id")
_REASON_COUNT = 40
_AGE_DAYS_MAX = 3_650


def policy_source(rule_count: int, action_count: int, seed: int = 0) -> str:
    """A `.lumyn` policy of that many rules, spread evenly over that many actions; free of findings."""
    chance = Random(f"policy {rule_count} {action_count} {seed}")
    merchant_count = _merchant_count(rule_count, action_count)
    stages: dict[str, list[str]] = {"REQUIREMENTS": [], "HARD_BLOCKS": [], "ESCALATIONS": [], "TRUST_PATHS": []}
    seen: set[tuple[str, str]] = set()
    for index in range(rule_count):
        action, nth = _action(index % action_count), index // action_count
        stage, body = _rule(chance, nth, merchant_count)
        while (action, condition := body.partition("then")[0]) in seen:  # no two rules ask the same
            stage, body = _rule(chance, nth, merchant_count)
        seen.add((action, condition))
        stages[stage].append(f"  rule R{index:05d} for {action}\n{body}\n")
    papers = [paper for paper in _PAPERS if any(f"evidence.{paper}" in rule for rule in stages["REQUIREMENTS"])]
    codes = {rule.split(" because ")[1].rstrip() for rules in stages.values() for rule in rules}
    lines = [
        _HEAD + "".join(f"evidence {paper} : text\n" for paper in papers),
        *(f'reason {code} "A sentence about case {code[-2:]}, as long as they are."' for code in sorted(codes)),
        "",
    ]
    for stage, rules in stages.items():
        if rules:
            lines += [f"stage {stage}", *rules]
    return "\n".join(lines)


def generated_requests(rule_count: int, action_count: int, count: int, seed: int = 0) -> list[Request]:
    """Requests for `policy_source(rule_count, action_count)`, no two alike; the n-th action is asked for 1/n as often."""
    chance = Random(f"requests {rule_count} {action_count} {seed}")
    merchant_count = _merchant_count(rule_count, action_count)
    weights = [1 / rank for rank in range(1, action_count + 1)]
    actions = chance.choices(range(action_count), weights, k=count)
    return [_request(chance, _action(action), merchant_count) for action in actions]


def _merchant_count(rule_count: int, action_count: int) -> int:
    return max(2, rule_count // action_count // 8)


def _action(index: int) -> str:
    return f"s{index:04d}.refund"


def _rule(chance: Random, nth: int, merchant_count: int) -> tuple[str, str]:
    """Stage of an action's n-th rule, and its lines after the first."""
    if nth == 0:
        return _FIRST_RULE
    shape = _SHAPES[bisect_right(_SHAPE_ENDS, nth * _GOLDEN_SECTION % 1.0)]
    stage, when, effect = shape(chance, merchant_count)
    return stage, f"    when {when}\n    {effect} because REVIEW_{chance.randrange(_REASON_COUNT):02d}"


# Shapes come round in an order that gives the few rules of an action a like mix to the many of another.
_GOLDEN_SECTION = 0.6180339887


def _merchant_amount(chance: Random, merchant_count: int) -> tuple[str, str, str]:
    when = f"evidence.merchant_id = {_merchant(chance, merchant_count)} and amount_usd > {_amount(chance)}"
    return "ESCALATIONS", when, "then ESCALATE"


def _country_amount(chance: Random, _merchant_count: int) -> tuple[str, str, str]:
    countries = ", ".join(f'"{country}"' for country in chance.sample(_COUNTRIES, 3))
    amount = _amount(chance)
    when = (
        f"evidence.country in ({countries})\n      and evidence.instrument = {chance.choice(_INSTRUMENTS)}\n"
        f"      and amount_usd between {amount} and {round(amount + 3, 2)}"
    )
    return "ESCALATIONS", when, "then ESCALATE"


def _age_window(chance: Random, _merchant_count: int) -> tuple[str, str, str]:
    days = chance.randrange(_AGE_DAYS_MAX)
    when = (
        f"evidence.age_days between {days} and {days + 9}\n      and "
        f"(evidence.refund_count >= {chance.randrange(2, 6)} or evidence.risk_band = {chance.choice(_RISK_BANDS)})"
    )
    return "ESCALATIONS", when, "then ESCALATE"


def _tag_score(chance: Random, _merchant_count: int) -> tuple[str, str, str]:
    score = chance.randrange(990)
    when = (
        f'action.tags contains "{chance.choice(_TAGS)}"\n'
        f"      and evidence.fraud_score between {score / 1000} and {(score + 9) / 1000}"
    )
    return "ESCALATIONS", when, "then ESCALATE"


def _repeated_refunds(chance: Random, merchant_count: int) -> tuple[str, str, str]:
    first, second = chance.sample(range(merchant_count), 2)
    when = (
        f'evidence.merchant_id in ("m-{first:04d}", "m-{second:04d}")\n'
        f"      and evidence.refund_count >= {chance.randrange(3, 9)} and amount_usd > {_amount(chance)}"
    )
    return "ESCALATIONS", when, "then ESCALATE"


def _paper(chance: Random, merchant_count: int) -> tuple[str, str, str]:
    paper = chance.choice(_PAPERS)
    when = f"evidence.merchant_id = {_merchant(chance, merchant_count)} and amount_usd > {_amount(chance)}"
    return "REQUIREMENTS", f'{when}\n    require evidence.{paper} ask "What is the {paper}?"', "else QUERY"


def _block(chance: Random, _merchant_count: int) -> tuple[str, str, str]:
    days = chance.randrange(_AGE_DAYS_MAX)
    when = f"evidence.age_days = {days} and evidence.risk_band = high and amount_usd > {_amount(chance)}"
    return "HARD_BLOCKS", when, "then ABSTAIN"


def _trust(chance: Random, merchant_count: int) -> tuple[str, str, str]:
    when = (
        f"evidence.merchant_id = {_merchant(chance, merchant_count)} and evidence.risk_band = low\n"
        f'      and evidence.country = "{chance.choice(_COUNTRIES)}" and amount_usd <= {_amount(chance)}'
    )
    return "TRUST_PATHS", when, "then TRUST"


# Each shape of a rule with its share: stage, what follows `when`, and the verdict, for a chance and a merchant count.
_SHAPE_SHARES: tuple[tuple[Callable[[Random, int], tuple[str, str, str]], float], ...] = (
    (_merchant_amount, 0.38),
    (_country_amount, 0.18),
    (_age_window, 0.14),
    (_tag_score, 0.10),
    (_repeated_refunds, 0.08),
    (_paper, 0.04),
    (_block, 0.04),
    (_trust, 0.04),
)
_SHAPES = [shape for shape, _ in _SHAPE_SHARES]
_SHAPE_ENDS = list(accumulate(share for _, share in _SHAPE_SHARES[:-1]))


def _merchant(chance: Random, merchant_count: int) -> str:
    return f'"m-{chance.randrange(merchant_count):04d}"'


def _amount(chance: Random) -> float:
    return round(chance.lognormvariate(4.5, 0.6), 2)


def _request(chance: Random, action_type: str, merchant_count: int) -> Request:
    evidence: dict[str, JsonValue] = {
        "merchant_id": f"m-{chance.randrange(merchant_count):04d}",
        "country": chance.choice(_COUNTRIES),
        "instrument": chance.choice(_INSTRUMENTS),
        "risk_band": chance.choice(_RISK_BANDS),
        "age_days": chance.randrange(_AGE_DAYS_MAX),
        "refund_count": min(20, int(chance.expovariate(0.7))),
        "fraud_score": round(chance.random(), 4),
        "order_id": f"O-{chance.randrange(10**6)}",
        "ticket_id": f"T-{chance.randrange(10**6)}",
    }
    tags: list[JsonValue] = [*chance.sample(_TAGS, chance.randrange(3))]
    amount: dict[str, JsonValue] = {"value": round(chance.lognormvariate(4.2, 0.7), 2), "currency": "USD"}
    return {
        "schema_version": "decision_request.v0",
        "subject": {"type": "agent", "id": "refund-agent", "tenant_id": "acme"},
        "action": {"type": action_type, "intent": "refund", "amount": amount, "tags": tags},
        "evidence": evidence,
        "context": {"mode": "digest_only", "digest": f"sha256:{chance.getrandbits(256):064x}"},
    }
