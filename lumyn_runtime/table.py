"""What an artifact holds, as plain data: sections of columns and rows, and the rules that rows lead to.

A *section* serves one action type, one prefix of action types, or every other action. A *column* is one question about
one attribute; its values fall into *classes*, numbered from 0:

    number, integer    the half-open intervals that `cuts` leave: class i holds cuts[i-1] <= value < cuts[i]
    text, one of       each of `texts` (sorted), then each of `prefixes` (sorted; the longest that fits counts), then
                       anything else (not for a `one of` whose members are all in `texts`)
    boolean            false, true
    scalar             any value
    set of text        any set; with `member`, a column of its own: the set lacks it, the set has it

and then, but for `risk.failure_similarity` and columns with `member` (where a set that is missing or ill-typed lacks
every member): *missing*, *ill-typed*. A *row* is one conjunction of one rule: for each column that it constrains, the
classes that it lets through, as sorted, disjoint, non-adjacent ranges, both ends included.
"""

from __future__ import annotations

from lumyn_runtime.builtin import FAILURE_SIMILARITY
from lumyn_runtime.outcome import Obligation, Query
from lumyn_runtime.vocabulary import Kind, Verdict

__all__ = ["Attribute", "Column", "Row", "Rule", "Section", "Table"]


class Attribute:
    """An attribute that some rule uses.

    name:    full name, `evidence.chargeback_risk`
    invalid: what is asked for when its value is ill-typed, said by the engine's INVALID_EVIDENCE rule
    """

    __slots__ = ("invalid", "kind", "name")

    def __init__(self, name: str, kind: Kind, invalid: str) -> None:
        self.name = name
        self.kind = kind
        self.invalid = invalid


class Column:
    """One question about one attribute.

    attribute: index into Table.attributes
    cuts:      of a number or integer: strictly increasing lower bounds (doubles) of every class but the first
    texts:     of a text or `one of`: the mentioned texts, sorted by code point
    prefixes:  of a text: the mentioned prefixes, sorted by code point
    member:    of a set: the member that is asked about; None asks only whether there is a set
    """

    __slots__ = ("attribute", "cuts", "member", "prefixes", "texts")

    def __init__(
        self,
        attribute: int,
        cuts: tuple[float, ...] = (),
        texts: tuple[str, ...] = (),
        prefixes: tuple[str, ...] = (),
        member: str | None = None,
    ) -> None:
        self.attribute = attribute
        self.cuts = cuts
        self.texts = texts
        self.prefixes = prefixes
        self.member = member


class Row:
    """One conjunction of one rule.

    rule: index into Table.rules
    asks: indexes, increasing, into the rule's queries: those that this row asks
    when: (column index in the section, ((first class, last class), ...)) by increasing column; a column that the row
          does not constrain is left out, and an unconstrained row is empty
    """

    __slots__ = ("asks", "rule", "when")

    def __init__(
        self, rule: int, asks: tuple[int, ...], when: tuple[tuple[int, tuple[tuple[int, int], ...]], ...]
    ) -> None:
        self.rule = rule
        self.asks = asks
        self.when = when


class Rule:
    """What a matching rule of the policy contributes to an outcome."""

    __slots__ = ("obligations", "queries", "reason_codes", "rule_id", "stage", "verdict")

    def __init__(
        self,
        rule_id: str,
        stage: str,
        verdict: Verdict,
        reason_codes: tuple[str, ...],
        queries: tuple[Query, ...],
        obligations: tuple[Obligation, ...],
    ) -> None:
        self.rule_id = rule_id
        self.stage = stage
        self.verdict = verdict
        self.reason_codes = reason_codes
        self.queries = queries
        self.obligations = obligations


class Section:
    """The columns and rows for some actions.

    actions: an exact action type ("support.refund"), a prefix ("support.*") or every other action ("*")
    columns: sorted by (attribute index, member or ""); every attribute that a rule of these actions uses has one
    rows:    by rule index, so in stage order and then source order; within a rule by (when, asks)
    """

    __slots__ = ("actions", "columns", "rows")

    def __init__(self, actions: str, columns: tuple[Column, ...], rows: tuple[Row, ...]) -> None:
        self.actions = actions
        self.columns = columns
        self.rows = rows


class Table:
    """A whole policy, frozen.

    attributes: sorted by name
    rules:      in stage order, then source order
    sections:   sorted by `actions`; the one for "*" is always there
    reasons:    sentence of every reason code in use that has one, the engine's own included
    redact:     attributes that the policy declares `redact`, sorted
    """

    __slots__ = (
        "attributes",
        "default_reason",
        "default_verdict",
        "mode",
        "policy_id",
        "policy_version",
        "reasons",
        "redact",
        "rules",
        "sections",
    )

    def __init__(
        self,
        policy_id: str,
        policy_version: str,
        mode: str,
        default_verdict: Verdict,
        default_reason: str,
        attributes: tuple[Attribute, ...],
        rules: tuple[Rule, ...],
        sections: tuple[Section, ...],
        reasons: dict[str, str],
        redact: tuple[str, ...],
    ) -> None:
        self.policy_id = policy_id
        self.policy_version = policy_version
        self.mode = mode
        self.default_verdict = default_verdict
        self.default_reason = default_reason
        self.attributes = attributes
        self.rules = rules
        self.sections = sections
        self.reasons = reasons
        self.redact = redact


def value_class_count(column: Column, attribute: Attribute) -> int:
    """Number of classes that well-typed values of a column fall into."""
    kind = attribute.kind.name
    if column.member is not None or kind == "boolean":
        return 2
    if kind in ("number", "integer"):
        return len(column.cuts) + 1
    if kind == "one of":
        return len(column.texts) + (len(column.texts) < len(attribute.kind.members))
    if kind == "text":
        return len(column.texts) + len(column.prefixes) + 1
    return 1


def has_absence_classes(column: Column, attribute: Attribute) -> bool:
    """Whether *missing* and *ill-typed* follow the value classes of a column."""
    return column.member is None and attribute.name != FAILURE_SIMILARITY


def class_count(column: Column, attribute: Attribute) -> int:
    """Number of classes of a column, *missing* and *ill-typed* included."""
    return value_class_count(column, attribute) + (2 if has_absence_classes(column, attribute) else 0)
