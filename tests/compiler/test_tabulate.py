"""Tables: one section per scope, rows in a canonical order, everything that is used and nothing else."""

from __future__ import annotations

from lumyn_compiler.checked import (
    All,
    Always,
    Any,
    CheckedCondition,
    CheckedPolicy,
    CheckedRule,
    Requirement,
    Scope,
    Test,
)
from lumyn_compiler.operators import Operator
from lumyn_compiler.tabulate import invalid_text, tabulate
from lumyn_runtime.builtin import BUILT_IN_KINDS
from lumyn_runtime.outcome import Query
from lumyn_runtime.table import Section, Table
from lumyn_runtime.vocabulary import Kind, Verdict

KINDS = {"evidence.a": Kind("boolean"), "evidence.b": Kind("text"), "evidence.n": Kind("integer", low=0.0)}
ANY = Scope((), (), any=True)


def rule(
    rule_id: str,
    scope: Scope = ANY,
    condition: CheckedCondition | None = None,
    requirements: tuple[Requirement, ...] = (),
    asks: tuple[Query, ...] = (),
) -> CheckedRule:
    """Make a rule of stage REQUIREMENTS that says QUERY."""
    when = condition or Always()
    return CheckedRule(rule_id, "REQUIREMENTS", scope, when, requirements, Verdict.QUERY, ("C",), asks, ())


def table_of(*rules: CheckedRule) -> Table:
    """Tabulate a policy of these rules."""
    policy = CheckedPolicy(
        policy_id="p",
        policy_version="1",
        mode="enforce",
        default_verdict=Verdict.ESCALATE,
        default_reason="NO_MATCH_DEFAULT_ESCALATE",
        kinds=BUILT_IN_KINDS | KINDS,
        rules=rules,
        reasons={"C": "A sentence.", "UNUSED": "Another."},
        redact=(),
    )
    table = tabulate(policy).table
    assert table is not None
    return table


def section(table: Table, actions: str) -> Section:
    """Find a section by its actions."""
    return next(section for section in table.sections if section.actions == actions)


def test_a_section_holds_the_rules_of_every_scope_that_takes_its_actions_in() -> None:
    """An exact type gets its own rules, those of each prefix of it, and those for any action; a prefix no exact ones."""
    table = table_of(
        rule("exact", Scope(("shop.refund.small",), (), any=False)),
        rule("wide", Scope((), ("shop.",), any=False)),
        rule("narrow", Scope((), ("shop.refund.",), any=False)),
        rule("any"),
        rule("else", Scope(("shop.order",), (), any=False)),
    )
    rules = {s.actions: [table.rules[row.rule].rule_id for row in s.rows] for s in table.sections}
    assert rules == {
        "*": ["any"],
        "shop.*": ["wide", "any"],
        "shop.order": ["wide", "any", "else"],
        "shop.refund.*": ["wide", "narrow", "any"],
        "shop.refund.small": ["exact", "wide", "narrow", "any"],
    }


def test_there_is_always_a_section_for_every_other_action() -> None:
    """Without rules for any action it is empty, and its requests meet the default."""
    table = table_of(rule("exact", Scope(("shop.refund",), (), any=False)))
    assert section(table, "*").rows == ()


def test_a_requirement_becomes_a_row_that_asks_its_own_question() -> None:
    """Each missing attribute is asked for on its own; what is always asked is asked by each row."""
    asked = {name: Query(name, f"{name}?") for name in ("evidence.a", "evidence.b")}
    always = Query("evidence.n", "n?")
    requirements = tuple(Requirement(name, query) for name, query in asked.items())
    table = table_of(rule("r", requirements=requirements, asks=(always,)))
    rows = section(table, "*").rows
    assert [row.asks for row in rows] == [(0, 2), (1, 2)]
    assert table.rules[0].queries == (*asked.values(), always)
    # boolean: false, true, missing, ill-typed; text: anything, missing, ill-typed
    assert [row.when for row in rows] == [((0, ((2, 2),)),), ((1, ((1, 1),)),)]


def test_the_order_of_alternatives_does_not_matter() -> None:
    """`a or b` and `b or a` are the same rows."""
    a = Test("evidence.a", Operator.EQ, (True,))
    b = Test("evidence.b", Operator.EQ, ("x",))
    left = section(table_of(rule("r", condition=Any((a, b)))), "*").rows
    right = section(table_of(rule("r", condition=Any((b, a)))), "*").rows
    assert [row.when for row in left] == [row.when for row in right]


def test_classes_that_are_let_through_are_ranges_with_both_ends() -> None:
    """`n != 5` lets through what is below and above, and nothing else."""
    table = table_of(rule("r", condition=Test("evidence.n", Operator.NE, (5.0,))))
    assert section(table, "*").columns[0].cuts == (5.0, 6.0)
    assert section(table, "*").rows[0].when == ((0, ((0, 0), (2, 2))),)


def test_only_what_is_used_is_in_the_table() -> None:
    """Attributes that no rule names and reasons that no rule gives are left out."""
    table = table_of(rule("r", condition=All((Test("evidence.a", Operator.EQ, (True,)),))))
    assert [attribute.name for attribute in table.attributes] == ["evidence.a"]
    assert sorted(table.reasons) == ["C", "INVALID_EVIDENCE", "INVALID_REQUEST_SCHEMA", "NO_MATCH_DEFAULT_ESCALATE"]


def test_what_is_asked_for_ill_typed_input_names_the_kind() -> None:
    """The sentence says what would have been right."""
    assert invalid_text("evidence.r", Kind("number", low=0.0, high=1.0)) == "evidence.r must be a number from 0 to 1."
    assert invalid_text("evidence.l", Kind("one of", members=("low", "high"))) == "evidence.l must be one of low, high."
    assert invalid_text("amount_usd", Kind("number", low=0.0)).startswith("amount.value times the rate must be at most")
