"""Warnings about how rules and declarations are used."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from lumyn_compiler.checked import CheckedCondition, CheckedPolicy, CheckedRule, Scope
from lumyn_compiler.columns import Columns, ColumnSpec, tests_of
from lumyn_compiler.diagnostic import Diagnostic, Label
from lumyn_compiler.names import Names, conditions_of, leaves
from lumyn_compiler.operators import Operator
from lumyn_compiler.policy import ConditionName, Policy, Predicate, Word
from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS
from lumyn_runtime.vocabulary import Verdict, spell_number, spell_text

__all__ = [
    "open_text_blocks",
    "revealing_redactions",
    "same_conditions",
    "silent_queries",
    "trust_by_default",
    "unused_names",
    "unusual_verdicts",
]

_USUAL = {"REQUIREMENTS": "QUERY", "HARD_BLOCKS": "ABSTAIN", "ESCALATIONS": "ESCALATE", "TRUST_PATHS": "TRUST"}


def open_text_blocks(policy: Policy, names: Names, checked: CheckedPolicy) -> Iterator[Diagnostic]:
    """Hard blocks that list spellings of open text."""
    del policy, names
    for rule in checked.rules:
        if rule.stage != "HARD_BLOCKS":
            continue
        for test in tests_of(rule.condition):
            if checked.kinds[test.attribute].name == "text" and test.operator in (Operator.EQ, Operator.IN):
                declared = test.attribute.startswith("evidence.")
                mend = "declare it as a `one of (…)`" if declared else "trust only what is known to be good"
                yield Diagnostic(
                    "W101",
                    f"hard block `{rule.rule_id}` tests the open text `{test.attribute}`",
                    rule.span,
                    help=f"an unforeseen spelling walks past it; {mend}",
                    labels=(Label(test.span, "tested here"),),
                )


def same_conditions(policy: Policy, names: Names, checked: CheckedPolicy) -> Iterator[Diagnostic]:
    """Rules that match exactly when another one does."""
    del policy, names
    first: dict[tuple[Scope, CheckedCondition, frozenset[str]], CheckedRule] = {}
    for rule in checked.rules:
        required = frozenset(requirement.attribute for requirement in rule.requirements)
        other = first.setdefault((rule.scope, rule.condition, required), rule)
        if other is not rule:
            yield Diagnostic(
                "W103",
                f"rule `{rule.rule_id}` has the same condition as `{other.rule_id}`",
                rule.span,
                help="both always match together; make them one rule",
                labels=(Label(other.span, "the other one"),),
            )


def unusual_verdicts(policy: Policy, names: Names, checked: CheckedPolicy) -> Iterator[Diagnostic]:
    """Rules whose verdict is not the one that their stage is for."""
    del names, checked
    for rule in policy.rules:
        usual = _USUAL[rule.stage.text]
        if rule.verdict.text != usual:
            yield Diagnostic(
                "W105",
                f"verdict {rule.verdict.text} is unusual in stage {rule.stage.text}",
                rule.verdict.span,
                help=f"rules of this stage say {usual}; the stage orders reasons, it does not change what wins",
            )


def unused_names(policy: Policy, names: Names, checked: CheckedPolicy) -> Iterator[Diagnostic]:
    """Declarations that nothing refers to."""
    del checked
    attributes, words, conditions, codes = _uses(policy)
    if AMOUNT_USD in attributes:
        attributes.update(AMOUNT_USD_INPUTS)
    unused = [("evidence", word) for name, (word, _) in names.declared.items() if name not in attributes]
    unused += [("constant", let.name) for name, let in names.lets.items() if name not in words]
    unused += [("condition", named.name) for name, named in names.conditions.items() if name not in conditions]
    unused += [("reason", reason.code) for reason in policy.reasons if reason.code.text not in codes]
    for sort, word in unused:
        yield Diagnostic("W107", f"{sort} `{word.text}` is never used", word.span, help="remove it")


def _uses(policy: Policy) -> tuple[set[str], set[str], set[str], set[str]]:
    """Attributes, bare words in the place of constants, named conditions and reason codes that occur."""
    attributes = {word.text for word in policy.redact}
    words: set[str] = set()
    conditions: set[str] = set()
    for condition in conditions_of(policy):
        for leaf in leaves(condition):
            match leaf:
                case Predicate(attribute=attribute, operands=operands):
                    attributes.add(attribute.text)
                    words.update(operand.text for operand in operands if isinstance(operand, Word))
                case ConditionName(name=name):
                    conditions.add(name.text)
    codes = {policy.default.reason_code.text} if policy.default is not None else set()
    for rule in policy.rules:
        attributes.update(word.text for require in rule.requires for word in require.attributes)
        attributes.update(ask.attribute.text for ask in rule.asks)
        codes.update(code.text for code in rule.reason_codes)
    for test in policy.tests:
        attributes.update(f"evidence.{given.name.text}" for given in test.evidence)
        for given in (*test.evidence, *test.attributes):
            values = given.value if isinstance(given.value, tuple) else (given.value,)
            words.update(value.text for value in values if isinstance(value, Word))
    return attributes, words, conditions, codes


def revealing_redactions(policy: Policy, names: Names, checked: CheckedPolicy) -> Iterator[Diagnostic]:
    """Redacted attributes that have a class with a single value in it: a record keeps the class."""
    del names
    columns = Columns(checked.rules, checked.kinds)
    for word in policy.redact:
        specs = [spec for spec in columns.specs.values() if spec.attribute == word.text]
        single = next((single for spec in specs for single in _single_values(spec)), None)
        if single is not None:
            yield Diagnostic(
                "W108",
                f"`{word.text}` is redacted, but a record keeps its class, and {single}",
                word.span,
                help="ask about ranges or prefixes of it, or only whether it is present",
            )


def _single_values(spec: ColumnSpec) -> Iterator[str]:
    if spec.kind.name == "boolean":
        yield "true and false are classes of their own"
    if spec.member is not None:
        yield f"{spell_text(spec.member)} is one of its own"
    if spec.texts:
        yield f"{spell_text(spec.texts[0])} is one of its own"
    for low, high in pairwise(spec.cuts):
        if high == (low + 1 if spec.kind.name == "integer" else math.nextafter(low, math.inf)):
            yield f"{spell_number(low)} is one of its own"


def trust_by_default(policy: Policy, names: Names, checked: CheckedPolicy) -> Iterator[Diagnostic]:
    """A default of `TRUST`: whatever no rule foresees goes through."""
    del names
    if checked.default_verdict is Verdict.TRUST:
        assert policy.default is not None, "a checked policy has a default"
        yield Diagnostic(
            "W109",
            "whatever no rule foresees is trusted",
            policy.default.verdict.span,
            help="make the default ESCALATE or ABSTAIN, and trust by rules",
        )


def silent_queries(policy: Policy, names: Names, checked: CheckedPolicy) -> Iterator[Diagnostic]:
    """Rules whose verdict is `QUERY` and that ask nothing."""
    del policy, names
    for rule in checked.rules:
        if rule.verdict is Verdict.QUERY and not rule.requirements and not rule.asks:
            yield Diagnostic(
                "W110",
                f"rule `{rule.rule_id}` says QUERY and asks nothing",
                rule.span,
                help='say what is needed: `ask about evidence.… "…"`',
            )
