"""Rows that hit → outcome: precedence, reasons, queries and obligations."""

from __future__ import annotations

from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS
from lumyn_runtime.outcome import MatchedRule, Outcome, Query
from lumyn_runtime.vocabulary import DEFAULT_RULE_ID, INVALID_EVIDENCE, INVALID_REQUEST_SCHEMA, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from lumyn_runtime.outcome import Obligation
    from lumyn_runtime.table import Attribute, Row, Table

__all__ = ["NO_REQUEST", "Combiner", "OutcomeCache"]

# How many outcomes are kept, those that are kept under more than one key counted as often.
_KEPT_MAX: Final = 32_768
# An outcome of more matches, reasons, queries and obligations is made anew each time.
_PARTS_MAX: Final = 256

# What is said of everything that is no request.
NO_REQUEST = Outcome(
    matched_rules=(MatchedRule(Verdict.ABSTAIN, (INVALID_REQUEST_SCHEMA,), INVALID_REQUEST_SCHEMA, "REQUIREMENTS"),),
    obligations=(),
    queries=(),
    reason_codes=(INVALID_REQUEST_SCHEMA,),
    verdict=Verdict.ABSTAIN,
)

_BAD_INPUT = MatchedRule(Verdict.QUERY, (INVALID_EVIDENCE,), INVALID_EVIDENCE, "REQUIREMENTS")


class OutcomeCache:
    """The outcomes that a table gave, under whatever leads to them, bounded in their number and size.

    Ever-new situations fill it. When it is full it is emptied, so a flood of them costs the usual situations one
    conjunction each, now and then, and leaves no trace after that. Safe for threads, as each step is one of a dictionary.
    """

    __slots__ = ("outcomes",)

    def __init__(self) -> None:
        self.outcomes: dict[object, Outcome] = {}

    def keep(self, key: object, outcome: Outcome) -> None:
        """Remember an outcome, unless it is a very large one."""
        parts = len(outcome.matched_rules) + len(outcome.reason_codes) + len(outcome.queries) + len(outcome.obligations)
        if parts <= _PARTS_MAX:
            if len(self.outcomes) >= _KEPT_MAX:
                self.outcomes.clear()
            self.outcomes[key] = outcome


class Combiner:
    """Makes outcomes of one table; equal ones, and their parts, are made once and shared."""

    __slots__ = ("_default", "_invalid", "_matches", "_table", "cache")

    def __init__(self, table: Table, cache: OutcomeCache) -> None:
        self._table = table
        self.cache = cache
        self._matches = tuple(MatchedRule(r.verdict, r.reason_codes, r.rule_id, r.stage) for r in table.rules)
        self._invalid = {a.name: Query(a.name, a.invalid) for a in table.attributes}
        self._default = Outcome(
            matched_rules=(
                MatchedRule(table.default_verdict, (table.default_reason,), DEFAULT_RULE_ID, DEFAULT_RULE_ID),
            ),
            obligations=(),
            queries=(),
            reason_codes=(table.default_reason,),
            verdict=table.default_verdict,
        )

    def combine(self, rows: tuple[Row, ...], ill_typed: tuple[Attribute, ...]) -> Outcome:
        """The outcome of the rows that hit, in the section's order, and of the ill-typed attributes in theirs."""
        key = (rows, ill_typed)
        outcome = self.cache.outcomes.get(key)
        if outcome is None:
            outcome = self._combined(rows, ill_typed)
            self.cache.keep(key, outcome)
        return outcome

    def _combined(self, rows: tuple[Row, ...], ill_typed: tuple[Attribute, ...]) -> Outcome:
        rules: list[int] = []
        for row in rows:
            # Rows of one rule stand together.
            if not rules or row.rule != rules[-1]:
                rules.append(row.rule)
        matched = [self._matches[rule] for rule in rules]
        if ill_typed:
            matched.insert(0, _BAD_INPUT)
        if not matched:
            return self._default
        verdict = _strongest(matched)
        reasons = dict.fromkeys([code for match in matched for code in match.reason_codes])
        return Outcome(
            matched_rules=tuple(matched),
            obligations=self._obligations(rules, verdict),
            queries=self._queries(rows, ill_typed) if verdict is Verdict.QUERY else (),
            reason_codes=tuple(reasons),
            verdict=verdict,
        )

    def _obligations(self, rules: list[int], verdict: Verdict) -> tuple[Obligation, ...]:
        """Those of the rules that have the final verdict, each once."""
        obligations: dict[Obligation, None] = {}
        for index in rules:
            rule = self._table.rules[index]
            if rule.obligations and rule.verdict is verdict:
                obligations.update(dict.fromkeys(rule.obligations))
        return tuple(obligations)

    def _queries(self, rows: tuple[Row, ...], ill_typed: tuple[Attribute, ...]) -> tuple[Query, ...]:
        """One for each bad input, and then what the rows ask, in the order of their rules' queries; each once."""
        names = {attribute.name for attribute in ill_typed}
        queries: dict[Query, None] = {}
        for attribute in ill_typed:
            # It is ill-typed for want of its inputs, unless it is too large of its own.
            if attribute.name != AMOUNT_USD or names.isdisjoint(AMOUNT_USD_INPUTS):
                queries[self._invalid[attribute.name]] = None
        asks_by_rule: dict[int, set[int]] = {}
        for row in rows:
            if row.asks:
                asks_by_rule.setdefault(row.rule, set()).update(row.asks)
        for index, asks in asks_by_rule.items():
            rule_queries = self._table.rules[index].queries
            queries.update(dict.fromkeys([rule_queries[ask] for ask in sorted(asks)]))
        return tuple(queries)


def _strongest(matched: list[MatchedRule]) -> Verdict:
    strongest = matched[0].effect
    for match in matched:
        if match.effect.strength > strongest.strength:
            strongest = match.effect
    return strongest
