"""The oracle: what a checked policy says of a request, written down from the language's reference, without a table."""

import operator
from collections.abc import Callable, Iterator
from typing import Any

from lumyn_compiler import checked
from lumyn_compiler.checked import CheckedCondition, CheckedPolicy, Test
from lumyn_compiler.operators import Operator
from lumyn_compiler.tabulate import invalid_text
from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS, FAILURE_SIMILARITY, request_path
from lumyn_runtime.outcome import MatchedRule, Obligation, Outcome, Query
from lumyn_runtime.vocabulary import BLANK, INVALID_EVIDENCE, INVALID_REQUEST_SCHEMA, MAGNITUDE_MAX, Kind, Verdict

MISSING, ILL_TYPED = None, object()
Hit = tuple[MatchedRule, tuple[Query, ...], tuple[Obligation, ...]]
HOLDS: dict[Operator, Callable[..., bool]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
    Operator.IN: lambda value, *these: value in these,
    Operator.NOT_IN: lambda value, *these: value not in these,
    Operator.BETWEEN: lambda value, low, high: low <= value <= high,
    Operator.STARTS_WITH: str.startswith,
    Operator.CONTAINS: operator.contains,
    Operator.CONTAINS_ANY: lambda value, *members: any(member in value for member in members),
    Operator.CONTAINS_ALL: lambda value, *members: all(member in value for member in members),
}


def evaluate(policy: CheckedPolicy, request: object, risk: float = 0.0) -> Outcome:
    """Interpret the policy: all rules that match, and what they say together."""
    default = MatchedRule(policy.default_verdict, (policy.default_reason,), "DEFAULT", "DEFAULT")
    hits = list(_hits(policy, request, risk)) or [(default, (), ())]
    verdict = max((match.effect for match, _, _ in hits), key=lambda effect: effect.strength)
    final = [hit for hit in hits if hit[0].effect is verdict]
    return Outcome(
        matched_rules=tuple(match for match, _, _ in hits),
        obligations=tuple(dict.fromkeys(obligation for _, _, obligations in final for obligation in obligations)),
        queries=tuple(dict.fromkeys(query for _, queries, _ in final for query in queries if verdict == "QUERY")),
        reason_codes=tuple(dict.fromkeys(code for match, _, _ in hits for code in match.reason_codes)),
        verdict=verdict,
    )


def _hits(policy: CheckedPolicy, request: Any, risk: float) -> Iterator[Hit]:  # noqa: ANN401  any JSON value
    if not _is_request(request):
        yield MatchedRule(Verdict.ABSTAIN, (INVALID_REQUEST_SCHEMA,), INVALID_REQUEST_SCHEMA, "REQUIREMENTS"), (), ()
        return
    values = {name: _value(request, kind, request_path(name)) for name, kind in policy.kinds.items()}
    values |= {FAILURE_SIMILARITY: risk, AMOUNT_USD: _amount_usd(*(values[name] for name in AMOUNT_USD_INPUTS))}
    rules = [rule for rule in policy.rules if rule.scope.covers(request["action"]["type"])]
    used = set[str]().union(*(_names(rule.condition) for rule in rules))
    used |= {required.attribute for rule in rules for required in rule.requirements}
    used |= set(AMOUNT_USD_INPUTS) if AMOUNT_USD in used else set()
    bad = {name for name in used if values[name] is ILL_TYPED}
    if bad:
        bad -= {AMOUNT_USD} if bad & set(AMOUNT_USD_INPUTS) else set()
        asks = tuple(Query(name, invalid_text(name, policy.kinds[name])) for name in sorted(bad))
        yield MatchedRule(Verdict.QUERY, (INVALID_EVIDENCE,), INVALID_EVIDENCE, "REQUIREMENTS"), asks, ()
    for rule in rules:
        lacking = [required for required in rule.requirements if values[required.attribute] is MISSING]
        if _holds(rule.condition, values) and (lacking or not rule.requirements):
            asked = {required.query for required in lacking} | set(rule.asks)
            questions = (*(required.query for required in rule.requirements), *rule.asks)
            asks = tuple(query for query in questions if query and query in asked)
            yield MatchedRule(rule.verdict, rule.reason_codes, rule.rule_id, rule.stage), asks, rule.obligations


def _is_request(request: Any) -> bool:  # noqa: ANN401  any JSON value
    if type(request) is not dict or type(action := request.get("action")) is not dict:
        return False
    parts = [request.get(key, {}) for key in ("evidence", "subject", "tenant")]
    parts += [action.get(key, {}) for key in ("amount", "target")]
    return type(_value(action.get("type"), Kind("text"))) is str and all(type(part) is dict for part in parts)


def _value(value: Any, kind: Kind, path: tuple[str, ...] = ()) -> Any:  # noqa: ANN401  any JSON value
    for key in path:
        if value is not None and type(value) is not dict:
            return ILL_TYPED
        value = None if value is None else value.get(key)
    if value is None or (type(value) is str and not value.strip(BLANK)):
        return MISSING
    low = -MAGNITUDE_MAX if kind.low is None else kind.low
    high = MAGNITUDE_MAX if kind.high is None else kind.high
    number = type(value) in (int, float) and low <= value <= high  # false of NaN
    fits = {
        "text": type(value) is str,
        "one of": type(value) is str and value in kind.members,
        "number": number,
        "integer": number and value == int(value),
        "boolean": type(value) is bool,
        "scalar": number or type(value) in (str, bool),
        "set of text": type(value) is list and all(type(_value(member, Kind("text"))) is str for member in value),
    }
    return value if fits[kind.name] else ILL_TYPED


def _amount_usd(currency: Any, value: Any, rate: Any) -> Any:  # noqa: ANN401  any JSON value
    needed = [currency, value] if currency == "USD" else [currency, value, rate]
    if ILL_TYPED in needed or MISSING in needed:
        return ILL_TYPED if ILL_TYPED in needed else MISSING
    return value if currency == "USD" else _value(float(value) * float(rate), Kind("number"))


def _names(condition: CheckedCondition) -> set[str]:
    match condition:
        case Test(attribute):
            return {attribute}
        case checked.Not(part):
            return _names(part)
        case checked.All(parts) | checked.Any(parts):
            return set().union(*map(_names, parts))
    return set()


def _holds(condition: CheckedCondition, values: dict[str, Any]) -> bool:
    match condition:
        case checked.Always():
            return True
        case checked.All(parts):
            return all(_holds(part, values) for part in parts)
        case checked.Any(parts):
            return any(_holds(part, values) for part in parts)
        case checked.Not(part):
            return not _holds(part, values)
        case Test(attribute, Operator.IS_MISSING | Operator.IS_PRESENT as asked):
            return (values[attribute] is MISSING) is (asked is Operator.IS_MISSING)
        case Test(attribute, asked, constants):
            return values[attribute] not in (MISSING, ILL_TYPED) and HOLDS[asked](values[attribute], *constants)
