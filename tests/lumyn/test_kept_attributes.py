"""A record holds what an exact replay needs, and no value that must not be kept."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumyn.class_text import class_text, classes_of_text
from lumyn.errors import ReplayError
from lumyn.kept_attributes import classes_of_record, kept_attributes
from lumyn.redact import PROFILES, Redactor
from lumyn_runtime import RiskSignals
from lumyn_runtime.attributes import action_type_of
from lumyn_runtime.policy import CompiledPolicy
from lumyn_runtime.table import Column, Table, class_count
from tests.profiles import examples
from tests.runtime.tables import TableCase, table_cases, tables


@given(table_cases(), st.sampled_from(PROFILES), st.data())
@settings(max_examples=examples(250))
def test_every_decision_can_be_repeated_from_what_is_kept(case: TableCase, profile: str, data: st.DataObject) -> None:
    """Under every profile, whatever the policy declares; by way of JSON, as records are."""
    policy = CompiledPolicy(case.table, "blake3:" + "0" * 64)
    names = [attribute.name for attribute in case.table.attributes if attribute.name != "risk.failure_similarity"]
    declared = data.draw(st.sets(st.sampled_from(names))) if names else set()
    redactor = Redactor(profile, tuple(sorted(declared)), None)
    for request, similarity in case.requests:
        action_type = action_type_of(request)
        if action_type is None:
            continue
        assert isinstance(request, dict)
        risk = RiskSignals(similarity)
        redacted = redactor.redact(request)
        persisted = redacted.document if redacted.removed else None
        kept = json.loads(json.dumps(kept_attributes(policy, action_type, request, persisted, risk)))
        classes = classes_of_record(policy, action_type, redacted.document, kept, risk)
        assert policy.evaluate_classes(action_type, classes) == policy.evaluate(request, risk)


@given(tables())
def test_every_class_has_a_text_of_its_own(table: Table) -> None:
    """From which it is read back."""
    for section in table.sections:
        for position, column in enumerate(section.columns):
            if column.member is not None:
                continue
            attribute = table.attributes[column.attribute]
            following = section.columns[position + 1 :]
            columns = [column, *(other for other in following if other.attribute == column.attribute)]
            for index in range(class_count(column, attribute)):
                classes = (index, *(0 for _ in columns[1:]))
                text = class_text(attribute, columns, classes)
                assert classes_of_text(attribute, columns, text) == classes


def test_texts_are_for_people(amount: tuple[object, Column]) -> None:
    """Intervals as they are written in mathematics, mentioned texts in quotes."""
    attribute, column = amount
    texts = [class_text(attribute, [column], (index,)) for index in range(5)]  # type: ignore[arg-type]
    assert texts == ["(-inf, 25]", "(25, 200)", "[200, inf)", "missing", "ill-typed"]
    with pytest.raises(ReplayError, match=r"amount_usd has no class '\(0, 1\)' under this policy"):
        classes_of_text(attribute, [column], "(0, 1)")  # type: ignore[arg-type]


@pytest.fixture
def amount() -> tuple[object, Column]:
    """`amount_usd` with two cuts, one of them just above 25."""
    import lumyn_compiler
    import lumyn_runtime

    policy = lumyn_runtime.load(
        lumyn_compiler.compile_text(
            'policy p version "1" mode enforce default ESCALATE because N stage ESCALATIONS'
            " rule A for a.b when amount_usd > 25 then ESCALATE because A"
            " rule B for a.b when amount_usd >= 200 then ESCALATE because B"
        ).artifact
    )
    table = policy.table
    section = policy.section("a.b")
    column = next(c for c in section.columns if table.attributes[c.attribute].name == "amount_usd")
    return table.attributes[column.attribute], column
