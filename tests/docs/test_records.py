"""docs/records.md describes every field of records and events, and no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")
PARTS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
# What the project promises of a record.
PROMISED = re.findall(
    r"\S+",
    """
schema_version decision_id created_at request request.schema_version request.subject request.subject.type
request.subject.id request.subject.tenant_id request.action request.action.type request.action.intent
request.action.target request.action.target.system request.action.target.resource_type
request.action.target.resource_id request.action.amount request.action.amount.value request.action.amount.currency
request.action.tags request.evidence request.context request.context.mode request.context.digest policy
policy.policy_id policy.policy_version policy.policy_hash policy.mode verdict reason_codes matched_rules
matched_rules[].rule_id matched_rules[].stage matched_rules[].effect matched_rules[].reason_codes risk_signals
risk_signals.uncertainty_score risk_signals.failure_similarity risk_signals.failure_similarity.score
risk_signals.failure_similarity.top_k determinism determinism.engine_version determinism.evaluation_order
determinism.inputs_digest
""",
)


def schema(name: str) -> dict[str, Any]:
    """As it is published."""
    document: dict[str, Any] = json.loads((ROOT / "lumyn" / "schemas" / f"{name}.json").read_bytes())
    return document


def fields_of(part: dict[str, Any], above: str = "") -> Iterator[str]:
    """Every field that a schema names, with its way from the top."""
    for name, inner in part.get("properties", {}).items():
        yield above + name
        yield from fields_of(inner, f"{above}{name}.")
        yield from fields_of(inner.get("items", {}), f"{above}{name}[].")


def described(part: str) -> list[str]:
    """The fields of the tables of a part of the page."""
    tables = re.findall(r"^\| field \|.*\n((?:\|.*\n)+)", part, re.MULTILINE)
    cells = [row.split("|")[1] for table in tables for row in table.splitlines()]
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_every_field_of_a_record_is_described_and_no_other() -> None:
    """Those of the request below it, in a table of their own."""
    names = [*described(PARTS["The record"]), *described(PARTS["The request as it is kept"])]

    assert sorted(names) == sorted(fields_of(schema("decision_record.v0")))


def test_every_field_of_an_event_is_described_and_no_other() -> None:
    """Once."""
    assert sorted(described(PARTS["Events"])) == sorted(fields_of(schema("decision_event.v0")))


@pytest.mark.parametrize("field", PROMISED)
def test_every_field_that_was_promised_is_there(field: str) -> None:
    """Under the very name."""
    assert field in {*fields_of(schema("decision_record.v0"))}


def test_every_member_of_a_pack_is_described() -> None:
    """And no other."""
    from lumyn.pack import MEMBERS

    rows = re.findall(r"^\| `([^`]+)` \|", PARTS["Packs"], re.MULTILINE)
    assert sorted(rows) == sorted(MEMBERS)
