"""Policies by choice: every construct, up to 30 rules, constants that collide."""

from __future__ import annotations

import attrs

from lumyn_compiler.operators import OPERATORS, Operands, Operator
from lumyn_compiler.policy import (
    AllOf,
    Always,
    AnyOf,
    Ask,
    Condition,
    ConditionName,
    Default,
    EvidenceDeclaration,
    Header,
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
    Require,
    Rule,
    Scope,
    Word,
)
from lumyn_compiler.source import Span
from lumyn_runtime.builtin import BUILT_IN_KINDS, FAILURE_SIMILARITY
from lumyn_runtime.vocabulary import MODES, OBLIGATION_KINDS, SEVERITIES, STAGES, VERDICTS, Kind
from tests.generators.choices import Choices
from tests.generators.topics import Topic, make_many_topics, make_topics

__all__ = ["ACTION_PATTERNS", "RULES_MAX", "make_policy", "make_wide_policy"]

RULES_MAX = 30

# Prefixes of prefixes, actions inside and outside of them, one part and many.
ACTION_PATTERNS = (
    "support.refund",
    "support.*",
    "support.ticket.*",
    "support.ticket.close",
    "support.ticket.close.now",
    "support.issue_credit",
    "billing.*",
    "billing.pay",
    "3ds.check",
    "s.*",
    "support.ticket.close.*",
    "x.y",
)

_LET_NAMES = ("limit", "floor_usd", "rate", "stage", "one", "m-1", "let", "so_many", "t", "u")
_CONDITION_NAMES = ("low_risk", "known", "is_odd", "rule", "c-4")
_RULE_IDS = ("R001", "R-2", "always", "3rd", "rule", "a rule", "Ω", "test")
_REASONS = ("REFUND_SMALL", "R", "NO_TICKET", "RISK_2", "X_1_Y", "OVER_LIMIT", "A_B_C_D")
_QUESTIONS = ("What is it?", "Why?", 'What does "it" say?', "Été?", "Please.")
_DUTIES = ("Check the ticket.", "Tell someone.", "Log\tit.", "Undo it by hand.")
_SENTENCES = ("It is small.", 'So "they" say.', "Zu groß.")


def make_policy(choices: Choices, rules_max: int = RULES_MAX, *, monotone: bool = False) -> Policy:
    """A policy whose only errors are rules that can match no request (see tests.generators.compiling).

    monotone: without `not`, `is missing` and `require`, so that no rule waits for something to be absent
    """
    topics = make_topics(choices, choices.between(1, choices.pick((1, 3, 8, 8))))
    lets = _lets(choices, topics)
    maker = _Conditions(choices, topics, lets, monotone=monotone)
    conditions = []
    for name in choices.sample(_CONDITION_NAMES, choices.pick((0, 0, 1, 2, 4))):
        conditions.append(NamedCondition(Word(name), maker.condition(2)))
        maker.named.append(name)
    rules_count = 0 if choices.often(3) else choices.between(1, choices.pick((3, 6, 6, 12, RULES_MAX)))
    rules = tuple(_rule(choices, maker, position) for position in range(min(rules_count, rules_max)))
    reasons = sorted({code.text for rule in rules for code in rule.reason_codes})
    return Policy(
        header=Header(
            Word(choices.pick(("p", "lumyn-support", "a.b", "a policy"))), Literal(choices.pick(("1", "é 2")))
        ),
        mode=Word(choices.pick(MODES)) if choices.often(70) else None,
        default=Default(
            Word(choices.pick(VERDICTS)), Word(choices.pick(("NO_MATCH_DEFAULT_ESCALATE", "NOTHING_MATCHED")))
        ),
        evidence=_declarations(choices, topics),
        redact=tuple(Word(topic.name) for topic in choices.sample(topics, choices.below(3))),
        reasons=tuple(
            ReasonDeclaration(Word(code), Literal(choices.pick(_SENTENCES)))
            for code in choices.sample(reasons, choices.below(3))
        ),
        lets=lets,
        conditions=tuple(conditions),
        rules=rules,
    )


def make_wide_policy(choices: Choices, rules_count: int) -> Policy:
    """A policy that reads more attributes than there are rules, each rule one of them or two."""
    topics = make_many_topics(choices, rules_count + 1)
    maker = _Conditions(choices, topics, (), monotone=False)
    rules = []
    for position in range(rules_count):
        maker.topics = topics[position : position + 2]
        rules.append(attrs.evolve(_rule(choices, maker, position), scope=Scope(())))
    return Policy(
        header=Header(Word("wide"), Literal("1")),
        mode=None,
        default=Default(Word("ESCALATE"), Word("NO_MATCH_DEFAULT_ESCALATE")),
        evidence=_declarations(choices, topics),
        rules=tuple(rules),
    )


def _declarations(choices: Choices, topics: list[Topic]) -> tuple[EvidenceDeclaration, ...]:
    """One declaration an attribute; those of one kind may stand together."""
    by_kind: dict[tuple[Kind, int], list[Word]] = {}
    for position, topic in enumerate(topics):
        if topic.declared:
            apart = 0 if choices.often(50) else position
            by_kind.setdefault((topic.kind, apart), []).append(Word(topic.name.removeprefix("evidence.")))
    return tuple(EvidenceDeclaration(tuple(names), kind_spec(kind)) for (kind, _), names in by_kind.items())


def kind_spec(kind: Kind) -> KindSpec:
    """The kind as an author writes it."""
    low = None if kind.low is None else Literal(kind.low)
    high = None if kind.high is None else Literal(kind.high)
    return KindSpec(kind.name, low, high, tuple(Literal(member) for member in kind.members))


def _lets(choices: Choices, topics: list[Topic]) -> tuple[Let, ...]:
    constants = [constant for topic in topics for constant in topic.constants]
    taken = {member for topic in topics for member in topic.kind.members}
    taken.update(member for kind in BUILT_IN_KINDS.values() for member in kind.members)
    names = [name for name in _LET_NAMES if name not in taken]
    chosen = choices.sample(constants, choices.pick((0, 0, 1, 3, 6)))
    return tuple(Let(Word(name), Literal(value)) for name, value in zip(names, chosen, strict=False))


class _Conditions:
    """Makes conditions about some topics."""

    def __init__(self, choices: Choices, topics: list[Topic], lets: tuple[Let, ...], *, monotone: bool) -> None:
        self.choices = choices
        self.topics = [topic for topic in topics if _operators(topic.kind)]
        self.lets = lets
        self.named: list[str] = []
        self.monotone = monotone

    def condition(self, depth: int) -> Condition:
        """A condition of at most that many levels of `and`, `or` and `not` above its predicates."""
        shape = self.choices.below(7 if self.monotone else 8) if depth else 0
        match shape:
            case 3 | 4:
                return AllOf(self._parts(depth))
            case 5 | 6:
                return AnyOf(self._parts(depth))
            case 7:
                return Negation(self.condition(depth - 1))
            case _ if self.named and self.choices.often(25):
                return ConditionName(Word(self.choices.pick(self.named)))
            case _:
                return self.predicate()

    def _parts(self, depth: int) -> tuple[Condition, ...]:
        return tuple(self.condition(depth - 1) for _ in range(self.choices.pick((2, 2, 3))))

    def predicate(self) -> Predicate:
        """A question about one of the topics."""
        topic = self.choices.pick(self.topics)
        operators = [found for found in _operators(topic.kind) if not self.monotone or found is not Operator.IS_MISSING]
        operator = self.choices.pick(operators)
        return Predicate(Word(topic.name), operator, self._operands(topic, operator))

    def _operands(self, topic: Topic, operator: Operator) -> tuple[Operand, ...]:
        exact = operator in (Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN)
        constants = [
            value for value in topic.constants if not (exact and topic.kind.name == "integer") or _whole(value)
        ]
        constants = constants or [float(_any_integer(topic.kind))]
        counts = {
            Operands.NONE: 0,
            Operands.ONE: 1,
            Operands.TWO: 2,
            Operands.MANY: self.choices.between(1, self.choices.pick((3, 3, 3, 20))),
        }
        if OPERATORS[operator].operands is Operands.TWO:
            chosen = sorted((self.choices.pick(constants), self.choices.pick(constants)))
        else:
            chosen = self.choices.sample(constants, counts[OPERATORS[operator].operands])
        return tuple(self._operand(value) for value in chosen)

    def _operand(self, value: str | float | bool) -> Operand:
        literal = Literal(value)
        names = [let.name for let in self.lets if let.value == literal]
        return self.choices.pick(names) if names and self.choices.often(60) else literal


def _operators(kind: Kind) -> list[Operator]:
    return [operator for operator, entry in OPERATORS.items() if kind.name in entry.kinds]


def _whole(value: str | float | bool) -> bool:
    return isinstance(value, float) and value.is_integer()


def _any_integer(kind: Kind) -> float:
    return next(bound for bound in (kind.low, kind.high, 0.0) if bound is not None)


def _rule(choices: Choices, maker: _Conditions, position: int) -> Rule:
    rule_id = _RULE_IDS[position] if position < len(_RULE_IDS) else f"R{position}"
    verdict = choices.pick(VERDICTS)
    requires = _requires(choices, maker, verdict) if choices.often(30) and not maker.monotone else ()
    when = None if requires and choices.often(40) else maker.condition(choices.pick((0, 0, 1, 2, 3)))
    return Rule(
        # Places of their own tell rules apart in what the checks say of them.
        rule_id=Word(rule_id, span=Span(position, position + 1)),
        stage=Word(choices.pick(STAGES[:4])),
        scope=Scope(tuple(Word(text) for text in choices.sample(ACTION_PATTERNS, choices.pick((0, 0, 1, 1, 2, 3))))),
        when=Always() if when is not None and choices.often(5) else when,
        requires=requires,
        verdict=Word(verdict),
        reason_codes=tuple(Word(code) for code in choices.sample(_REASONS, choices.pick((1, 1, 1, 2, 3)))),
        asks=_asks(choices, maker) if verdict == "QUERY" and choices.often(50) else (),
        obligations=_obligations(choices) if choices.often(30) else (),
    )


def _requires(choices: Choices, maker: _Conditions, verdict: str) -> tuple[Require, ...]:
    names = [topic.name for topic in maker.topics if topic.name != FAILURE_SIMILARITY] or ["subject.id"]
    return tuple(
        Require(
            tuple(Word(name) for name in choices.sample(names, choices.pick((1, 1, 2)))),
            Literal(choices.pick(_QUESTIONS)) if verdict == "QUERY" and choices.often(70) else None,
        )
        for _ in range(choices.pick((1, 1, 2)))
    )


def _asks(choices: Choices, maker: _Conditions) -> tuple[Ask, ...]:
    return tuple(
        Ask(Word(choices.pick(maker.topics).name), Literal(choices.pick(_QUESTIONS)))
        for _ in range(choices.between(1, 2))
    )


def _obligations(choices: Choices) -> tuple[Oblige, ...]:
    return tuple(
        Oblige(Word(choices.pick(OBLIGATION_KINDS)), Word(choices.pick(SEVERITIES)), Literal(choices.pick(_DUTIES)))
        for _ in range(choices.between(1, 2))
    )
