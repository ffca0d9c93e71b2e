"""Which section decides an action type."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lumyn_runtime.artifact import dumps, loads
from lumyn_runtime.evaluate import Evaluator
from lumyn_runtime.table import Section, Table
from lumyn_runtime.vocabulary import Verdict
from tests.profiles import examples
from tests.runtime.tables import naive_section

_PARTS = st.sampled_from(("a", "b", "ab", "é", "3ds", "x-y", "", "*", " "))
_NAMES = st.lists(_PARTS, min_size=1, max_size=5).map(".".join)
_ACTIONS = st.one_of(_NAMES, _NAMES.map(lambda name: f"{name}.*")).filter(lambda name: name.strip() and name != ".*")


def table_of(actions: set[str]) -> Table:
    """A table with these sections, all of them empty."""
    return Table(
        policy_id="p",
        policy_version="1",
        mode="enforce",
        default_verdict=Verdict.ESCALATE,
        default_reason="X",
        attributes=(),
        rules=(),
        sections=tuple(Section(name, (), ()) for name in sorted(actions | {"*"})),
        reasons={},
        redact=(),
    )


@given(st.sets(_ACTIONS, max_size=30), st.lists(st.one_of(_NAMES, st.text(max_size=6)), max_size=10))
@settings(max_examples=examples(400))
def test_the_exact_name_then_the_longest_prefix_then_the_others(actions: set[str], names: list[str]) -> None:
    """Held against sorting all sections by how particular they are."""
    table = loads(dumps(table_of(actions)))
    evaluator = Evaluator(table)
    asked = [*names, *actions, *(name.removesuffix("*") for name in actions), *(f"{name}.more" for name in actions)]
    for name in asked:
        index = evaluator.section_index(name)
        if name in {section.actions for section in table.sections} or name.strip():
            assert index is not None
            assert table.sections[index] is naive_section(table, name)
        else:
            assert index is None


def test_a_prefix_takes_in_any_depth_below_and_not_its_own_name() -> None:
    """`support.*` is about `support.refund` and `support.refund.partial`, not about `support`."""
    evaluator = Evaluator(table_of({"support.*", "support.refund.*", "support.refund"}))
    found = {
        name: evaluator._table.sections[evaluator.section_index(name) or 0].actions
        for name in (
            "support",
            "support.",
            "support.x",
            "support.x.y",
            "support.refund",
            "support.refund.x",
            "supportx",
        )
    }
    assert found == {
        "support": "*",
        "support.": "*",
        "support.x": "support.*",
        "support.x.y": "support.*",
        "support.refund": "support.refund",
        "support.refund.x": "support.refund.*",
        "supportx": "*",
    }


def test_very_long_names_and_very_many_are_found() -> None:
    """One look-up for each length of prefix, whatever the name."""
    actions = {f"{'a.' * depth}*" for depth in range(1, 50)} | {f"b{number}.*" for number in range(5_000)}
    evaluator = Evaluator(table_of(actions))
    sections = evaluator._table.sections
    assert sections[evaluator.section_index("a." * 100_000 + "x") or 0].actions == "a." * 49 + "*"
    assert sections[evaluator.section_index("b4999.x") or 0].actions == "b4999.*"
