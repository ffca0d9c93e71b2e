"""policy.yml text → Policy: the document from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import attrs

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.names import leaves
from lumyn_compiler.policy import (
    Claim,
    Default,
    EvidenceDeclaration,
    Header,
    Let,
    Literal,
    Policy,
    Predicate,
    Rule,
    Word,
)
from lumyn_compiler.source import Source, Span
from lumyn_compiler.suggest import is_nearly
from lumyn_compiler.yaml_comments import read_comments
from lumyn_compiler.yaml_conditions import Meanings, kind_names
from lumyn_compiler.yaml_extensions import read_extensions
from lumyn_compiler.yaml_kinds import Use, infer_declarations, uses_of_predicate, uses_of_question, uses_of_requirement
from lumyn_compiler.yaml_names import EVIDENCE, is_writable, read_evidence_key, unknown_attribute
from lumyn_compiler.yaml_nodes import read_nodes
from lumyn_compiler.yaml_numbers import as_number
from lumyn_compiler.yaml_operators import half_operators
from lumyn_compiler.yaml_questions import ALWAYS
from lumyn_compiler.yaml_rules import DraftRule, RequiredEvidence, build_rule, read_rule
from lumyn_compiler.yaml_shapes import (
    Fields,
    Findings,
    as_entries,
    as_fields,
    as_items,
    as_text,
    as_word,
    as_words,
    shown,
)

__all__ = ["SCHEMA_VERSION", "build_policy_from_yaml"]

SCHEMA_VERSION = "policy.v0"


def build_policy_from_yaml(source: Source) -> tuple[Policy, list[Diagnostic]]:
    """The policy that a policy.v0 document says, and what is wrong with the document.

    returns: with errors, the policy has what could be read
    cost:    linear in the source
    """
    root, refused = read_nodes(source)
    findings = Findings(refused)
    if root is None:
        if not refused:
            findings.add("L111", "the document is empty", Span(0, 0), f"begin with `schema_version: {SCHEMA_VERSION}`")
        return Policy(None, None, None), findings.diagnostics
    top = as_fields(
        root,
        "the policy",
        findings,
        required=("schema_version", "policy_id", "policy_version", "defaults", "rules"),
        optional=("thresholds", "required_evidence", "extensions"),
    )
    if top is None:
        return Policy(None, None, None), findings.diagnostics
    policy = _policy(source, top, findings)
    comments, waivers = read_comments(source, root)
    return attrs.evolve(policy, comments=comments, waivers=waivers, span=root.span), findings.diagnostics


def _policy(source: Source, top: Fields, findings: Findings) -> Policy:
    _check_schema_version(top, findings)
    header = _header(top, findings)
    mode, default = _defaults(top, findings)
    thresholds = {let.name.text: let for let in _thresholds(top, findings)}
    required = dict(_required_evidence(top, findings))
    said = read_extensions(source, top.get("extensions"), findings)
    named = _named(said.evidence, required)
    drafts = list(_drafts(top, named, findings))
    uses = _uses(drafts, required, said.claims)
    inferred = infer_declarations(uses, said.evidence, thresholds, findings)
    evidence = (*said.evidence, *inferred)
    names = frozenset(EVIDENCE + word.text for declaration in inferred for word in declaration.names)
    meanings = Meanings(kind_names(evidence), names, thresholds)
    questions = [question for draft in drafts if draft.condition for question in draft.condition.questions]
    half_operators([(question.attribute, question.operator) for question in questions], named, findings)
    rules: list[Rule | None] = []
    if _is_tellable(drafts, required, findings):
        rules += [build_rule(draft, required, meanings, findings) for draft in drafts]
    if not findings.diagnostics:
        _check_attributes(drafts, said.redact, meanings, findings)
    if not findings.diagnostics:
        _warn_of_unused(required, drafts, findings)
        _warn_of_no_condition(drafts, findings)
        _warn_of_near_names([question.attribute for question in questions], named, findings)
    return Policy(
        header=header,
        mode=mode,
        default=default,
        evidence=evidence,
        redact=said.redact,
        reasons=said.reasons,
        lets=tuple(thresholds.values()),
        rules=tuple(rule for rule in rules if rule is not None),
        claims=said.claims,
    )


def _named(declared: Iterable[EvidenceDeclaration], required: RequiredEvidence) -> frozenset[str]:
    """Full names of the evidence that is not only asked about."""
    names = {EVIDENCE + word.text for declaration in declared for word in declaration.names}
    return frozenset(names | {word.text for words in required.values() for word in words})


def _check_schema_version(top: Fields, findings: Findings) -> None:
    node = top.get("schema_version")
    word = None if node is None else as_word(node, "`schema_version`", findings)
    if word is not None and word.text != SCHEMA_VERSION:
        findings.add(
            "L207",
            f"unknown schema version `{shown(word.text)}`",
            word.span,
            f"this is how `{SCHEMA_VERSION}` is read, and there is no other",
            suggestion=Suggestion(word.span, SCHEMA_VERSION),
        )


def _header(top: Fields, findings: Findings) -> Header | None:
    policy_id, version = top.get("policy_id"), top.get("policy_version")
    word = None if policy_id is None else as_word(policy_id, "`policy_id`", findings)
    text = None if version is None else as_text(version, "`policy_version`", findings)
    return None if word is None or text is None else Header(word, text, span=word.span)


def _defaults(top: Fields, findings: Findings) -> tuple[Word | None, Default | None]:
    node = top.get("defaults")
    if node is None:
        return None, None
    required = ("default_verdict", "default_reason_code")
    defaults = as_fields(node, "`defaults`", findings, required=required, optional=("mode",))
    if defaults is None:
        return None, None
    words = {key: as_word(entry.value, f"`{key}`", findings) for key, entry in defaults.entries.items()}
    verdict, code = words.get("default_verdict"), words.get("default_reason_code")
    default = None if verdict is None or code is None else Default(verdict, code, span=verdict.span)
    return words.get("mode"), default


def _thresholds(top: Fields, findings: Findings) -> Iterator[Let]:
    node = top.get("thresholds")
    for entry in as_entries(node, "`thresholds`", findings) if node is not None else ():
        name = entry.key.text
        value = as_number(entry.value, f"threshold `{shown(name)}`", findings)
        if not is_writable(name):
            findings.add(
                "L209", f"a threshold can't be called `{shown(name)}`", entry.key.span, "use a word: `max_usd`"
            )
        # With a wrong number it is a threshold all the same, so that its uses are not wrong too.
        yield Let(Word(name, span=entry.key.span), value or Literal(0.0, span=entry.value.span), span=entry.span)


def _required_evidence(top: Fields, findings: Findings) -> Iterator[tuple[str, tuple[Word, ...]]]:
    node = top.get("required_evidence")
    for entry in as_entries(node, "`required_evidence`", findings) if node is not None else ():
        action = entry.key.text
        keys = as_words(entry.value, f"`required_evidence` of `{shown(action)}`", findings)
        if keys == ():
            findings.add(
                "L405",
                f"nothing is required of `{shown(action)}`",
                entry.value.span,
                "list keys of the evidence, or leave the action out",
            )
        attributes = [read_evidence_key(key, findings) for key in keys or ()]
        yield action, tuple(attribute for attribute in attributes if attribute is not None)


def _drafts(top: Fields, named: frozenset[str], findings: Findings) -> Iterator[DraftRule]:
    node = top.get("rules")
    for item in (as_items(node, "`rules`", findings) or ()) if node is not None else ():
        if findings.full:
            return
        draft = read_rule(item, named, findings)
        if draft is not None:
            yield draft


def _uses(drafts: Sequence[DraftRule], required: RequiredEvidence, claims: Iterable[Claim]) -> Iterator[Use]:
    """Every use of an attribute: required, tested by a rule, or tested by a claim."""
    for action in _enforced(drafts, required):
        yield from map(uses_of_requirement, required[action])
    for draft in drafts:
        for question in draft.condition.questions if draft.condition is not None else ():
            yield from uses_of_question(question)
    for claim in claims:
        for leaf in leaves(claim.when) if claim.when is not None else ():
            if isinstance(leaf, Predicate):
                yield from uses_of_predicate(leaf)


def _enforced(drafts: Iterable[DraftRule], required: RequiredEvidence) -> list[str]:
    """The actions whose required evidence some rule asks for, in the order of the document."""
    following = [draft.scope.patterns for draft in drafts if draft.follows_required_evidence]
    if () in following:
        return list(required)
    named = {pattern.text for patterns in following for pattern in patterns}
    return [action for action in required if action in named]


def _is_tellable(drafts: Iterable[DraftRule], required: RequiredEvidence, findings: Findings) -> bool:
    """Whether the requirements can be written out: few words can ask for all evidence of all actions, many times."""
    everything = sum(1 + len(keys) for keys in required.values())
    count = 0
    for draft in drafts:
        if draft.follows_required_evidence:
            named = draft.scope.patterns
            count += sum(1 + len(required.get(word.text, ())) for word in named) if named else everything
        if count > _REQUIREMENTS_MAX:
            findings.add(
                "L004",
                f"up to rule `{shown(draft.rule_id.text)}`, evidence is required in more than {_REQUIREMENTS_MAX:,} places",
                draft.rule_id.span,
                "rules without a condition require all evidence of their actions; name fewer actions in each",
            )
            return False
    return True


# Several times what 10,000 rules of a hand-written policy come to.
_REQUIREMENTS_MAX = 200_000


def _check_attributes(
    drafts: Iterable[DraftRule], redact: Iterable[Word], meanings: Meanings, findings: Findings
) -> None:
    """Neither a question nor a redaction is a use, so what they speak of has to be used or declared elsewhere."""
    asked = [ask.attribute for draft in drafts for ask in draft.asks]
    for word in (*asked, *redact):
        if word.text not in meanings.kinds and not findings.full:
            unknown_attribute(word, meanings.kinds, findings)


def _warn_of_unused(required: RequiredEvidence, drafts: Sequence[DraftRule], findings: Findings) -> None:
    enforced = frozenset(_enforced(drafts, required))
    for action, attributes in required.items():
        if action not in enforced:
            findings.add(
                "W107",
                f"no rule asks for the required evidence of `{shown(action)}`",
                attributes[0].span,
                "add a rule for it in stage REQUIREMENTS without an `if`, or remove it",
            )


def _warn_of_no_condition(drafts: Iterable[DraftRule], findings: Findings) -> None:
    for draft in drafts:
        if draft.condition is None and not draft.follows_required_evidence:
            findings.add(
                "W114",
                f"rule `{shown(draft.rule_id.text)}` has no `if`, so it always matches",
                draft.rule_id.span,
                f"write `if: {ALWAYS}` where that is meant",
            )


def _warn_of_near_names(asked: Iterable[Word], named: frozenset[str], findings: Findings) -> None:
    """Evidence that one question alone speaks of, and that is spelled nearly like what others speak of."""
    words: dict[str, list[Word]] = {}
    for word in asked:
        if word.text.startswith(EVIDENCE):
            words.setdefault(word.text, []).append(word)
    usual = sorted(named | {name for name, places in words.items() if len(places) > 1})
    if len(words) > _NAMES_COMPARED_MAX or len(usual) > _NAMES_COMPARED_MAX:
        return
    for name, places in words.items():
        if len(places) > 1 or name in named:
            continue
        near = next(
            (other for other in usual if is_nearly(name.removeprefix(EVIDENCE), other.removeprefix(EVIDENCE))), None
        )
        if near is not None:
            findings.add(
                "W115",
                f"only this asks about `{shown(name)}`, which is spelled nearly like `{shown(near)}`",
                places[0].span,
                f"did you mean `{shown(near)}`?",
            )


# Each is compared with each.
_NAMES_COMPARED_MAX = 300
