"""A policy read from YAML, arranged as people would have written it in `.lumyn`; the meaning stays."""

from __future__ import annotations

from bisect import bisect_left

import attrs

from lumyn_compiler.operators import Operator
from lumyn_compiler.policy import (
    AllOf,
    Always,
    Comment,
    Condition,
    EvidenceDeclaration,
    Header,
    Policy,
    Predicate,
    Require,
    Rule,
    Word,
)
from lumyn_compiler.source import NOWHERE, Span

__all__ = ["as_by_hand"]


def as_by_hand(policy: Policy) -> Policy:
    """Evidence of one kind in one declaration, and what a rule asks for when it is missing as a requirement.

    Places stay those in the YAML text. What was not written there has none, so that comments go by what was.
    """
    rules = tuple(_rule(rule) for rule in policy.rules)
    return attrs.evolve(
        policy, header=_header(policy), evidence=_grouped(policy), rules=rules, comments=_comments(policy)
    )


def _header(policy: Policy) -> Header | None:
    """The header, which begins where the document does."""
    if policy.header is None:
        return None
    name = policy.header.policy_id
    return attrs.evolve(policy.header, policy_id=attrs.evolve(name, span=Span(policy.span.start, name.span.end)))


def _grouped(policy: Policy) -> tuple[EvidenceDeclaration, ...]:
    """One declaration a kind, in the order in which the kinds first occur."""
    groups: dict[object, list[EvidenceDeclaration]] = {}
    for declaration in policy.evidence:
        groups.setdefault(declaration.kind, []).append(declaration)
    return tuple(_merged(group) for group in groups.values())


def _merged(group: list[EvidenceDeclaration]) -> EvidenceDeclaration:
    """A declaration that stands where the first of its names was declared."""
    declared = [one for one in group if one.span.contains(one.kind.span) and one.span != one.kind.span]
    place = declared[0].span if declared else NOWHERE
    names = tuple(Word(word.text, span=place) for one in group for word in one.names)
    return EvidenceDeclaration(names, attrs.evolve(group[0].kind, span=place), span=place)


def _rule(rule: Rule) -> Rule:
    head = attrs.evolve(rule.scope, span=rule.rule_id.span)
    when = Always() if isinstance(rule.when, Always) else rule.when
    return _with_requirement(attrs.evolve(rule, scope=head, when=when))


def _with_requirement(rule: Rule) -> Rule:
    """`when A is missing …` with a question about A first is `require A`, whose row and questions are the same."""
    if rule.verdict.text != "QUERY" or rule.requires or not rule.asks:
        return rule
    asked = rule.asks[0].attribute
    parts = rule.when.parts if isinstance(rule.when, AllOf) else (rule.when,)
    missing = [part for part in parts if _is_missing(part)]
    if len(missing) != 1 or not isinstance(missing[0], Predicate) or missing[0].attribute != asked:
        return rule
    own = [ask for ask in rule.asks if ask.attribute == asked]
    if own != list(rule.asks[: len(own)]):
        return rule
    rest = [part for part in parts if part is not missing[0] and part is not None]
    when: Condition | None = rest[0] if rest else None
    if len(rest) > 1:
        when = AllOf(tuple(rest), span=rest[0].span.through(rest[-1].span))
    requires = tuple(Require((ask.attribute,), ask.text, span=ask.span) for ask in own)
    return attrs.evolve(rule, when=when, requires=requires, asks=rule.asks[len(own) :])


def _is_missing(part: Condition | None) -> bool:
    return isinstance(part, Predicate) and part.operator is Operator.IS_MISSING


def _comments(policy: Policy) -> tuple[Comment, ...]:
    """Waivers of a rule are moved to its id, because not all of its lines in YAML are lines of it in `.lumyn`."""
    rules = {rule.span: rule for rule in policy.rules}
    waiving = {waiver.span.start: rules[waiver.covers] for waiver in policy.waivers if waiver.covers in rules}
    starts = sorted(waiving)
    comments = []
    for comment in policy.comments:
        at = bisect_left(starts, comment.span.start)
        if at < len(starts) and starts[at] < comment.span.end:
            end = waiving[starts[at]].rule_id.span.end
            comments.append(attrs.evolve(comment, span=Span(end, end)))
        else:
            comments.append(comment)
    return tuple(comments)
