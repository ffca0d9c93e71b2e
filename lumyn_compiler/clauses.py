"""Policy → clauses: every statement as lines in canonical spelling, with where it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from itertools import groupby
from typing import Protocol

import attrs

from lumyn_compiler.layout import COLUMNS_MAX, lay_out_condition, lay_out_list
from lumyn_compiler.policy import (
    Claim,
    ClaimForm,
    EvidenceDeclaration,
    Given,
    Let,
    NamedCondition,
    Policy,
    PolicyTest,
    ReasonDeclaration,
    Require,
    Rule,
    Word,
)
from lumyn_compiler.source import NOWHERE, Source, Span
from lumyn_compiler.spell import (
    spell_action,
    spell_bare,
    spell_condition,
    spell_given_name,
    spell_kind,
    spell_literal,
    spell_name,
    spell_operand,
    spell_patterns,
)

__all__ = ["Clause", "Gap", "make_clauses"]


class Gap(Enum):
    """Whether a blank line stands above a clause: never, always, or if there is one in the source."""

    NEVER = auto()
    ALWAYS = auto()
    KEPT = auto()


@attrs.frozen
class Clause:
    """Lines that stay together, and where they were written.

    lines: with their indentation
    tail:  the rest of the only line, if it is to be aligned with its neighbours' tails
    run:   which neighbours; only those of the same run align with each other
    """

    span: Span
    lines: tuple[str, ...]
    gap: Gap = Gap.NEVER
    tail: str = ""
    run: str = ""


def make_clauses(policy: Policy, source: Source | None) -> Iterator[Clause]:
    """Every clause in the order in which it is written; a blank line parts each sort of statement from the one before."""
    sections: list[Iterable[Clause]] = [
        _head(policy),
        [*map(_evidence, policy.evidence), *_redactions(policy.redact, source)],
        [_reason(reason) for reason in policy.reasons],
        [_let(let) for let in policy.lets],
        _spaced([_named_condition(named) for named in policy.conditions]),
        _stages(policy.rules),
        _spaced([_claim(claim) for claim in policy.claims]),
        *map(_test, policy.tests),
    ]
    for section in sections:
        for position, clause in enumerate(section):
            yield clause if position else attrs.evolve(clause, gap=Gap.ALWAYS)


def _spaced(clauses: Sequence[Clause]) -> Iterator[Clause]:
    """Statements of several lines have blank lines around them."""
    before = 1
    for clause in clauses:
        count = len(clause.lines)
        yield attrs.evolve(clause, gap=Gap.ALWAYS) if count > 1 or before > 1 else clause
        before = count


def _head(policy: Policy) -> Iterator[Clause]:
    if policy.header is not None:
        name, version = policy.header.policy_id, policy.header.version
        yield Clause(_over(name, version), (f"policy {spell_name(name)} version {spell_literal(version)}",))
    if policy.mode is not None:
        yield Clause(policy.mode.span, (f"mode {spell_bare(policy.mode)}",))
    if policy.default is not None:
        verdict, code = policy.default.verdict, policy.default.reason_code
        yield Clause(_over(verdict, code), (f"default {spell_bare(verdict)} because {spell_bare(code)}",))


def _evidence(declaration: EvidenceDeclaration) -> Clause:
    names = [*map(spell_name, declaration.names)]
    span = _over(*declaration.names, declaration.kind)
    kind = spell_kind(declaration.kind)
    if len(names) == 1 and len(f"evidence {names[0]} : {kind}") <= COLUMNS_MAX:
        return _row(span, f"evidence {names[0]}", f": {kind}", "evidence", Gap.KEPT)
    indent = len("evidence ")
    lines = lay_out_list("evidence ", names, f" : {kind}", indent)
    if len(lines[-1]) > COLUMNS_MAX and declaration.kind.members:
        *lines, last = lay_out_list("evidence ", names, " : one of (", indent)
        lines += lay_out_list(last, [*map(spell_operand, declaration.kind.members)], ")", indent)
    return Clause(span, tuple(lines), Gap.KEPT)


def _redactions(words: Sequence[Word], source: Source | None) -> Iterator[Clause]:
    """One statement for all, or as many as there are in the source: the tree does not say where one ends."""
    statements: list[list[Word]] = []
    for word in words:
        if not statements or (source is not None and _begins_statement(statements[-1][-1], word, source)):
            statements.append([])
        statements[-1].append(word)
    for statement in statements:
        lines = lay_out_list("redact ", [*map(spell_name, statement)], "", len("redact "))
        yield Clause(_over(*statement), tuple(lines), Gap.KEPT)


def _begins_statement(previous: Word, word: Word, source: Source) -> bool:
    between = source.text[previous.span.end : word.span.start]
    return not any(line.lstrip().startswith(",") for line in between.split("\n"))


def _reason(reason: ReasonDeclaration) -> Clause:
    span = _over(reason.code, reason.text)
    return _row(span, f"reason {spell_bare(reason.code)}", spell_literal(reason.text), "reason", Gap.KEPT)


def _let(let: Let) -> Clause:
    span = _over(let.name, let.value)
    return _row(span, f"let {spell_bare(let.name)}", f"= {spell_literal(let.value)}", "let", Gap.KEPT)


def _named_condition(named: NamedCondition) -> Clause:
    start = f"condition {spell_bare(named.name)} ="
    flat = f"{start} {spell_condition(named.condition)}"
    lines = [flat] if len(flat) <= COLUMNS_MAX else [start, *lay_out_condition("  ", named.condition, "", 2)]
    return Clause(_over(named.name, named.condition), tuple(lines), Gap.KEPT)


def _stages(rules: Sequence[Rule]) -> Iterator[Clause]:
    """Rules in their order; neighbours of one stage stand under one header."""
    for _, neighbours in groupby(rules, key=lambda rule: rule.stage.text):
        members = [*neighbours]
        stage = members[0].stage
        yield Clause(stage.span, (f"stage {spell_bare(stage)}",), Gap.ALWAYS)
        for position, rule in enumerate(members):
            head, *rest = _rule(rule)
            yield attrs.evolve(head, gap=Gap.ALWAYS) if position else head
            yield from rest


def _rule(rule: Rule) -> Iterator[Clause]:
    start = f"  rule {spell_name(rule.rule_id)} for "
    yield Clause(
        _over(rule.rule_id, rule.scope), tuple(lay_out_list(start, spell_patterns(rule.scope), "", len(start)))
    )
    if rule.when is not None:
        yield Clause(rule.when.span, tuple(lay_out_condition("    when ", rule.when, "", 6)))
    yield from map(_require, rule.requires)
    yield _effect("    else" if rule.requires else "    then", rule.verdict, rule.reason_codes)
    for ask in rule.asks:
        line = f"    ask about {spell_bare(ask.attribute)} {spell_literal(ask.text)}"
        yield Clause(_over(ask.attribute, ask.text), (line,))
    for oblige in rule.obligations:
        kind, severity = spell_bare(oblige.kind), spell_bare(oblige.severity)
        line = f"    oblige {kind} severity {severity} {spell_literal(oblige.text)}"
        yield Clause(_over(oblige.kind, oblige.text), (line,))


def _require(require: Require) -> Clause:
    names = [*map(spell_name, require.attributes)]
    lines = lay_out_list("    require ", names, "", len("    require "))
    if require.ask is None:
        return Clause(_over(*require.attributes), tuple(lines))
    span = _over(*require.attributes, require.ask)
    ask = f"ask {spell_literal(require.ask)}"
    if len(names) == 1:
        return _row(span, lines[0], ask, "require")
    if len(lines) == 1 and len(f"{lines[0]} {ask}") <= COLUMNS_MAX:
        return Clause(span, (f"{lines[0]} {ask}",))
    return Clause(span, (*lines, f"      {ask}"))


def _effect(start: str, verdict: Word, codes: Sequence[Word]) -> Clause:
    start = f"{start} {spell_bare(verdict)}"
    if not codes:
        return Clause(verdict.span, (start,))
    start = f"{start} because "
    return Clause(_over(verdict, *codes), tuple(lay_out_list(start, [*map(spell_name, codes)], "", len(start))))


def _claim(claim: Claim) -> Clause:
    start = f"{claim.form.value} {_claimed(claim)} for "
    lines = lay_out_list(start, spell_patterns(claim.scope), "", len(start))
    if claim.when is None:
        return Clause(_over(claim.verdict, claim.scope), tuple(lines), Gap.KEPT)
    flat = f"{lines[-1]} when {spell_condition(claim.when)}"
    if len(lines) == 1 and len(flat) <= COLUMNS_MAX:
        lines = [flat]
    else:
        lines += lay_out_condition("  when ", claim.when, "", 4)
    return Clause(_over(claim.verdict, claim.scope, claim.when), tuple(lines), Gap.KEPT)


def _claimed(claim: Claim) -> str:
    return spell_bare(claim.verdict, "at") if claim.form is ClaimForm.ALWAYS else spell_bare(claim.verdict)


def _test(test: PolicyTest) -> Iterator[Clause]:
    yield Clause(test.name.span, (f"test {spell_literal(test.name)}",))
    if test.action_type is not None:
        line = f"  given request {spell_action(test.action_type)}"
        span = test.action_type.span
        if test.amount is not None:
            line += f" amount {spell_literal(test.amount.value)} {spell_bare(test.amount.currency)}"
            span = _over(test.action_type, test.amount.currency)
        yield Clause(span, (line,))
    if test.evidence:
        start = "  given evidence "
        values = [f"{spell_name(given.name)} {_given_value(given)}" for given in test.evidence]
        yield Clause(_over(*test.evidence), tuple(lay_out_list(start, values, "", len(start))))
    for given in test.attributes:
        yield Clause(given.span, (f"  given {spell_given_name(given.name)} {_given_value(given)}",))
    yield _effect("  expect", test.verdict, test.reason_codes)


def _given_value(given: Given) -> str:
    if isinstance(given.value, tuple):
        return f"({', '.join(map(spell_operand, given.value))})"
    return spell_operand(given.value)


class _Node(Protocol):
    @property
    def span(self) -> Span: ...


def _over(*nodes: _Node) -> Span:
    """The stretch of the source that some nodes cover together; those that stand nowhere do not count."""
    spans = [node.span for node in nodes if node.span != NOWHERE] or [NOWHERE]
    return Span(min(span.start for span in spans), max(span.end for span in spans))


# Longer heads of lines have no tails beneath each other.
_HEAD_MAX = 48


def _row(span: Span, head: str, tail: str, run: str, gap: Gap = Gap.NEVER) -> Clause:
    """A clause on one line whose tail is aligned, unless its head is too long for that."""
    if len(head) > _HEAD_MAX:
        return Clause(span, (f"{head} {tail}",), gap)
    return Clause(span, (head,), gap, tail, run)
