"""A table as people read it: by action type, its rules with the conditions under which each matches."""

import attrs

from lumyn.class_words import say_column
from lumyn_runtime.outcome import Obligation, Query
from lumyn_runtime.table import Row, Rule, Section, Table

__all__ = ["ActionView", "RuleView", "actions_that_cover", "describe", "describe_section"]


@attrs.frozen
class RuleView:
    """A rule in one section.

    when: one entry a row, the rule matching when any of them holds; a row is conditions of the policy language that all
          must hold, and an empty row holds always
    """

    rule_id: str
    stage: str
    verdict: str
    reason_codes: tuple[str, ...]
    when: tuple[tuple[str, ...], ...]
    queries: tuple[Query, ...]
    obligations: tuple[Obligation, ...]

    def to_dict(self) -> dict[str, object]:
        """As plain JSON values."""
        return {
            "rule_id": self.rule_id,
            "stage": self.stage,
            "verdict": self.verdict,
            "reason_codes": list(self.reason_codes),
            "when": [list(row) for row in self.when],
            "queries": [query.to_dict() for query in self.queries],
            "obligations": [obligation.to_dict() for obligation in self.obligations],
        }


@attrs.frozen
class ActionView:
    """What is decided for some actions.

    actions: "support.refund", "support.*", or "*" for every other action
    reads:   (name, kind) of every attribute that the decision reads
    """

    actions: str
    reads: tuple[tuple[str, str], ...]
    rules: tuple[RuleView, ...]

    def to_dict(self) -> dict[str, object]:
        """As plain JSON values."""
        return {
            "actions": self.actions,
            "reads": [{"attribute": name, "kind": kind} for name, kind in self.reads],
            "rules": [rule.to_dict() for rule in self.rules],
        }


def describe(table: Table) -> tuple[ActionView, ...]:
    """Every section of a table, the one for every other action last."""
    views = [describe_section(table, section) for section in table.sections]
    return tuple(sorted(views, key=lambda view: (view.actions == "*", view.actions)))


def describe_section(table: Table, section: Section) -> ActionView:
    """One section: its rules in the table's order."""
    used = dict.fromkeys(table.attributes[column.attribute] for column in section.columns)
    rows_by_rule: dict[int, list[Row]] = {}
    for row in section.rows:
        rows_by_rule.setdefault(row.rule, []).append(row)
    return ActionView(
        section.actions,
        tuple((attribute.name, str(attribute.kind)) for attribute in used),
        tuple(_describe_rule(table, section, table.rules[index], rows) for index, rows in rows_by_rule.items()),
    )


def actions_that_cover(table: Table, action: str) -> str | None:
    """The actions of the section that decides an action type: its own, its longest prefix, or "*".

    action: what names a section itself, a prefix or "*", has to be there; None if it is not
    """
    named = {section.actions for section in table.sections}
    if action in named:
        return action
    if action.endswith("*") or not action.strip():
        return None
    prefixes = [actions for actions in named if actions.endswith(".*") and action.startswith(actions[:-1])]
    # `shop.*` begins `shop.refund` and not `shop.`, which is no longer than the prefix.
    return max((prefix for prefix in prefixes if len(prefix) <= len(action)), key=len, default="*")


def _describe_rule(table: Table, section: Section, rule: Rule, rows: list[Row]) -> RuleView:
    return RuleView(
        rule.rule_id,
        rule.stage,
        str(rule.verdict),
        rule.reason_codes,
        # Rows that differ only in what they ask say the same condition.
        tuple(dict.fromkeys(_say_row(table, section, row) for row in rows)),
        rule.queries,
        rule.obligations,
    )


def _say_row(table: Table, section: Section, row: Row) -> tuple[str, ...]:
    alone = len(row.when) == 1
    columns = [(section.columns[index], ranges) for index, ranges in row.when]
    return tuple(
        say_column(table.attributes[column.attribute], column, ranges, alone=alone) for column, ranges in columns
    )
