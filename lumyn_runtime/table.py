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
from lumyn_runtime.frozen import Shared, set_once
from lumyn_runtime.outcome import Obligation, Query
from lumyn_runtime.vocabulary import Kind, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Attribute", "Column", "Row", "Rule", "Section", "Table"]


class Attribute(Shared):
    """An attribute that some rule uses.

    name:    full name, `evidence.chargeback_risk`
    invalid: what is asked for when its value is ill-typed, said by the engine's INVALID_EVIDENCE rule
    """

    __slots__ = ("invalid", "kind", "name")

    name: str
    kind: Kind
    invalid: str

    def __init__(self, name: str, kind: Kind, invalid: str) -> None:
        set_once(self, "name", name)
        set_once(self, "kind", kind)
        set_once(self, "invalid", invalid)


class Column(Shared):
    """One question about one attribute.

    attribute: index into Table.attributes
    cuts:      of a number or integer: strictly increasing lower bounds (doubles) of every class but the first
    texts:     of a text or `one of`: the mentioned texts, sorted by code point
    prefixes:  of a text: the mentioned prefixes, sorted by code point
    member:    of a set: the member that is asked about; None asks only whether there is a set
    """

    __slots__ = ("attribute", "cuts", "member", "prefixes", "texts")

    attribute: int
    cuts: tuple[float, ...]
    texts: tuple[str, ...]
    prefixes: tuple[str, ...]
    member: str | None

    def __init__(
        self,
        attribute: int,
        cuts: tuple[float, ...] = (),
        texts: tuple[str, ...] = (),
        prefixes: tuple[str, ...] = (),
        member: str | None = None,
    ) -> None:
        set_once(self, "attribute", attribute)
        set_once(self, "cuts", cuts)
        set_once(self, "texts", texts)
        set_once(self, "prefixes", prefixes)
        set_once(self, "member", member)


class Row(Shared):
    """One conjunction of one rule.

    rule: index into Table.rules
    asks: indexes, increasing, into the rule's queries: those that this row asks
    when: (column index in the section, ((first class, last class), ...)) by increasing column; a column that the row
          does not constrain is left out, and an unconstrained row is empty
    """

    __slots__ = ("asks", "rule", "when")

    rule: int
    asks: tuple[int, ...]
    when: tuple[tuple[int, tuple[tuple[int, int], ...]], ...]

    def __init__(
        self, rule: int, asks: tuple[int, ...], when: tuple[tuple[int, tuple[tuple[int, int], ...]], ...]
    ) -> None:
        set_once(self, "rule", rule)
        set_once(self, "asks", asks)
        set_once(self, "when", when)


class Rule(Shared):
    """What a matching rule of the policy contributes to an outcome."""

    __slots__ = ("obligations", "queries", "reason_codes", "rule_id", "stage", "verdict")

    rule_id: str
    stage: str
    verdict: Verdict
    reason_codes: tuple[str, ...]
    queries: tuple[Query, ...]
    obligations: tuple[Obligation, ...]

    def __init__(
        self,
        rule_id: str,
        stage: str,
        verdict: Verdict,
        reason_codes: tuple[str, ...],
        queries: tuple[Query, ...],
        obligations: tuple[Obligation, ...],
    ) -> None:
        set_once(self, "rule_id", rule_id)
        set_once(self, "stage", stage)
        set_once(self, "verdict", verdict)
        set_once(self, "reason_codes", reason_codes)
        set_once(self, "queries", queries)
        set_once(self, "obligations", obligations)


class Section(Shared):
    """The columns and rows for some actions.

    actions: an exact action type ("support.refund"), a prefix ("support.*") or every other action ("*")
    columns: sorted by (attribute index, member or ""); every attribute that a rule of these actions uses has one
    rows:    by rule index, so in stage order and then source order; within a rule by (when, asks)
    """

    __slots__ = ("actions", "columns", "rows")

    actions: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def __init__(self, actions: str, columns: tuple[Column, ...], rows: tuple[Row, ...]) -> None:
        set_once(self, "actions", actions)
        set_once(self, "columns", columns)
        set_once(self, "rows", rows)


class Table(Shared):
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

    policy_id: str
    policy_version: str
    mode: str
    default_verdict: Verdict
    default_reason: str
    attributes: tuple[Attribute, ...]
    rules: tuple[Rule, ...]
    sections: tuple[Section, ...]
    reasons: dict[str, str]
    redact: tuple[str, ...]

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
        set_once(self, "policy_id", policy_id)
        set_once(self, "policy_version", policy_version)
        set_once(self, "mode", mode)
        set_once(self, "default_verdict", default_verdict)
        set_once(self, "default_reason", default_reason)
        set_once(self, "attributes", attributes)
        set_once(self, "rules", rules)
        set_once(self, "sections", sections)
        set_once(self, "reasons", reasons)
        set_once(self, "redact", redact)


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


def mask_bits(row_count: int, class_counts: Sequence[int]) -> int:
    """What the masks of a section take at most: one for each class, of a bit a row and a bit a column."""
    return (row_count + len(class_counts)) * sum(class_counts)
