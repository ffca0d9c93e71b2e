"""Policy → CheckedPolicy, for a policy that the checks found no error in."""

from __future__ import annotations

from typing import assert_never

from lumyn_compiler.checked import (
    All,
    Any,
    CheckedCondition,
    CheckedPolicy,
    CheckedRule,
    Constant,
    Not,
    Requirement,
    Scope,
    Test,
)
from lumyn_compiler.checked import Always as CheckedAlways
from lumyn_compiler.names import Names, operand_value
from lumyn_compiler.policy import (
    AllOf,
    Always,
    AnyOf,
    Condition,
    ConditionName,
    Negation,
    Policy,
    Predicate,
    Rule,
)
from lumyn_compiler.policy import Scope as WrittenScope
from lumyn_runtime.outcome import Obligation, Query
from lumyn_runtime.vocabulary import STAGES, Verdict

__all__ = ["default_question", "resolve", "resolve_condition", "resolve_scope"]


def default_question(attribute: str) -> str:
    """What a `require` without an `ask` asks."""
    return f"Please provide {attribute}."


def resolve(policy: Policy, names: Names) -> CheckedPolicy:
    """Put in constants and named conditions, and sort the rules by stage.

    policy: one that every check passed
    """
    assert policy.header is not None, "a policy without a header has an error"
    assert policy.default is not None, "a policy without a default has an error"
    assert isinstance(policy.header.version.value, str), "the grammar gives a version as text"
    conditions: dict[str, CheckedCondition] = {}
    rules = [_rule(rule, names, conditions) for rule in policy.rules]
    rules.sort(key=lambda rule: STAGES.index(rule.stage))
    return CheckedPolicy(
        policy_id=policy.header.policy_id.text,
        policy_version=policy.header.version.value,
        mode=policy.mode.text if policy.mode is not None else "enforce",
        default_verdict=Verdict(policy.default.verdict.text),
        default_reason=policy.default.reason_code.text,
        kinds=names.kinds,
        rules=tuple(rules),
        reasons={reason.code.text: str(reason.text.value) for reason in policy.reasons},
        redact=tuple(sorted(word.text for word in policy.redact)),
    )


def _rule(rule: Rule, names: Names, conditions: dict[str, CheckedCondition]) -> CheckedRule:
    asking = rule.verdict.text == "QUERY"
    requirements = [
        Requirement(
            word.text,
            Query(word.text, str(require.ask.value) if require.ask is not None else default_question(word.text))
            if asking
            else None,
        )
        for require in rule.requires
        for word in require.attributes
    ]
    return CheckedRule(
        rule_id=rule.rule_id.text,
        stage=rule.stage.text,
        scope=resolve_scope(rule.scope),
        condition=CheckedAlways() if rule.when is None else resolve_condition(rule.when, names, conditions),
        requirements=tuple(dict.fromkeys(requirements)),
        verdict=Verdict(rule.verdict.text),
        reason_codes=tuple(dict.fromkeys(code.text for code in rule.reason_codes)),
        asks=tuple(dict.fromkeys(Query(ask.attribute.text, str(ask.text.value)) for ask in rule.asks)),
        obligations=tuple(
            dict.fromkeys(
                Obligation(oblige.kind.text, oblige.severity.text, str(oblige.text.value))
                for oblige in rule.obligations
            )
        ),
        span=rule.rule_id.span,
    )


def resolve_scope(scope: WrittenScope) -> Scope:
    """Which actions a rule or claim covers, as exact types and prefixes."""
    patterns = sorted({pattern.text for pattern in scope.patterns})
    return Scope(
        exact=tuple(pattern for pattern in patterns if not pattern.endswith(".*")),
        prefixes=tuple(pattern[:-1] for pattern in patterns if pattern.endswith(".*")),
        any=not patterns,
    )


def resolve_condition(condition: Condition, names: Names, conditions: dict[str, CheckedCondition]) -> CheckedCondition:
    """A condition with its constants and named conditions put in.

    conditions: those resolved already, by name; grows
    """
    match condition:
        case Always():
            return CheckedAlways()
        case AllOf(parts=parts):
            return All(tuple(resolve_condition(part, names, conditions) for part in parts))
        case AnyOf(parts=parts):
            return Any(tuple(resolve_condition(part, names, conditions) for part in parts))
        case Negation(part=part):
            return Not(resolve_condition(part, names, conditions))
        case ConditionName(name=word):
            if word.text not in conditions:
                conditions[word.text] = resolve_condition(names.conditions[word.text].condition, names, conditions)
            return conditions[word.text]
        case Predicate():
            constants = _constants(condition, names)
            return Test(condition.attribute.text, condition.operator, constants, span=condition.span)
        case _:
            assert_never(condition)


def _constants(predicate: Predicate, names: Names) -> tuple[Constant, ...]:
    kind = names.kinds[predicate.attribute.text]
    values = [operand_value(operand, kind, names) for operand in predicate.operands]
    constants = [value for value in values if value is not None]
    assert len(constants) == len(values), "an unknown word is an error"
    return tuple(constants)
