"""Table → the body of an artifact. What is empty or absent is left out, so every table has one spelling."""

from __future__ import annotations

import math

from lumyn_runtime.canonical import write_array, write_number, write_text, write_texts
from lumyn_runtime.vocabulary import SEMANTICS_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    from lumyn_runtime.outcome import Obligation, Query
    from lumyn_runtime.table import Attribute, Column, Row, Rule, Section, Table

    Range = tuple[int, int]
    Constraint = tuple[int, tuple[Range, ...]]
    Item = TypeVar("Item")

__all__ = ["encode_table"]


def encode_table(table: Table) -> str:
    """Spell a table as canonical JSON: keys in order of their code points, no white space. Linear in the table."""
    reasons = (f"{write_text(code)}:{write_text(sentence)}" for code, sentence in sorted(table.reasons.items()))
    default = f'{{"reason":{write_text(table.default_reason)},"verdict":"{table.default_verdict}"}}'
    return (
        f'{{"attributes":{write_array(map(_attribute, table.attributes))}'
        f',"default":{default}'
        f',"mode":{write_text(table.mode)}'
        f',"policy_id":{write_text(table.policy_id)}'
        f',"policy_version":{write_text(table.policy_version)}'
        f',"reasons":{{{",".join(reasons)}}}'
        f',"redact":{write_texts(table.redact)}'
        f',"rules":{write_array(map(_rule, table.rules))}'
        f',"sections":{write_array(map(_section, table.sections))}'
        f',"semantics":{SEMANTICS_VERSION}}}'
    )


def _attribute(attribute: Attribute) -> str:
    kind = attribute.kind
    low = "" if kind.low is None else f'"from":{write_number(kind.low)},'
    high = "" if kind.high is None else f',"to":{write_number(kind.high)}'
    return (
        f'{{{low}"invalid":{write_text(attribute.invalid)},"kind":{write_text(kind.name)}'
        f'{_unless_empty("members", kind.members, write_text)},"name":{write_text(attribute.name)}{high}}}'
    )


def _rule(rule: Rule) -> str:
    return (
        f'{{"id":{write_text(rule.rule_id)}'
        f"{_unless_empty('obligations', rule.obligations, _obligation)}"
        f"{_unless_empty('queries', rule.queries, _query)}"
        f',"reasons":{write_texts(rule.reason_codes)},"stage":{write_text(rule.stage)},"verdict":"{rule.verdict}"}}'
    )


def _obligation(obligation: Obligation) -> str:
    return (
        f'{{"kind":{write_text(obligation.kind)},"severity":{write_text(obligation.severity)}'
        f',"text":{write_text(obligation.text)}}}'
    )


def _query(query: Query) -> str:
    return f'{{"field":{write_text(query.field)},"text":{write_text(query.text)}}}'


def _section(section: Section) -> str:
    return (
        f'{{"actions":{write_text(section.actions)},"columns":{write_array(map(_column, section.columns))}'
        f',"rows":{write_array(_rows(section.rows))}}}'
    )


def _column(column: Column) -> str:
    member = "" if column.member is None else f',"member":{write_text(column.member)}'
    return (
        f'{{"attribute":{column.attribute}'
        f"{_unless_empty('cuts', column.cuts, _cut)}"
        f"{member}"
        f"{_unless_empty('prefixes', column.prefixes, write_text)}"
        f"{_unless_empty('texts', column.texts, write_text)}}}"
    )


def _cut(cut: float) -> str:
    """Spell a lower bound as a person would: of "from it" and "above the double below it" the shorter, the first on a tie.

    `> 25` makes the cut 25.000000000000004, which is spelled ["above",25].
    """
    from_it = write_number(cut)
    above = write_number(math.nextafter(cut, -math.inf))
    return f'["from",{from_it}]' if len(from_it) <= len(above) else f'["above",{above}]'


def _rows(rows: Iterable[Row]) -> Iterable[str]:
    # Rows share most of their constraints, and there are very many of them.
    spelled: dict[Constraint, str] = {}
    for row in rows:
        constraints = []
        for constraint in row.when:
            text = spelled.get(constraint)
            if text is None:
                text = spelled[constraint] = _constraint(constraint)
            constraints.append(text)
        asks = f'"asks":[{",".join(map(str, row.asks))}],' if row.asks else ""
        when = f',"when":[{",".join(constraints)}]' if constraints else ""
        yield f'{{{asks}"rule":{row.rule}{when}}}'


def _constraint(constraint: Constraint) -> str:
    column, ranges = constraint
    return f"[{column}{''.join(f',[{first},{last}]' for first, last in ranges)}]"


def _unless_empty(key: str, items: tuple[Item, ...], write: Callable[[Item], str]) -> str:
    return f',"{key}":{write_array(map(write, items))}' if items else ""
