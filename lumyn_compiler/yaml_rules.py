"""Rules of policy.v0 → rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from lumyn_compiler.policy import Always, Ask, Condition, Literal, Oblige, Require, Rule, Scope, Word
from lumyn_compiler.source import Span
from lumyn_compiler.yaml_conditions import Meanings, build_condition
from lumyn_compiler.yaml_names import read_attribute
from lumyn_compiler.yaml_nodes import Mapping as MappingNode
from lumyn_compiler.yaml_nodes import Node, Scalar, Sequence
from lumyn_compiler.yaml_questions import DraftCondition, read_condition
from lumyn_compiler.yaml_scalars import scalar_value
from lumyn_compiler.yaml_shapes import (
    Fields,
    Findings,
    as_fields,
    as_items,
    as_text,
    as_word,
    as_words,
    shown,
    wrong_shape,
)

__all__ = ["DraftRule", "RequiredEvidence", "build_rule", "read_rule"]

# Action type to the attributes that its REQUIREMENTS rule requires.
RequiredEvidence = Mapping[str, tuple[Word, ...]]


@attrs.frozen
class DraftRule:
    """A rule before the kinds of its attributes are known; what could not be read of it is None or left out.

    condition: None where the rule has no `if` of any sort
    """

    rule_id: Word
    stage: Word
    scope: Scope
    condition: DraftCondition | None
    verdict: Word
    reason_codes: tuple[Word, ...]
    asks: tuple[Ask, ...]
    obligations: tuple[Oblige, ...]
    span: Span

    @property
    def follows_required_evidence(self) -> bool:
        """Whether it matches when evidence that its action requires is missing."""
        return self.stage.text == "REQUIREMENTS" and self.condition is None


def read_rule(node: Node, named: frozenset[str], findings: Findings) -> DraftRule | None:
    """One item of `rules`; None where it can't be read at all.

    named: full names of the evidence that is declared or required
    """
    rule = as_fields(
        node, "the rule", findings, required=("id", "stage", "then"), optional=("when", "if", "if_all", "if_any")
    )
    if rule is None:
        return None
    rule_id = _word(rule, "id", findings)
    stage = _word(rule, "stage", findings)
    scope = _scope(rule, findings)
    condition = read_condition(rule.get("if"), rule.get("if_all"), rule.get("if_any"), named, findings)
    then = _then(rule, findings)
    if then is None:
        return None
    verdict = _word(then, "verdict", findings)
    codes = _reason_codes(then, findings)
    asks = tuple(_asks(then, findings))
    obligations = tuple(_obligations(then, findings))
    if rule_id is None or stage is None or scope is None or verdict is None:
        return None
    return DraftRule(rule_id, stage, scope, condition, verdict, codes, asks, obligations, node.span)


def build_rule(draft: DraftRule, required: RequiredEvidence, meanings: Meanings, findings: Findings) -> Rule | None:
    """The rule that a draft stands for; None where it requires nothing that could be missing."""
    rule = Rule(
        draft.rule_id,
        draft.stage,
        draft.scope,
        _when(draft, meanings, findings),
        (),
        draft.verdict,
        draft.reason_codes,
        draft.asks,
        draft.obligations,
        span=draft.span,
    )
    if not draft.follows_required_evidence:
        return rule
    found = _requirements(draft, required, findings)
    if found is None:
        return None
    scope, attributes = found
    requires, asks = _with_questions(attributes, draft.asks)
    return attrs.evolve(rule, scope=scope, when=None, requires=requires, asks=asks)


def _word(fields: Fields, key: str, findings: Findings) -> Word | None:
    node = fields.get(key)
    return None if node is None else as_word(node, f"`{key}`", findings)


def _scope(rule: Fields, findings: Findings) -> Scope | None:
    """Which actions the rule is for: any, where it has no `when`."""
    node = rule.get("when")
    if node is None:
        return Scope((), span=rule.span)
    if isinstance(node, Scalar) and isinstance(scalar_value(node), str):
        wrong_shape(node, "`when`", "a mapping", findings, f"write `when: {{action_type: {shown(node.text)}}}`")
        return None
    when = as_fields(node, "`when`", findings, optional=("action_type", "action_type_in"))
    if when is None:
        return None
    one, several = when.get("action_type"), when.get("action_type_in")
    if one is None and several is None and isinstance(node, MappingNode) and node.entries:
        # Its keys are unknown, which was said. That the rule has no scope then must not look like a way out.
        return None
    if (one is None) == (several is None):
        both = one is not None
        findings.add(
            "L110",
            "`when` has both `action_type` and `action_type_in`" if both else "`when` names no type of action",
            when.span,
            "put all of them into `action_type_in`" if both else "leave `when` out if the rule is for any action",
        )
        return None
    patterns: tuple[Word, ...] | None
    if one is not None:
        word = as_word(one, "`action_type`", findings)
        patterns = None if word is None else (word,)
    else:
        assert several is not None, "exactly one of them is there"
        patterns = as_words(several, "`action_type_in`", findings)
        if isinstance(several, Sequence) and not several.items:
            findings.add("L110", "`action_type_in` lists nothing", several.span, "list at least one type of action")
    if not patterns:
        return None
    for pattern in patterns:
        if "*" in pattern.text:
            findings.add(
                "L209",
                f"`{shown(pattern.text)}` is not the type of one action",
                pattern.span,
                "policy.v0 names every type in full; rules for a prefix can be written in .lumyn",
            )
    return Scope(patterns, span=node.span)


def _then(rule: Fields, findings: Findings) -> Fields | None:
    node = rule.get("then")
    if node is None:
        return None
    optional = ("reason_codes", "queries", "obligations")
    return as_fields(node, "`then`", findings, required=("verdict",), optional=optional)


def _reason_codes(then: Fields, findings: Findings) -> tuple[Word, ...]:
    node = then.get("reason_codes")
    return () if node is None else as_words(node, "`reason_codes`", findings) or ()


def _asks(then: Fields, findings: Findings) -> Iterator[Ask]:
    node = then.get("queries")
    for item in (as_items(node, "`queries`", findings) or ()) if node is not None else ():
        query = as_fields(item, "a query", findings, required=("field", "text"))
        field = _word(query, "field", findings) if query is not None else None
        text = _text(query, "text", findings) if query is not None else None
        attribute = read_attribute(field.text, field.span, findings) if field is not None else None
        if attribute is not None and text is not None:
            yield Ask(attribute, text, span=item.span)


def _obligations(then: Fields, findings: Findings) -> Iterator[Oblige]:
    node = then.get("obligations")
    for item in (as_items(node, "`obligations`", findings) or ()) if node is not None else ():
        fields = as_fields(item, "an obligation", findings, required=("kind", "severity", "text"))
        if fields is None:
            continue
        kind, severity = _word(fields, "kind", findings), _word(fields, "severity", findings)
        text = _text(fields, "text", findings)
        if kind is not None and severity is not None and text is not None:
            yield Oblige(kind, severity, text, span=item.span)


def _text(fields: Fields, key: str, findings: Findings) -> Literal | None:
    node = fields.get(key)
    return None if node is None else as_text(node, f"`{key}`", findings)


def _when(draft: DraftRule, meanings: Meanings, findings: Findings) -> Condition:
    if draft.condition is None or not draft.condition.questions:
        return Always(span=draft.rule_id.span)
    return build_condition(draft.condition, meanings, findings)


def _requirements(
    draft: DraftRule, required: RequiredEvidence, findings: Findings
) -> tuple[Scope, tuple[Word, ...]] | None:
    """The actions whose evidence a rule requires, and that evidence, which has to be the same for all of them."""
    actions = draft.scope.patterns or tuple(Word(action, span=draft.rule_id.span) for action in required)
    lacking = [action for action in actions if action.text not in required]
    for action in lacking:
        findings.add(
            "L405",
            f"rule `{shown(draft.rule_id.text)}` requires nothing of `{shown(action.text)}`, so it could never match",
            action.span,
            f"list its keys under `required_evidence: {{{shown(action.text)}: […]}}`, or give the rule a condition",
        )
    if not actions:
        findings.add(
            "L405",
            f"rule `{shown(draft.rule_id.text)}` requires nothing, because there is no `required_evidence`",
            draft.rule_id.span,
            "add `required_evidence`, or give the rule a condition",
        )
    if lacking or not actions:
        return None
    attributes = required[actions[0].text]
    names = {word.text for word in attributes}
    for action in actions:
        if {word.text for word in required[action.text]} != names:
            findings.add(
                "L405",
                f"rule `{shown(draft.rule_id.text)}` requires one thing of "
                f"`{shown(actions[0].text)}` and another of `{shown(action.text)}`",
                action.span,
                "a rule has one list of required evidence; write a rule for each type of action",
            )
            return None
    return Scope(actions, span=draft.scope.span), attributes


def _with_questions(attributes: tuple[Word, ...], asks: tuple[Ask, ...]) -> tuple[tuple[Require, ...], tuple[Ask, ...]]:
    """Requirements with the questions about them, and the questions about anything else."""
    requires: list[Require] = []
    texts: dict[str, list[Literal]] = {}
    for ask in asks:
        texts.setdefault(ask.attribute.text, []).append(ask.text)
    for word in attributes:
        own = texts.get(word.text, [])
        requires += [Require((word,), text, span=word.span) for text in own]
        if not own:
            requires.append(Require((word,), span=word.span))
    names = {word.text for word in attributes}
    return tuple(requires), tuple(ask for ask in asks if ask.attribute.text not in names)
