"""Policies that both spellings can say, with their `policy.yml` text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from lumyn_compiler.operators import Operator
from lumyn_compiler.policy import (
    AllOf,
    Always,
    AnyOf,
    Condition,
    Negation,
    Operand,
    Policy,
    Predicate,
    Require,
    Rule,
    Scope,
    Word,
)
from tests.generators.choices import Choices
from tests.generators.compiling import prune
from tests.generators.mutations import inlined
from tests.generators.policies import make_policy
from tests.generators.spelling import spell_kind

__all__ = ["make_yaml_pair"]

_SUFFIXES = {
    Operator.EQ: "is",
    Operator.NE: "ne",
    Operator.LT: "lt",
    Operator.LE: "lte",
    Operator.GT: "gt",
    Operator.GE: "gte",
    Operator.IN: "in",
}


def make_yaml_pair(choices: Choices) -> tuple[Policy, str]:
    """A policy, and the YAML text that means the same."""
    written = make_policy(choices, rules_max=10)
    lets = tuple(let for let in written.lets if isinstance(let.value.value, float))
    flat = inlined(attrs.evolve(written, lets=tuple(let for let in written.lets if let not in lets)))
    rules = [_Draft.of(choices, rule, position) for position, rule in enumerate(flat.rules)]
    policy = prune(attrs.evolve(flat, lets=lets, rules=tuple(draft.rule for draft in rules))).policy
    return policy, _document(choices, policy, [draft for draft in rules if draft.rule in policy.rules])


@attrs.frozen
class _Draft:
    """A rule that YAML can say, and what its `if`s hold.

    every:        predicates that all have to hold
    alternatives: lists of predicates, one of which has to hold
    """

    rule: Rule
    every: tuple[Predicate, ...]
    alternatives: tuple[tuple[Predicate, ...], ...]

    @classmethod
    def of(cls, choices: Choices, rule: Rule, position: int) -> _Draft:
        exact = tuple(word for word in rule.scope.patterns if not word.text.endswith("*"))
        scoped = attrs.evolve(rule, scope=Scope(exact))
        if requiring := _requiring(scoped, f"needs.evidence_{position}"):
            return cls(requiring, (), ())
        asked = [_sayable(predicate) for predicate in _predicates(rule.when)][:6]
        at = choices.below(len(asked) + 1)
        every, rest = tuple(asked[:at]), asked[at:]
        alternatives = tuple(_apart(rest))
        parts = [_condition(predicate) for predicate in every]
        parts += (
            [AnyOf(tuple(_all_of(map(_condition, part)) for part in alternatives))] if len(alternatives) > 1 else []
        )
        parts += [_condition(predicate) for predicate in alternatives[0]] if len(alternatives) == 1 else []
        stage = "ESCALATIONS" if not asked and rule.stage.text == "REQUIREMENTS" else rule.stage.text
        changed = attrs.evolve(scoped, when=_all_of(parts), stage=Word(stage), requires=())
        return cls(changed, every, alternatives)


def _apart(predicates: Sequence[Predicate]) -> Iterator[tuple[Predicate, ...]]:
    """Alternatives of one or two predicates; a mapping can't have one key twice."""
    rest = list(predicates)
    while rest:
        first = rest.pop(0)
        if rest and rest[0].attribute != first.attribute:
            yield (first, rest.pop(0))
        else:
            yield (first,)


def _requiring(rule: Rule, action_type: str) -> Rule | None:
    """A REQUIREMENTS rule of an action of its own, each piece of evidence required once; None where none is."""
    required = (word.text for require in rule.requires for word in require.attributes)
    names = dict.fromkeys(name for name in required if name.startswith("evidence."))
    if not names:
        return None
    question = next((require.ask for require in rule.requires if require.ask is not None), None)
    return attrs.evolve(
        rule,
        stage=Word("REQUIREMENTS"),
        scope=Scope((Word(action_type),)),
        when=None,
        requires=tuple(Require((Word(name),), question) for name in names),
        asks=tuple(ask for ask in rule.asks if ask.attribute.text not in names),
    )


def _predicates(condition: Condition | None) -> Iterator[Predicate]:
    match condition:
        case Predicate():
            yield condition
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from _predicates(part)
        case Negation(part=part):
            yield from _predicates(part)
        case _:
            pass


def _sayable(predicate: Predicate) -> Predicate:
    if predicate.operator in _SUFFIXES or predicate.operator in (Operator.IS_MISSING, Operator.IS_PRESENT):
        return predicate
    return Predicate(predicate.attribute, Operator.IS_PRESENT, ())


def _condition(predicate: Predicate) -> Condition:
    """What a YAML entry means: `_ne` is true of what is missing, too."""
    if predicate.operator is Operator.NE:
        return AnyOf((Predicate(predicate.attribute, Operator.IS_MISSING, ()), predicate))
    return predicate


def _all_of(parts: Iterable[Condition]) -> Condition:
    listed = tuple(parts)
    if not listed:
        return Always()
    return listed[0] if len(listed) == 1 else AllOf(listed)


def _document(choices: Choices, policy: Policy, drafts: Sequence[_Draft]) -> str:
    assert policy.header is not None, "generated policies have headers"
    assert policy.default is not None, "generated policies have defaults"
    required = {
        draft.rule.scope.patterns[0].text: [
            word.text.removeprefix("evidence.") for require in draft.rule.requires for word in require.attributes
        ]
        for draft in drafts
        if draft.rule.requires
    }
    document: dict[str, object] = {
        "schema_version": "policy.v0",
        "policy_id": policy.header.policy_id.text,
        "policy_version": policy.header.version.value,
        "defaults": {
            "mode": policy.mode.text if policy.mode is not None else "enforce",
            "default_verdict": policy.default.verdict.text,
            "default_reason_code": policy.default.reason_code.text,
        },
        "thresholds": {let.name.text: let.value.value for let in policy.lets},
        "required_evidence": required,
        "rules": [_rule(choices, draft) for draft in drafts],
        "extensions": {"lumyn": _extensions(policy)},
    }
    keys = choices.shuffled([key for key, value in document.items() if value != {}])
    return "".join(f"{key}:{_emit(choices, document[key], 1)}\n" for key in keys)


def _extensions(policy: Policy) -> dict[str, object]:
    kinds = {word.text: spell_kind(declared.kind) for declared in policy.evidence for word in declared.names}
    return {
        "evidence": kinds,
        "reasons": {reason.code.text: reason.text.value for reason in policy.reasons},
        "redact": [word.text for word in policy.redact],
    }


def _rule(choices: Choices, draft: _Draft) -> dict[str, object]:
    rule = draft.rule
    written: dict[str, object] = {"id": rule.rule_id.text, "stage": rule.stage.text}
    patterns = [word.text for word in rule.scope.patterns]
    if len(patterns) == 1 and choices.often(50):
        written["when"] = {"action_type": patterns[0]}
    elif patterns:
        written["when"] = {"action_type_in": patterns}
    entries = [_entry(choices, predicate) for predicate in draft.every]
    together = dict(entries)
    if entries and len(together) == len(entries) and choices.often(50):
        written["if"] = together
    elif entries:
        written["if_all"] = [{key: value} for key, value in entries]
    if draft.alternatives:
        written["if_any"] = [dict(_entry(choices, asked) for asked in part) for part in draft.alternatives]
    queries = [
        {"field": word.text, "text": require.ask.value}
        for require in rule.requires
        if require.ask is not None
        for word in require.attributes
    ]
    queries += [{"field": ask.attribute.text, "text": ask.text.value} for ask in rule.asks]
    obligations = [
        {"kind": duty.kind.text, "severity": duty.severity.text, "text": duty.text.value} for duty in rule.obligations
    ]
    then: dict[str, object] = {"verdict": rule.verdict.text, "reason_codes": [code.text for code in rule.reason_codes]}
    then |= {"queries": queries} if queries else {}
    then |= {"obligations": obligations} if obligations else {}
    return written | {"then": then}


def _entry(choices: Choices, predicate: Predicate) -> tuple[str, object]:
    """A key with its value: `evidence.chargeback_risk_gte: 0.7`."""
    name = predicate.attribute.text
    if name == "amount.currency" and choices.often(50):
        name = "amount_currency"
    match predicate.operator:
        case Operator.IS_MISSING:
            return (f"{name}_is", None) if choices.often(50) else (f"{name}_present", False)
        case Operator.IS_PRESENT:
            return (f"{name}_ne", None) if choices.often(50) else (f"{name}_present", True)
        case Operator.IN:
            return f"{name}_in", [_constant(operand) for operand in predicate.operands]
        case operator:
            return f"{name}_{_SUFFIXES[operator]}", _constant(predicate.operands[0])


def _constant(operand: Operand) -> object:
    return operand.text if isinstance(operand, Word) else operand.value


def _emit(choices: Choices, value: object, level: int) -> str:
    """A value as it stands after its key or dash: in one line, or as a block below."""
    indent = "\n" + "  " * level
    match value:
        case {} if value and choices.often(70):
            return "".join(f"{indent}{_scalar(key)}:{_emit(choices, inner, level + 1)}" for key, inner in value.items())
        case [_, *_] if choices.often(60):
            return "".join(f"{indent}-{_emit(choices, inner, level + 1)}" for inner in value)
        case _:
            return f" {_flow(value)}"


def _flow(value: object) -> str:
    match value:
        case Mapping():
            return "{" + ", ".join(f"{_scalar(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case _:
            return _scalar(value)


def _scalar(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value)
        case _:
            text = str(value)
            if text.replace("_", "a").replace(".", "a").isalnum() and text.isascii() and text[0].isalpha():
                return text if text not in ("true", "null") else f'"{text}"'
            escaped = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f")
            return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped)
