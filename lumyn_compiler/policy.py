"""A policy as its author wrote it: the typed tree that both spellings become. Names are not yet resolved.

Nodes are frozen. Where a node was written (`span`) and how a number was spelled play no part in equality.
"""

from __future__ import annotations

from enum import StrEnum

import attrs

from lumyn_compiler.operators import Operator
from lumyn_compiler.source import Span, node_span

__all__ = [
    "AllOf",
    "Always",
    "Amount",
    "AnyOf",
    "Ask",
    "Claim",
    "ClaimForm",
    "Comment",
    "Condition",
    "ConditionName",
    "ConstantValue",
    "Default",
    "EvidenceDeclaration",
    "Given",
    "Header",
    "KindSpec",
    "Let",
    "Literal",
    "NamedCondition",
    "Negation",
    "Oblige",
    "Operand",
    "Policy",
    "PolicyTest",
    "Predicate",
    "ReasonDeclaration",
    "Require",
    "Rule",
    "Scope",
    "Waiver",
    "Word",
]


@attrs.frozen
class Word:
    """A name: of an attribute, rule, verdict, member, constant. Quoted parts stand in it without their quotes."""

    text: str
    span: Span = node_span()


ConstantValue = str | float | bool


def _typed(value: ConstantValue) -> tuple[type, ConstantValue]:
    # Python holds True == 1.0.
    return (type(value), value)


@attrs.frozen
class Literal:
    """A constant. Numbers are doubles, `-0` is 0; `spelling` is how a number was written, None elsewhere."""

    value: ConstantValue = attrs.field(eq=_typed)
    spelling: str | None = attrs.field(default=None, eq=False, repr=False, kw_only=True)
    span: Span = node_span()


# A bare word is a member of a `one of`, or the name of a `let`.
Operand = Literal | Word


@attrs.frozen
class Always:
    """The condition that every request meets."""

    span: Span = node_span()


@attrs.frozen
class AllOf:
    """`and`: two parts or more."""

    parts: tuple[Condition, ...]
    span: Span = node_span()


@attrs.frozen
class AnyOf:
    """`or`: two parts or more."""

    parts: tuple[Condition, ...]
    span: Span = node_span()


@attrs.frozen
class Negation:
    """`not`."""

    part: Condition
    span: Span = node_span()


@attrs.frozen
class ConditionName:
    """Use of a named condition."""

    name: Word
    span: Span = node_span()


@attrs.frozen
class Predicate:
    """One question about one attribute."""

    attribute: Word
    operator: Operator
    operands: tuple[Operand, ...]
    span: Span = node_span()


Condition = Always | AllOf | AnyOf | Negation | ConditionName | Predicate


@attrs.frozen
class Header:
    """`policy ID version "V"`."""

    policy_id: Word
    version: Literal
    span: Span = node_span()


@attrs.frozen
class Default:
    """What is answered when no rule matches."""

    verdict: Word
    reason_code: Word
    span: Span = node_span()


@attrs.frozen
class KindSpec:
    """A kind as written: `number from 0 to 1`, `one of (low, high)`, `set of text`.

    name: "text", "number", "integer", "boolean", "one of", "set of text", "scalar", or what the author wrote instead
    word: where the name stands, without a range or members
    """

    name: str
    low: Literal | None = None
    high: Literal | None = None
    members: tuple[Operand, ...] = ()
    span: Span = node_span()
    word: Span = node_span()


@attrs.frozen
class EvidenceDeclaration:
    """`evidence a, b : kind`; names are written without `evidence.`."""

    names: tuple[Word, ...]
    kind: KindSpec
    span: Span = node_span()


@attrs.frozen
class ReasonDeclaration:
    """`reason CODE "sentence"`."""

    code: Word
    text: Literal
    span: Span = node_span()


@attrs.frozen
class Let:
    """`let name = constant`."""

    name: Word
    value: Literal
    span: Span = node_span()


@attrs.frozen
class NamedCondition:
    """`condition name = …`."""

    name: Word
    condition: Condition
    span: Span = node_span()


@attrs.frozen
class Scope:
    """Which actions a rule or claim is for.

    patterns: exact action types and prefixes ending in `.*`; empty means any action
    """

    patterns: tuple[Word, ...]
    span: Span = node_span()


@attrs.frozen
class Require:
    """`require a, b ask "…"`; without a question the engine's own is asked."""

    attributes: tuple[Word, ...]
    ask: Literal | None = None
    span: Span = node_span()


@attrs.frozen
class Ask:
    """`ask about attribute "…"`."""

    attribute: Word
    text: Literal
    span: Span = node_span()


@attrs.frozen
class Oblige:
    """`oblige KIND severity S "…"`."""

    kind: Word
    severity: Word
    text: Literal
    span: Span = node_span()


@attrs.frozen
class Rule:
    """A rule; `when` is None where it was left out. `stage` is the name of the stage whose block it stands in."""

    rule_id: Word
    stage: Word
    scope: Scope
    when: Condition | None
    requires: tuple[Require, ...]
    verdict: Word
    reason_codes: tuple[Word, ...]
    asks: tuple[Ask, ...] = ()
    obligations: tuple[Oblige, ...] = ()
    span: Span = node_span()

    @property
    def questions(self) -> tuple[Literal, ...]:
        """The texts of everything that it asks, as written."""
        required = [require.ask for require in self.requires if require.ask is not None]
        return (*required, *(ask.text for ask in self.asks))


class ClaimForm(StrEnum):
    """What a claim says of every request in its scope."""

    NEVER = "never"
    ALWAYS = "always"
    AT_LEAST = "always at least"


@attrs.frozen
class Claim:
    """A sentence about every possible request."""

    form: ClaimForm
    verdict: Word
    scope: Scope
    when: Condition | None
    span: Span = node_span()


@attrs.frozen
class Given:
    """A value that a test's request has: of evidence (named without `evidence.`) or of a built-in attribute."""

    name: Word
    value: Operand | tuple[Operand, ...]
    span: Span = node_span()


@attrs.frozen
class Amount:
    """`amount 12.00 USD`."""

    value: Literal
    currency: Word
    span: Span = node_span()


@attrs.frozen
class PolicyTest:
    """`test "…"`; reason_codes is empty where the test does not mention any."""

    name: Literal
    action_type: Word | None
    amount: Amount | None
    evidence: tuple[Given, ...]
    attributes: tuple[Given, ...]
    verdict: Word
    reason_codes: tuple[Word, ...]
    span: Span = node_span()


@attrs.frozen
class Waiver:
    """`# allow(W104): reason`: warnings of that code about the statement in `covers` are meant.

    reason: empty where the author gave none, which is a warning of its own
    """

    code: str
    reason: str
    covers: Span = attrs.field(eq=False)
    span: Span = node_span()


@attrs.frozen
class Comment:
    """A comment with its `#`, without white space at its end."""

    text: str
    span: Span = node_span()


def _in_any_order(waivers: tuple[Waiver, ...]) -> tuple[tuple[str, str], ...]:
    # They stand all over a source, in an order that says nothing.
    return tuple(sorted((waiver.code, waiver.reason) for waiver in waivers))


@attrs.frozen
class Policy:
    """Everything a source says, each sort of statement in the order in which it was written.

    header, mode, default: None where the statement is missing
    rules:    of all stages, in source order; each names its stage
    waivers:  in source order, which plays no part in equality
    comments: kept for the formatter; no part of equality
    """

    header: Header | None
    mode: Word | None
    default: Default | None
    evidence: tuple[EvidenceDeclaration, ...] = ()
    redact: tuple[Word, ...] = ()
    reasons: tuple[ReasonDeclaration, ...] = ()
    lets: tuple[Let, ...] = ()
    conditions: tuple[NamedCondition, ...] = ()
    rules: tuple[Rule, ...] = ()
    claims: tuple[Claim, ...] = ()
    tests: tuple[PolicyTest, ...] = ()
    waivers: tuple[Waiver, ...] = attrs.field(default=(), eq=_in_any_order)
    comments: tuple[Comment, ...] = attrs.field(default=(), eq=False, repr=False)
    span: Span = node_span()


attrs.resolve_types(AllOf, globals(), locals())
attrs.resolve_types(AnyOf, globals(), locals())
attrs.resolve_types(Negation, globals(), locals())
