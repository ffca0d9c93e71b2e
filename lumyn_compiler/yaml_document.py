"""Policy → the lines of a policy.v0 document, each with where its statement was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

import attrs

from lumyn_compiler.layout import COLUMNS_MAX
from lumyn_compiler.policy import (
    AllOf,
    Always,
    AnyOf,
    Claim,
    Condition,
    ConditionName,
    Let,
    NamedCondition,
    Negation,
    Oblige,
    Operand,
    Policy,
    Predicate,
    Rule,
    Word,
)
from lumyn_compiler.source import NOWHERE, Span
from lumyn_compiler.spell import spell_condition, spell_kind, spell_literal, spell_patterns
from lumyn_compiler.yaml_lowering import Entry, Ifs, Lowering
from lumyn_compiler.yaml_questions import ALWAYS
from lumyn_compiler.yaml_requirements import Asked, RequirementPlans
from lumyn_compiler.yaml_source import SCHEMA_VERSION
from lumyn_compiler.yaml_spelling import spell_flow_list, spell_quoted, spell_yaml_word

__all__ = ["Line", "make_document"]


@attrs.frozen
class Line:
    """A line of the document.

    span:  where its statement was written; NOWHERE for a line that has none
    apart: whether a blank line stands above it
    """

    text: str
    span: Span = NOWHERE
    apart: bool = False


def make_document(policy: Policy, lowering: Lowering) -> list[Line]:
    """The document; the lowering is told what can't be said.

    policy: one that the checks found no error in
    """
    for test in policy.tests:
        lowering.refuse("tests", test.name.span, "keep the .lumyn file for them")
    plans = RequirementPlans(lowering)
    rules = [line for rule in policy.rules for line in _rule(rule, plans, lowering)]
    thresholds = [_threshold(let) for let in policy.lets if isinstance(let.value.value, float)]
    required = [
        _pair(1, action, spell_flow_list(map(spell_yaml_word, keys))) for action, keys in plans.required.items()
    ]
    sections = [
        [*_header(policy)],
        _section("defaults", _defaults(policy)),
        _section("thresholds", thresholds),
        _section("required_evidence", [Line(text) for text in required]),
        _section("rules", rules) if rules else [Line("rules: []", apart=True)],
        _section("extensions", _extensions(policy)),
    ]
    return [line for section in sections for line in section]


def _section(name: str, lines: list[Line]) -> list[Line]:
    # What stands right beneath the key has no blank line above it.
    return [Line(f"{name}:", apart=True), attrs.evolve(lines[0], apart=False), *lines[1:]] if lines else []


def _pair(level: int, key: str, value: str) -> str:
    return f"{'  ' * level}{spell_yaml_word(key)}: {value}"


def _header(policy: Policy) -> Iterator[Line]:
    start = 0 if policy.header is None else policy.header.span.start
    # What stands above the policy stands above the document.
    yield Line(f"schema_version: {SCHEMA_VERSION}", Span(start, start + 1))
    if policy.header is not None:
        name, version = policy.header.policy_id, policy.header.version
        yield Line(_pair(0, "policy_id", spell_yaml_word(name.text)), name.span)
        yield Line(_pair(0, "policy_version", spell_quoted(str(version.value))), version.span)


def _defaults(policy: Policy) -> list[Line]:
    lines = []
    if policy.mode is not None:
        lines.append(Line(_pair(1, "mode", spell_yaml_word(policy.mode.text)), policy.mode.span))
    if policy.default is not None:
        verdict, code = policy.default.verdict, policy.default.reason_code
        lines.append(Line(_pair(1, "default_verdict", spell_yaml_word(verdict.text)), verdict.span))
        lines.append(Line(_pair(1, "default_reason_code", spell_yaml_word(code.text)), code.span))
    return lines


def _threshold(let: Let) -> Line:
    return Line(_pair(1, let.name.text, spell_literal(let.value)), let.name.span.through(let.value.span))


def _rule(rule: Rule, plans: RequirementPlans, lowering: Lowering) -> Iterator[Line]:
    lowering.begin(rule)
    plan = plans.plan(rule)
    yield Line(f"  - id: {spell_yaml_word(rule.rule_id.text)}", rule.rule_id.span.through(rule.scope.span), apart=True)
    yield Line(_pair(2, "stage", spell_yaml_word(rule.stage.text)))
    yield from _when(rule, lowering)
    span = NOWHERE if rule.when is None else rule.when.span
    ifs = [*_ifs(lowering.ifs(*plan.conditions))]
    if not ifs and not rule.requires:
        ifs = [f"    if: {ALWAYS}"]
    for position, text in enumerate(ifs):
        yield Line(text, NOWHERE if position else span)
    yield from _then(rule, plan.queries)


def _when(rule: Rule, lowering: Lowering) -> Iterator[Line]:
    patterns = [pattern.text for pattern in rule.scope.patterns]
    for pattern in rule.scope.patterns:
        if pattern.text.endswith(".*"):
            lowering.refuse(f"the prefix `{pattern.text}`", pattern.span, "name the types of action one by one")
    if len(patterns) == 1:
        yield Line(f"    when: {{action_type: {spell_yaml_word(patterns[0])}}}")
    elif patterns:
        yield from _list("    when: {action_type_in: ", patterns, "}", ["    when:", "      action_type_in:"])


def _list(start: str, items: Iterable[str], end: str, block: list[str]) -> Iterator[Line]:
    """A list of words in brackets if it fits on the line, else one item a line."""
    words = [*map(spell_yaml_word, items)]
    flat = f"{start}{spell_flow_list(words)}{end}"
    if len(flat) <= COLUMNS_MAX:
        yield Line(flat)
        return
    indent = " " * (len(block[-1]) - len(block[-1].lstrip()) + 2)
    yield from map(Line, block)
    yield from (Line(f"{indent}- {word}") for word in words)


def _ifs(ifs: Ifs) -> Iterator[str]:
    """`if` where every key is asked once, else `if_all`; and `if_any`."""
    keys = [key for key, _ in ifs.every]
    if len(set(keys)) == len(keys):
        yield from _mapping("    if: ", ifs.every, ["    if:"], "      ")
    else:
        yield "    if_all:"
        yield from (f"      - {_spelled(entry)}" for entry in ifs.every)
    if ifs.alternatives:
        yield "    if_any:"
    for alternative in ifs.alternatives:
        first, *rest = map(_spelled, alternative) if alternative else ("{}",)
        flat = f"      - {{{', '.join([first, *rest])}}}"
        if rest and len(flat) <= COLUMNS_MAX:
            yield flat
        else:
            yield f"      - {first}"
            yield from (f"        {entry}" for entry in rest)


def _mapping(start: str, entries: Iterable[Entry], block: list[str], indent: str) -> Iterator[str]:
    spelled = [*map(_spelled, entries)]
    flat = f"{start}{{{', '.join(spelled)}}}"
    if len(spelled) == 1 and len(flat) <= COLUMNS_MAX:
        yield flat
    elif spelled:
        yield from block
        yield from (indent + entry for entry in spelled)


def _spelled(entry: Entry) -> str:
    return f"{entry[0]}: {entry[1]}"


def _then(rule: Rule, queries: Iterable[Asked]) -> Iterator[Line]:
    verdict = spell_yaml_word(rule.verdict.text)
    codes = [code.text for code in rule.reason_codes]
    span = rule.verdict.span.through(rule.reason_codes[-1].span) if rule.reason_codes else rule.verdict.span
    flat = f"    then: {{verdict: {verdict}, reason_codes: {spell_flow_list(map(spell_yaml_word, codes))}}}"
    asked, obligations = [*map(_query, queries)], [*map(_obligation, rule.obligations)]
    if not asked and not obligations and len(flat) <= COLUMNS_MAX:
        yield Line(flat, span)
        return
    yield Line("    then:")
    yield Line(f"      verdict: {verdict}", span)
    yield from _list("      reason_codes: ", codes, "", ["      reason_codes:"])
    yield from [Line("      queries:"), *asked] if asked else []
    yield from [Line("      obligations:"), *obligations] if obligations else []


def _query(query: Asked) -> Line:
    field = spell_yaml_word(query.attribute)
    return Line(f"        - {{field: {field}, text: {spell_quoted(query.text)}}}", query.span)


def _obligation(oblige: Oblige) -> Line:
    kind, severity = spell_yaml_word(oblige.kind.text), spell_yaml_word(oblige.severity.text)
    text = spell_quoted(str(oblige.text.value))
    return Line(f"        - {{kind: {kind}, severity: {severity}, text: {text}}}", oblige.span)


def _extensions(policy: Policy) -> list[Line]:
    lines: list[Line] = []
    evidence = [
        Line(_pair(3, word.text, _kind_text(spell_kind(declaration.kind))), word.span)
        for declaration in policy.evidence
        for word in declaration.names
    ]
    reasons = [
        Line(_pair(3, reason.code.text, spell_quoted(str(reason.text.value))), reason.span) for reason in policy.reasons
    ]
    claims = [Line(f"      - {spell_quoted(_claim(claim, policy))}", claim.span) for claim in policy.claims]
    for name, part in (("evidence", evidence), ("reasons", reasons)):
        lines += [Line(f"    {name}:"), *part] if part else []
    if policy.redact:
        span = policy.redact[0].span.through(policy.redact[-1].span)
        listed = [*_list("    redact: ", [word.text for word in policy.redact], "", ["    redact:"])]
        lines += [attrs.evolve(listed[0], span=span), *listed[1:]]
    lines += [Line("    claims:"), *claims] if claims else []
    return [Line("  lumyn:"), *lines] if lines else []


def _kind_text(kind: str) -> str:
    """A kind, plain if it can be: it may hold colons, brackets and quotes."""
    return kind if all(part.isalnum() for part in kind.replace(".", "").split()) else spell_quoted(kind)


def _claim(claim: Claim, policy: Policy) -> str:
    """A claim in one line, with everything written out that the document does not declare."""
    lets = {let.name.text: let for let in policy.lets if not isinstance(let.value.value, float)}
    conditions = {named.name.text: named for named in policy.conditions}
    start = f"{claim.form.value} {claim.verdict.text} for {', '.join(spell_patterns(claim.scope))}"
    if claim.when is None:
        return start
    return f"{start} when {spell_condition(_written_out(claim.when, lets, conditions))}"


def _written_out(condition: Condition, lets: Mapping[str, Let], conditions: Mapping[str, NamedCondition]) -> Condition:
    def recur(part: Condition) -> Condition:
        return _written_out(part, lets, conditions)

    def constant(operand: Operand) -> Operand:
        return lets[operand.text].value if isinstance(operand, Word) and operand.text in lets else operand

    match condition:
        case Always():
            return condition
        case ConditionName(name=name):
            return recur(conditions[name.text].condition)
        case Negation(part=part):
            return Negation(recur(part))
        case AllOf(parts=parts):
            return AllOf(tuple(map(recur, parts)))
        case AnyOf(parts=parts):
            return AnyOf(tuple(map(recur, parts)))
        case Predicate():
            return attrs.evolve(condition, operands=tuple(map(constant, condition.operands)))
        case _:
            assert_never(condition)
