"""What a policy declares, by name; the first declaration of a name counts."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from lumyn_compiler.policy import (
    AllOf,
    AnyOf,
    Condition,
    ConditionName,
    ConstantValue,
    EvidenceDeclaration,
    KindSpec,
    Let,
    Literal,
    NamedCondition,
    Negation,
    Operand,
    Policy,
    Predicate,
    Word,
)
from lumyn_runtime.builtin import BUILT_IN_KINDS
from lumyn_runtime.vocabulary import MAGNITUDE_MAX, Kind

__all__ = [
    "KINDS_ELSEWHERE",
    "KIND_NAMES",
    "Names",
    "collect_names",
    "conditions_of",
    "kind_of",
    "leaves",
    "operand_value",
]

KIND_NAMES = ("text", "number", "integer", "boolean", "one of", "set of text", "scalar")

# What other languages call a kind, where that is plain.
KINDS_ELSEWHERE = {
    **dict.fromkeys(("string", "str", "varchar", "date", "datetime", "timestamp", "uuid"), "text"),
    **dict.fromkeys(("int", "long", "int32", "int64", "count"), "integer"),
    **dict.fromkeys(("float", "double", "decimal", "numeric", "real", "money"), "number"),
    **dict.fromkeys(("bool", "flag", "logical"), "boolean"),
    **dict.fromkeys(("list", "array", "set", "tags", "strings", "texts"), "set of text"),
    **dict.fromkeys(("any", "anything", "value"), "scalar"),
}


@attrs.frozen
class Names:
    """Everything that a condition, a rule or a test may refer to.

    kinds:    kind of every attribute by full name, built in or declared
    declared: where each evidence attribute was declared, by full name
    """

    kinds: dict[str, Kind]
    declared: dict[str, tuple[Word, EvidenceDeclaration]]
    lets: dict[str, Let]
    conditions: dict[str, NamedCondition]

    def is_of_known_kind(self, attribute: str) -> bool:
        """Whether what is asked of an attribute can be judged: it is one, and not of a kind that there is not."""
        if attribute in self.declared:
            return self.declared[attribute][1].kind.name in KIND_NAMES
        return attribute in self.kinds


def collect_names(policy: Policy) -> Names:
    """Gather declarations; of a kind that makes no sense as much is kept as does, since its error is found elsewhere."""
    kinds = dict(BUILT_IN_KINDS)
    declared: dict[str, tuple[Word, EvidenceDeclaration]] = {}
    for declaration in policy.evidence:
        for word in declaration.names:
            name = f"evidence.{word.text}"
            if name not in declared:
                declared[name] = (word, declaration)
                kinds[name] = kind_of(declaration.kind, BUILT_IN_KINDS.get(name))
    lets: dict[str, Let] = {}
    for let in policy.lets:
        lets.setdefault(let.name.text, let)
    conditions: dict[str, NamedCondition] = {}
    for named in policy.conditions:
        conditions.setdefault(named.name.text, named)
    return Names(kinds, declared, lets, conditions)


def kind_of(spec: KindSpec, built_in: Kind | None) -> Kind:
    """The kind that a specification names; a bound left out is the built-in attribute's own."""
    low = spec.low.value if spec.low is not None else None
    high = spec.high.value if spec.high is not None else None
    if built_in is not None:
        low = built_in.low if low is None else low
        high = built_in.high if high is None else high
    if spec.name == "one of":
        members = [m.text if isinstance(m, Word) else m.value for m in spec.members]
        return Kind("one of", members=tuple(dict.fromkeys(m for m in members if isinstance(m, str))))
    if spec.name in ("number", "integer"):
        return Kind(spec.name, low=_bound(low), high=_bound(high))
    return Kind(spec.name if spec.name in KIND_NAMES else "scalar")


def _bound(value: ConstantValue | None) -> float | None:
    # A bound at the largest magnitude says nothing, and is left out so that it is spelled in one way.
    if not isinstance(value, float) or abs(value) >= MAGNITUDE_MAX:
        return None
    return value


def operand_value(operand: Operand, kind: Kind, names: Names) -> ConstantValue | None:
    """The constant that an operand stands for beside an attribute of that kind; None for an unknown word."""
    match operand:
        case Literal(value=value):
            return value
        case Word(text=text):
            if text in kind.members:
                return text
            let = names.lets.get(text)
            return None if let is None else let.value.value


def conditions_of(policy: Policy) -> Iterator[Condition]:
    """Every condition of a policy: of rules, of named conditions, of claims."""
    for rule in policy.rules:
        if rule.when is not None:
            yield rule.when
    for named in policy.conditions:
        yield named.condition
    for claim in policy.claims:
        if claim.when is not None:
            yield claim.when


def leaves(condition: Condition) -> Iterator[Predicate | ConditionName]:
    """Predicates and uses of named conditions, from left to right, without looking into the latter."""
    rest: list[Condition] = [condition]
    while rest:
        node = rest.pop()
        match node:
            case AllOf(parts=parts) | AnyOf(parts=parts):
                rest.extend(reversed(parts))
            case Negation(part=part):
                rest.append(part)
            case Predicate() | ConditionName():
                yield node
            case _:
                pass
