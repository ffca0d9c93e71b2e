"""CheckedPolicy → Table: one section per scope, its rules multiplied out to rows."""

from __future__ import annotations

import attrs

from lumyn_compiler.checked import CheckedPolicy, CheckedRule
from lumyn_compiler.columns import Columns, ColumnSpec, used_attributes
from lumyn_compiler.conjunctions import Conjunction, TooManyConjunctionsError, conjoin, conjunctions
from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.sections import WORK_MAX, Sections
from lumyn_runtime.builtin import AMOUNT_USD
from lumyn_runtime.limits import SECTION_BITS_MAX
from lumyn_runtime.outcome import Query
from lumyn_runtime.table import Attribute, Column, Row, Rule, Section, Table, mask_bits
from lumyn_runtime.vocabulary import (
    ENGINE_REASONS,
    INVALID_EVIDENCE,
    INVALID_REQUEST_SCHEMA,
    MAGNITUDE_MAX,
    Kind,
    spell_word,
)

__all__ = ["Tabulation", "invalid_text", "rule_conjunctions", "tabulate"]

# Rows, and columns that they constrain, over all sections: less than an artifact holds, and a second of work.
SIZE_MAX = 2**19

_Ranges = tuple[tuple[int, int], ...]
_When = tuple[tuple[int, _Ranges], ...]


@attrs.frozen
class Tabulation:
    """The table, or the limits that kept it from being made."""

    table: Table | None
    diagnostics: tuple[Diagnostic, ...]


def tabulate(policy: CheckedPolicy) -> Tabulation:
    """Multiply every rule out, section by section. O(rules × rows) in each section, so near-linear in the source."""
    attribute_names = sorted({name for rule in policy.rules for name in used_attributes(rule)})
    index = {name: position for position, name in enumerate(attribute_names)}
    scopes = Sections.of(policy)
    if scopes.work > WORK_MAX:
        return Tabulation(None, (_too_much_work(policy, len(scopes.named)),))
    sections: list[Section] = []
    diagnostics: dict[str, Diagnostic] = {}
    size_left = SIZE_MAX
    for actions, covering in scopes:
        section = _section(actions, covering, policy, index, diagnostics, size_left)
        if section is None:
            break
        sections.append(section)
        size_left -= _size(section.rows)
    if diagnostics:
        return Tabulation(None, tuple(diagnostics.values()))
    reasons = {INVALID_EVIDENCE, INVALID_REQUEST_SCHEMA, policy.default_reason}
    reasons.update(code for rule in policy.rules for code in rule.reason_codes)
    sentences = ENGINE_REASONS | policy.reasons
    table = Table(
        policy_id=policy.policy_id,
        policy_version=policy.policy_version,
        mode=policy.mode,
        default_verdict=policy.default_verdict,
        default_reason=policy.default_reason,
        attributes=tuple(_attribute(name, policy.kinds[name]) for name in attribute_names),
        rules=tuple(_rule(rule) for rule in policy.rules),
        sections=tuple(sections),
        reasons={code: sentences[code] for code in sorted(reasons) if code in sentences},
        redact=policy.redact,
    )
    return Tabulation(table, ())


def rule_conjunctions(rule: CheckedRule, columns: Columns) -> list[tuple[Conjunction, tuple[int, ...]]]:
    """What it takes for a rule to match, and which of its queries (see _rule) each way asks.

    raises: TooManyConjunctionsError
    """
    position = {query: index for index, query in enumerate(_queries(rule))}
    asks = {position[query] for query in rule.asks}
    ways = conjunctions(rule.condition, columns)
    if not rule.requirements:
        return [(way, tuple(sorted(asks))) for way in ways]
    _refuse_beyond_bounds(ways, len(asks), len(rule.requirements))
    missing_ways = []
    for requirement in rule.requirements:
        asked = tuple(sorted(asks if requirement.query is None else asks | {position[requirement.query]}))
        missing: Conjunction = {(requirement.attribute, ""): columns.missing(requirement.attribute)}
        joined = [conjoin(way, missing) for way in ways]
        missing_ways += [(way, asked) for way in joined if way is not None]
    return missing_ways


def _refuse_beyond_bounds(ways: list[Conjunction], asked: int, required: int) -> None:
    """Every requirement takes every way again, with every question: thousands of each are millions together."""
    size = sum(len(way) + 1 for way in ways) + asked
    if len(ways) * required > _WAYS_MAX or size * required > SIZE_MAX:
        raise TooManyConjunctionsError


_WAYS_MAX = 65_536

# A rule that multiplies out too far takes a tenth of a second to find, so not all of them are.
_DIAGNOSTICS_MAX = 3


def _section(
    actions: str,
    covering: list[tuple[int, CheckedRule]],
    policy: CheckedPolicy,
    index: dict[str, int],
    diagnostics: dict[str, Diagnostic],
    size_left: int,
) -> Section | None:
    """The section; None where it, or what is wrong with its rules, has grown too large to go on."""
    columns = Columns((rule for _, rule in covering), policy.kinds)
    keys = sorted(columns.specs)
    number = {key: position for position, key in enumerate(keys)}
    counts = [spec.count for spec in columns.specs.values()]
    rows: list[Row] = []
    ranges: dict[int, _Ranges] = {}
    for position, rule in covering:
        if rule.rule_id in diagnostics:
            continue
        try:
            ways = rule_conjunctions(rule, columns)
        except TooManyConjunctionsError:
            diagnostics[rule.rule_id] = _too_many_rows(rule)
            if len(diagnostics) >= _DIAGNOSTICS_MAX:
                return None
            continue
        added = _rows(position, ways, number, ranges)
        size_left -= _size(added)
        rows += added
        if mask_bits(len(rows), counts) > SECTION_BITS_MAX:
            diagnostics[rule.rule_id] = _too_large(rule, actions)
            return None
        if size_left < 0:
            diagnostics[rule.rule_id] = _too_long(rule)
            return None
    return Section(actions, tuple(_column(columns.specs[key], index) for key in keys), tuple(rows))


def _size(rows: list[Row] | tuple[Row, ...]) -> int:
    return len(rows) + sum(len(row.when) for row in rows)


def _rows(
    position: int,
    ways: list[tuple[Conjunction, tuple[int, ...]]],
    number: dict[tuple[str, str], int],
    ranges: dict[int, _Ranges],
) -> list[Row]:
    """The rows of a rule; ranges: those of the sets of classes that came up before, and grows."""
    merged: dict[_When, set[int]] = {}
    for way, asks in ways:
        for classes in way.values():
            if classes not in ranges:
                ranges[classes] = _ranges(classes)
        when = tuple(sorted((number[key], ranges[classes]) for key, classes in way.items()))
        merged.setdefault(when, set()).update(asks)
    return [Row(position, tuple(sorted(merged[when])), when) for when in sorted(merged)]


def _ranges(classes: int) -> _Ranges:
    """Runs of set bits, both ends included."""
    runs = []
    start = 0
    while classes:
        skip = (classes & -classes).bit_length() - 1
        classes >>= skip
        start += skip
        length = (~classes & (classes + 1)).bit_length() - 1
        runs.append((start, start + length - 1))
        classes >>= length
        start += length
    return tuple(runs)


def _column(spec: ColumnSpec, index: dict[str, int]) -> Column:
    return Column(index[spec.attribute], spec.cuts, spec.texts, spec.prefixes, spec.member)


def _attribute(name: str, kind: Kind) -> Attribute:
    return Attribute(name, kind, invalid_text(name, kind))


def _rule(rule: CheckedRule) -> Rule:
    return Rule(rule.rule_id, rule.stage, rule.verdict, rule.reason_codes, _queries(rule), rule.obligations)


def _queries(rule: CheckedRule) -> tuple[Query, ...]:
    """Every question of a rule: of its requirements, then those that it always asks; each once."""
    required = [requirement.query for requirement in rule.requirements if requirement.query is not None]
    return tuple(dict.fromkeys([*required, *rule.asks]))


def _too_many_rows(rule: CheckedRule) -> Diagnostic:
    return Diagnostic(
        "L004",
        f"the condition of rule `{rule.rule_id}` multiplies out to too many rows",
        rule.span,
        help="each `or` inside an `and` multiplies; use `in (…)` lists, or split the rule",
    )


def _too_large(rule: CheckedRule, actions: str) -> Diagnostic:
    return Diagnostic(
        "L005",
        f"the table for `{actions}` grows beyond {SECTION_BITS_MAX // 8 // 2**20} MiB at rule `{rule.rule_id}`",
        rule.span,
        help="use fewer different constants for one attribute, or more specific action types",
    )


def _too_long(rule: CheckedRule) -> Diagnostic:
    return Diagnostic(
        "L005",
        f"the table grows beyond what an artifact holds at rule `{rule.rule_id}`",
        rule.span,
        help="each `or` inside an `and` multiplies, and so does each action type under a rule for many; split the policy",
    )


def _too_much_work(policy: CheckedPolicy, section_count: int) -> Diagnostic:
    wide = [rule for rule in policy.rules if rule.scope.any] or policy.rules
    return Diagnostic(
        "L005",
        f"rules for many actions at once, from `{wide[0].rule_id}` on, multiply with {section_count:,} sorts of actions"
        " to too large a table",
        wide[0].span,
        help="write fewer rules `for any action` or for a prefix, or name fewer action types",
    )


def invalid_text(name: str, kind: Kind) -> str:
    """What the engine asks for when an attribute is ill-typed; it stands in the artifact."""
    if name == AMOUNT_USD:
        return f"amount.value times the rate must be at most {MAGNITUDE_MAX}."
    match kind.name:
        case "text":
            wanted = "a text"
        case "number" | "integer":
            wanted = f"{'an' if kind.name == 'integer' else 'a'} {kind}"
        case "boolean":
            wanted = "true or false"
        case "one of":
            wanted = f"one of {', '.join(spell_word(member) for member in kind.members)}"
        case "set of text":
            wanted = "a list of texts, none of them blank"
        case _:
            wanted = "a text, a number, true or false"
    return f"{name} must be {wanted}."
