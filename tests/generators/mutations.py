"""Changes of a policy: those that keep its meaning, and those that change what one of its rules says."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from lumyn_compiler.operators import OPERATORS, Operands, Operator
from lumyn_compiler.policy import (
    AllOf,
    Always,
    AnyOf,
    Ask,
    Condition,
    ConditionName,
    EvidenceDeclaration,
    KindSpec,
    Let,
    Literal,
    NamedCondition,
    Negation,
    Oblige,
    Operand,
    Policy,
    Predicate,
    ReasonDeclaration,
    Rule,
    Scope,
    Word,
)
from lumyn_runtime.vocabulary import STAGES, VERDICTS
from tests.generators.choices import Choices
from tests.generators.policies import ACTION_PATTERNS

__all__ = ["ALWAYS_SEEN", "CHANGES", "inlined", "renamed", "with_unused_declarations"]


def renamed(policy: Policy) -> Policy:
    """The policy with other names for its constants and named conditions."""
    constants = {let.name.text for let in policy.lets}

    def operand(written: Operand) -> Operand:
        if isinstance(written, Word) and written.text in constants:
            return Word(f"renamed_{written.text}")
        return written

    def change(condition: Condition) -> Condition:
        match condition:
            case Predicate():
                return attrs.evolve(condition, operands=tuple(operand(written) for written in condition.operands))
            case ConditionName(name=word):
                return ConditionName(Word(f"renamed_{word.text}"))
            case _:
                return condition

    lets = tuple(attrs.evolve(let, name=Word(f"renamed_{let.name.text}")) for let in policy.lets)
    named = tuple(
        NamedCondition(Word(f"renamed_{named.name.text}"), _mapped(named.condition, change))
        for named in policy.conditions
    )
    return attrs.evolve(_with_conditions(policy, change), lets=lets, conditions=named)


def inlined(policy: Policy) -> Policy:
    """The policy without constants and named conditions: what they stand for is written out."""
    lets = {let.name.text: let.value for let in policy.lets}
    named: dict[str, Condition] = {}

    def change(condition: Condition) -> Condition:
        match condition:
            case Predicate():
                operands = tuple(lets.get(w.text, w) if isinstance(w, Word) else w for w in condition.operands)
                return attrs.evolve(condition, operands=operands)
            case ConditionName(name=word):
                return named[word.text]
            case _:
                return condition

    for declared in policy.conditions:
        named[declared.name.text] = _mapped(declared.condition, change)
    return attrs.evolve(_with_conditions(policy, change), lets=(), conditions=())


def with_unused_declarations(policy: Policy) -> Policy:
    """The policy with one more declaration of each sort that nothing refers to."""
    evidence = EvidenceDeclaration((Word("never_used"), Word("never.used.either")), KindSpec("number"))
    condition = NamedCondition(Word("never_met"), Predicate(Word("evidence.never_used"), Operator.IS_PRESENT, ()))
    return attrs.evolve(
        policy,
        evidence=(evidence, *policy.evidence),
        reasons=(*policy.reasons, ReasonDeclaration(Word("NEVER_GIVEN"), Literal("Never."))),
        lets=(*policy.lets, Let(Word("never_used"), Literal(5.0))),
        conditions=(condition, *policy.conditions),
    )


def _with_conditions(policy: Policy, change: Callable[[Condition], Condition]) -> Policy:
    rules = tuple(
        rule if rule.when is None else attrs.evolve(rule, when=_mapped(rule.when, change)) for rule in policy.rules
    )
    return attrs.evolve(policy, rules=rules)


def _mapped(condition: Condition, change: Callable[[Condition], Condition]) -> Condition:
    """The condition with every node changed, from the leaves up."""
    match condition:
        case AllOf(parts=parts):
            return change(AllOf(tuple(_mapped(part, change) for part in parts)))
        case AnyOf(parts=parts):
            return change(AnyOf(tuple(_mapped(part, change) for part in parts)))
        case Negation(part=part):
            return change(Negation(_mapped(part, change)))
        case Always() | ConditionName() | Predicate():
            return change(condition)


def _one(choices: Choices, policy: Policy, change: Callable[[Rule], Rule]) -> Policy:
    """One of the rules changed."""
    at = choices.below(len(policy.rules))
    rules = (*policy.rules[:at], change(policy.rules[at]), *policy.rules[at + 1 :])
    return attrs.evolve(policy, rules=rules)


def _verdict(choices: Choices, policy: Policy) -> Policy:
    def change(rule: Rule) -> Rule:
        other = choices.pick([verdict for verdict in VERDICTS if verdict != rule.verdict.text])
        requires = tuple(attrs.evolve(require, ask=None) for require in rule.requires)
        return attrs.evolve(rule, verdict=Word(other), asks=(), requires=requires)

    return _one(choices, policy, change)


def _stage(choices: Choices, policy: Policy) -> Policy:
    def change(rule: Rule) -> Rule:
        return attrs.evolve(rule, stage=Word(choices.pick([s for s in STAGES[:4] if s != rule.stage.text])))

    return _one(choices, policy, change)


def _reason(choices: Choices, policy: Policy) -> Policy:
    return _one(choices, policy, lambda rule: attrs.evolve(rule, reason_codes=(*rule.reason_codes, Word("ANOTHER"))))


def _rule_id(choices: Choices, policy: Policy) -> Policy:
    def change(rule: Rule) -> Rule:
        return attrs.evolve(rule, rule_id=attrs.evolve(rule.rule_id, text=rule.rule_id.text + "_"))

    return _one(choices, policy, change)


def _obligation(choices: Choices, policy: Policy) -> Policy:
    duty = Oblige(Word("log"), Word("info"), Literal("Another duty."))
    return _one(choices, policy, lambda rule: attrs.evolve(rule, obligations=(*rule.obligations, duty)))


def _question(choices: Choices, policy: Policy) -> Policy:
    def change(rule: Rule) -> Rule:
        if rule.verdict.text != "QUERY":
            return attrs.evolve(rule, reason_codes=(Word("ANOTHER"),))
        return attrs.evolve(rule, asks=(*rule.asks, Ask(Word("subject.id"), Literal("Another question?"))))

    return _one(choices, policy, change)


def _header(choices: Choices, policy: Policy) -> Policy:
    assert policy.header is not None, "generated policies have headers"
    assert policy.default is not None, "generated policies have defaults"
    other_default = attrs.evolve(policy.default, reason_code=Word("ANOTHER"))
    match choices.below(4):
        case 0:
            return attrs.evolve(policy, header=attrs.evolve(policy.header, version=Literal("another")))
        case 1:
            return attrs.evolve(policy, header=attrs.evolve(policy.header, policy_id=Word("another")))
        case 2:
            is_advisory = policy.mode is not None and policy.mode.text == "advisory"
            return attrs.evolve(policy, mode=Word("enforce" if is_advisory else "advisory"))
        case _:
            return attrs.evolve(policy, default=other_default)


def _scope(choices: Choices, policy: Policy) -> Policy:
    def change(rule: Rule) -> Rule:
        patterns = {word.text for word in rule.scope.patterns}
        fresh = [pattern for pattern in ACTION_PATTERNS if pattern not in patterns]
        if patterns and choices.often(50):
            return attrs.evolve(rule, scope=Scope(rule.scope.patterns[1:]))
        return attrs.evolve(rule, scope=Scope((*rule.scope.patterns, Word(choices.pick(fresh)))))

    return _one(choices, policy, change)


def _dropped(choices: Choices, policy: Policy) -> Policy:
    at = choices.below(len(policy.rules))
    return attrs.evolve(policy, rules=(*policy.rules[:at], *policy.rules[at + 1 :]))


def _negated(choices: Choices, policy: Policy) -> Policy:
    def change(rule: Rule) -> Rule:
        if rule.when is None or isinstance(rule.when, Always):
            return attrs.evolve(rule, when=Predicate(Word("subject.id"), Operator.EQ, (Literal("u-1"),)))
        return attrs.evolve(rule, when=Negation(rule.when))

    return _one(choices, policy, change)


def _operator(choices: Choices, policy: Policy) -> Policy:
    """One rule's predicates with their neighbours' operators: `<` for `<=`, `in` for `not in`."""

    def predicate(condition: Condition) -> Condition:
        if not isinstance(condition, Predicate):
            return condition
        entry = OPERATORS[condition.operator]
        same = [o for o, other in OPERATORS.items() if other.operands is entry.operands and other.kinds == entry.kinds]
        return attrs.evolve(condition, operator=choices.pick(same))

    def change(rule: Rule) -> Rule:
        return rule if rule.when is None else attrs.evolve(rule, when=_mapped(rule.when, predicate))

    return _one(choices, policy, change)


def _constant(choices: Choices, policy: Policy) -> Policy:
    """One rule's predicates with the constants of another predicate about the same attribute."""
    pool: dict[str, list[tuple[Operand, ...]]] = {}

    def gather(condition: Condition) -> Condition:
        if isinstance(condition, Predicate) and OPERATORS[condition.operator].operands is Operands.ONE:
            pool.setdefault(condition.attribute.text, []).append(condition.operands)
        return condition

    def predicate(condition: Condition) -> Condition:
        if isinstance(condition, Predicate) and OPERATORS[condition.operator].operands is Operands.ONE:
            same_sort = condition.operator not in (Operator.EQ, Operator.NE, Operator.STARTS_WITH)
            if same_sort and (others := pool.get(condition.attribute.text)):
                return attrs.evolve(condition, operands=choices.pick(others))
        return condition

    def change(rule: Rule) -> Rule:
        return rule if rule.when is None else attrs.evolve(rule, when=_mapped(rule.when, predicate))

    _with_conditions(policy, gather)
    return _one(choices, policy, change)


# Each takes a policy of at least one rule. Those in ALWAYS_SEEN can be seen in the artifact whatever the rule asks.
CHANGES: dict[str, Callable[[Choices, Policy], Policy]] = {
    "verdict": _verdict,
    "stage": _stage,
    "reason": _reason,
    "rule id": _rule_id,
    "obligation": _obligation,
    "question": _question,
    "header": _header,
    "scope": _scope,
    "dropped rule": _dropped,
    "negation": _negated,
    "operator": _operator,
    "constant": _constant,
}
ALWAYS_SEEN = frozenset({"verdict", "stage", "reason", "rule id", "obligation", "question", "header", "dropped rule"})
