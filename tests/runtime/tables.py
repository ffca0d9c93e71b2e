"""Hypothesis strategies for valid tables and for requests aimed at them, and what a table says, found row by row.

The tables are not those that a compiler would make: any attributes, columns and rows that the artifact's format allows.
"""

from __future__ import annotations

import math
import string
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
from hypothesis import strategies as st

from lumyn_runtime.attributes import ILL_TYPED, MISSING, action_type_of, read_values
from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS, BUILT_IN_KINDS, FAILURE_SIMILARITY, request_path
from lumyn_runtime.outcome import MatchedRule, Obligation, Outcome, Query
from lumyn_runtime.table import Attribute, Column, Row, Rule, Section, Table, class_count
from lumyn_runtime.vocabulary import (
    BLANK,
    DEFAULT_RULE_ID,
    INVALID_EVIDENCE,
    INVALID_REQUEST_SCHEMA,
    MODES,
    OBLIGATION_KINDS,
    RULE_STAGES,
    SEVERITIES,
    VERDICTS,
    Kind,
    Verdict,
)

__all__ = [
    "TableCase",
    "dollar_cases",
    "naive_class",
    "naive_outcome",
    "naive_section",
    "requests_for",
    "table_cases",
    "tables",
]

_NUMBERS = (-1.5, 0.0, 5e-324, 0.1, 0.35, 0.7, 1.0, 2.0, 2.000000000000001, 25.0, 25.5, 200.0, 1e6, 2.0**53)
_TEXTS = ("USD", "EUR", "a", "ab", "abc", " a", "é", "😀", "\ue000", 'q"\\', "\x00", "high", "low", "x" * 30)
_EVIDENCE_NAMES = (
    "evidence.risk",
    "evidence.card",
    "evidence.card.risk",
    "evidence.card.owner.name",
    "evidence.fx_rate_to_usd",
    "evidence.a b",
    "evidence.é",
    "evidence.get",
    "evidence.__class__",
)
_ACTIONS = ("a", "a.b", "a.b.c", "support.refund", "é.x", "*", "a.*", "a.b.*", "support.*", "s.*", ".x", "..*")
_REASONS = ("A", "B_1", "OVER_LIMIT")
_ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
_SENTENCES = st.sampled_from(("Why?", "", "é\n", "\x7f\u2028"))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Any table that the artifact's format allows, small."""
    names = draw(st.lists(st.sampled_from((*BUILT_IN_KINDS, *_EVIDENCE_NAMES)), unique=True, max_size=8))
    if AMOUNT_USD in names:
        names += [name for name in AMOUNT_USD_INPUTS if name not in names]
    attributes = tuple(Attribute(name, draw(_kinds(name)), f"{name} must be better.") for name in sorted(names))
    rules = _in_stage_order(draw(st.lists(_rules(), max_size=6)))
    actions = {"*", *draw(st.lists(st.sampled_from(_ACTIONS), max_size=4))}
    return Table(
        policy_id=draw(st.sampled_from(("p", "é"))),
        policy_version="1",
        mode=draw(st.sampled_from(MODES)),
        default_verdict=draw(st.sampled_from(VERDICTS)),
        default_reason=draw(st.sampled_from((*_REASONS, "NO_MATCH_DEFAULT_ESCALATE"))),
        attributes=attributes,
        rules=rules,
        sections=tuple(draw(_sections(name, attributes, rules)) for name in sorted(actions)),
        reasons=draw(st.dictionaries(st.sampled_from(_REASONS), _ANY_TEXT)),
        redact=tuple(sorted(draw(st.sets(st.sampled_from(_EVIDENCE_NAMES), max_size=2)))),
    )


@st.composite
def _kinds(draw: st.DrawFn, name: str) -> Kind:
    if name == "evidence.fx_rate_to_usd":
        return draw(st.sampled_from((BUILT_IN_KINDS[name], Kind("number", 0.5, 2.0), Kind("integer", 1.0, 3.0))))
    if name in BUILT_IN_KINDS:
        return BUILT_IN_KINDS[name]
    bounds = st.sampled_from(_NUMBERS[:-1])
    low, high = sorted((draw(bounds), draw(bounds)))
    any_low, any_high = draw(st.sampled_from((None, low))), draw(st.sampled_from((None, high)))
    members = tuple(draw(st.lists(st.sampled_from(_TEXTS), unique=True, min_size=1, max_size=8)))
    plain = [Kind(name) for name in ("text", "boolean", "set of text", "scalar")]
    ordered = [Kind(name, any_low, any_high) for name in ("number", "integer")]
    return draw(st.sampled_from([*plain, *ordered, Kind("one of", members=members)]))


@st.composite
def _rules(draw: st.DrawFn) -> Rule:
    verdict = draw(st.sampled_from(VERDICTS))
    queries = st.lists(
        st.builds(Query, st.sampled_from(("evidence.risk", "subject.id", "evidence.é")), _SENTENCES),
        max_size=3,
        unique=True,
    )
    obligations = st.builds(
        Obligation, st.sampled_from(OBLIGATION_KINDS), st.sampled_from(SEVERITIES), st.sampled_from(("do", ""))
    )
    return Rule(
        draw(st.text(string.ascii_letters, min_size=1, max_size=6).filter(lambda text: text != DEFAULT_RULE_ID)),
        draw(st.sampled_from(RULE_STAGES)),
        verdict,
        tuple(draw(st.lists(st.sampled_from(_REASONS), min_size=1, max_size=2, unique=True))),
        tuple(draw(queries)) if verdict is Verdict.QUERY else (),
        tuple(draw(st.lists(obligations, max_size=2))),
    )


def _in_stage_order(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    unique = {rule.rule_id: rule for rule in rules}
    return tuple(sorted(unique.values(), key=lambda rule: RULE_STAGES.index(rule.stage)))


@st.composite
def _sections(draw: st.DrawFn, actions: str, attributes: tuple[Attribute, ...], rules: tuple[Rule, ...]) -> Section:
    used = draw(st.sets(st.sampled_from([a.name for a in attributes]))) if attributes else set()
    if AMOUNT_USD in used:
        used |= set(AMOUNT_USD_INPUTS)
    columns: list[Column] = []
    for index, attribute in enumerate(attributes):
        if attribute.name in used:
            columns += draw(_columns(index, attribute.kind))
    counts = [class_count(column, attributes[column.attribute]) for column in columns]
    rows = draw(st.lists(_rows(rules, counts), max_size=12)) if rules else []
    ordered = {(row.rule, row.when, row.asks): row for row in rows}
    return Section(actions, tuple(columns), tuple(ordered[key] for key in sorted(ordered)))


@st.composite
def _columns(draw: st.DrawFn, index: int, kind: Kind) -> list[Column]:
    texts = st.sets(st.sampled_from(kind.members or _TEXTS), max_size=7)
    match kind.name:
        case "number" | "integer":
            many = draw(st.booleans())
            cuts = st.sets(st.sampled_from(_NUMBERS).flatmap(_beside), max_size=20 if many else 3)
            return [Column(index, cuts=tuple(sorted(cut for cut in draw(cuts) if _parts(cut, kind))))]
        case "text":
            return [Column(index, texts=_sorted(draw(texts)), prefixes=_sorted(draw(texts)))]
        case "one of":
            return [Column(index, texts=_sorted(draw(texts)))]
        case "set of text":
            return [Column(index), *(Column(index, member=member) for member in _sorted(draw(texts)))]
        case _:
            return [Column(index)]


def _parts(cut: float, kind: Kind) -> bool:
    """Whether a cut is one that a column of the kind may have."""
    low = -(2**53) if kind.low is None else kind.low
    high = 2**53 if kind.high is None else kind.high
    return low < cut <= high and (kind.name == "number" or cut == int(cut))


def _sorted(texts: set[str]) -> tuple[str, ...]:
    return tuple(sorted(text for text in texts if text.strip(BLANK)))


def _beside(number: float) -> st.SearchStrategy[float]:
    near = (number, math.nextafter(number, math.inf), math.nextafter(number, -math.inf))
    return st.sampled_from([value for value in near if abs(value) <= 2**53])


@st.composite
def _rows(draw: st.DrawFn, rules: tuple[Rule, ...], counts: list[int]) -> Row:
    rule = draw(st.integers(0, len(rules) - 1))
    asks = draw(st.sets(st.sampled_from(range(len(rules[rule].queries))))) if rules[rule].queries else set()
    when = []
    for column in sorted(draw(st.sets(st.sampled_from(range(len(counts))), max_size=3))) if counts else []:
        classes = draw(st.sets(st.sampled_from(range(counts[column])), min_size=1))
        if len(classes) < counts[column]:
            when.append((column, _ranges(classes)))
    return Row(rule, tuple(sorted(asks)), tuple(when))


def _ranges(classes: set[int]) -> tuple[tuple[int, int], ...]:
    first = sorted(index for index in classes if index - 1 not in classes)
    last = sorted(index for index in classes if index + 1 not in classes)
    return tuple(zip(first, last, strict=True))


# ------------------------------------------------------------------------------------------------------------ requests


@attrs.frozen
class TableCase:
    """A table, and requests with the failure similarity that comes with each."""

    table: Table
    requests: tuple[tuple[object, float], ...]


@st.composite
def table_cases(draw: st.DrawFn) -> TableCase:
    """Tables with requests aimed at them."""
    table = draw(tables())
    similarity = st.sampled_from((0.0, 0.1, 0.35, 0.7, 1.0))
    return TableCase(table, tuple(draw(st.lists(st.tuples(requests_for(table), similarity), min_size=4, max_size=12))))


@st.composite
def dollar_cases(draw: st.DrawFn) -> TableCase:
    """Amounts in US dollars, as most are, under tables that ask much or little of their size, currency and rate."""
    names = sorted({AMOUNT_USD, *AMOUNT_USD_INPUTS})
    attributes = tuple(Attribute(name, BUILT_IN_KINDS[name], f"{name} must be better.") for name in names)
    rules = _in_stage_order(draw(st.lists(_rules(), min_size=1, max_size=6)))
    currencies = st.sets(st.sampled_from(("USD", "US", "EUR", "E")), max_size=3)
    cuts = st.sets(st.sampled_from([n for n in _NUMBERS if n > 0]).flatmap(_beside), max_size=12)
    columns = []
    for index, name in enumerate(names):
        if name == "amount.currency":
            columns.append(Column(index, texts=_sorted(draw(currencies)), prefixes=_sorted(draw(currencies))))
        else:
            found = draw(cuts) if name == AMOUNT_USD or draw(st.integers(0, 3)) == 0 else set()
            parting = sorted(cut for cut in found if _parts(cut, attributes[index].kind))
            columns.append(Column(index, cuts=tuple(parting)))
    counts = [class_count(column, attributes[column.attribute]) for column in columns]
    rows = {
        (row.rule, row.when, row.asks): row for row in draw(st.lists(_rows(rules, counts), min_size=2, max_size=12))
    }
    section = Section("*", tuple(columns), tuple(rows[key] for key in sorted(rows)))
    table = Table("p", "1", "enforce", VERDICTS[0], "A", attributes, rules, (section,), {}, ())
    values = st.sampled_from([*_NUMBERS, *(math.nextafter(n, 3) for n in _NUMBERS), 1, 25, 2**53, None, "1"])
    amounts = st.fixed_dictionaries(
        {"value": values, "currency": st.sampled_from(("USD", "USD", "USD", "EUR", "UAH", "", None))}
    )
    rates = st.sampled_from((None, None, 0.5, 2, -1, "x"))
    request = st.builds(
        lambda amount, rate: {"action": {"type": "a", "amount": amount}, "evidence": {"fx_rate_to_usd": rate}},
        amounts,
        rates,
    )
    return TableCase(table, tuple((one, 0.0) for one in draw(st.lists(request, min_size=4, max_size=12))))


@st.composite
def requests_for(draw: st.DrawFn, table: Table) -> object:
    """Requests that name the table's actions and attributes, mostly with values that fit."""
    names = [section.actions.removesuffix("*") or "else" for section in table.sections]
    others = ["a.b.*", "*", "other", "a.b.d"]
    odd_types: st.SearchStrategy[object] = st.sampled_from(("", " ", None, 5, []))
    types: st.SearchStrategy[object] = st.sampled_from([*names, *(name + "x" for name in names), *others])
    action_type = draw(odd_types if draw(st.integers(0, 20)) == 0 else types)
    request: dict[str, Any] = {"action": {"type": action_type}}
    odd = draw(st.sampled_from((0, 0, 5)))
    for attribute in table.attributes:
        if attribute.name in (AMOUNT_USD, FAILURE_SIMILARITY):
            continue
        values = [*_fitting(attribute.kind), *(_odd_values()[:odd]), None, "", " \u200b"]
        if draw(st.integers(0, 5)):
            _put(request, request_path(attribute.name), draw(st.sampled_from(values)))
    if draw(st.integers(0, 30)) == 0:
        request[draw(st.sampled_from(("action", "evidence", "subject", "tenant")))] = draw(
            st.sampled_from(_odd_values())
        )
    return request


def _fitting(kind: Kind) -> list[object]:
    numbers: list[object] = [value for number in _NUMBERS for value in (number, math.nextafter(number, 3), int(number))]
    match kind.name:
        case "number" | "integer":
            return [value for value in numbers if value != 5e-324]
        case "boolean":
            return [True, False]
        case "set of text":
            return [[], list(_TEXTS), ["a"], ["USD", "a", "a"], ["new", "EUR"]]
        case "scalar":
            return [*numbers, True, "x"]
        case _:
            return [*(kind.members or _TEXTS), "abcd", " ab", "new", "\u3000x", "~", "\x7f"]


def _odd_values() -> list[object]:
    return [math.nan, 10**400, {}, [], "odd", True, 1e300, -1, ["a", " "], ["a", 1], {"a": 1}, 2**53 + 1, 1.5]


def _put(request: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    place = request
    for key in path[:-1]:
        inner = place.setdefault(key, {})
        if type(inner) is not dict:
            return
        place = inner
    place[path[-1]] = value


# -------------------------------------------------------------------------------------------- what a table says, naively


def naive_outcome(table: Table, request: object, failure_similarity: float) -> Outcome:
    """Go through the rows one by one."""
    action_type = action_type_of(request)
    if action_type is None:
        match = MatchedRule(Verdict.ABSTAIN, (INVALID_REQUEST_SCHEMA,), INVALID_REQUEST_SCHEMA, RULE_STAGES[0])
        return Outcome((match,), (), (), match.reason_codes, match.effect)
    section = naive_section(table, action_type)
    used = {table.attributes[column.attribute].name: table.attributes[column.attribute] for column in section.columns}
    values = read_values(used.values(), request, failure_similarity)
    classes = []
    for column in section.columns:
        attribute = table.attributes[column.attribute]
        classes.append(naive_class(column, attribute, values[attribute.name]))
    bad = [name for name in used if values[name] is ILL_TYPED]
    if any(name in bad for name in AMOUNT_USD_INPUTS):
        bad = [name for name in bad if name != AMOUNT_USD]
    return _naive_combination(table, list(_naive_hits(section, classes)), [used[name] for name in sorted(bad)])


def naive_section(table: Table, action_type: str) -> Section:
    """The section for an action type: sort all that match by how particular they are."""

    def precision(section: Section) -> tuple[int, int]:
        if section.actions == "*":
            return (1, 0)
        if section.actions.endswith(".*"):
            prefix = section.actions[:-1]
            return (2, len(prefix)) if action_type.startswith(prefix) and action_type != prefix else (0, 0)
        return (3, 0) if section.actions == action_type else (0, 0)

    return max(table.sections, key=precision)


def naive_class(column: Column, attribute: Attribute, value: Any) -> int:  # noqa: ANN401  any JSON value
    """Count the classes off one by one."""
    if column.member is not None:
        return 1 if isinstance(value, list) and column.member in value else 0
    tests: list[bool] = []
    absent = value is MISSING or value is ILL_TYPED
    match attribute.kind.name:
        case "number" | "integer":
            ends = [-math.inf, *column.cuts, math.inf]
            tests = [not absent and ends[i] <= value < ends[i + 1] for i in range(len(ends) - 1)]
        case "boolean":
            tests = [value is False, value is True]
        case "text" | "one of":
            mentioned = [value == text for text in column.texts]
            begun = [prefix for prefix in column.prefixes if not absent and value.startswith(prefix)]
            longest = max(begun, key=len, default=None)
            starts = [not any(mentioned) and prefix == longest for prefix in column.prefixes]
            tests = mentioned + starts
            if attribute.kind.name == "text" or set(column.texts) != set(attribute.kind.members):
                tests.append(not absent and not any(tests))
        case _:
            tests = [not absent]
    if attribute.name != FAILURE_SIMILARITY:
        tests += [value is MISSING, value is ILL_TYPED]
    assert tests.count(True) == 1, "every value has one class"
    return tests.index(True)


def _naive_hits(section: Section, classes: list[int]) -> Iterator[Row]:
    for row in section.rows:
        if all(any(first <= classes[column] <= last for first, last in ranges) for column, ranges in row.when):
            yield row


def _naive_combination(table: Table, hits: list[Row], bad: list[Attribute]) -> Outcome:
    found = [(table.rules[index], [row for row in hits if row.rule == index]) for index in range(len(table.rules))]
    matched = [(rule, rows) for rule, rows in found if rows]
    matches = [MatchedRule(rule.verdict, rule.reason_codes, rule.rule_id, rule.stage) for rule, _ in matched]
    if bad:
        matches.insert(0, MatchedRule(Verdict.QUERY, (INVALID_EVIDENCE,), INVALID_EVIDENCE, RULE_STAGES[0]))
    if not matches:
        matches = [MatchedRule(table.default_verdict, (table.default_reason,), DEFAULT_RULE_ID, DEFAULT_RULE_ID)]
    verdict = max((match.effect for match in matches), key=VERDICTS.index)
    queries = [Query(attribute.name, attribute.invalid) for attribute in bad]
    obligations: list[Obligation] = []
    for rule, rows in matched:
        asked = {ask for row in rows for ask in row.asks}
        queries += [query for index, query in enumerate(rule.queries) if index in asked]
        obligations += rule.obligations if rule.verdict == verdict else ()
    return Outcome(
        tuple(matches),
        tuple(_each_once(obligations)),
        tuple(_each_once(queries)) if verdict == "QUERY" else (),
        tuple(_each_once([code for match in matches for code in match.reason_codes])),
        verdict,
    )


def _each_once(items: list[Any]) -> list[Any]:
    return [item for index, item in enumerate(items) if item not in items[:index]]
