"""What is shown of a table means the table: written into a policy, it gives the same rows again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from hypothesis import event, given, settings
from hypothesis import strategies as st

from lumyn.inspection import ActionView, describe_section
from lumyn_compiler.names import collect_names
from lumyn_compiler.pipeline import Spelling, parse
from lumyn_compiler.reader import read_source
from lumyn_compiler.resolve import resolve
from lumyn_compiler.tabulate import tabulate
from lumyn_runtime.builtin import BUILT_IN_KINDS
from lumyn_runtime.table import Column, Section, Table, class_count, value_class_count
from lumyn_runtime.vocabulary import spell_number, spell_text, spell_word
from tests.agreement import NotTabulated, load_checked
from tests.generators.choices import Chance, Choices
from tests.generators.compiling import Pruned
from tests.profiles import examples
from tests.strategies import pruned_policies

REQUESTS = 60


@settings(max_examples=examples(200))
@given(pruned_policies(8), st.integers(0, 2**32))
def test_conditions_that_are_shown_give_the_table_again(pruned: Pruned, seed: int) -> None:
    """Whatever the policy, in every section, rule by rule."""
    try:
        table = load_checked(pruned.checked).table
    except NotTabulated as refusal:
        event(f"too large: {refusal.codes}")
        return
    for section in table.sections:
        view = describe_section(table, section)
        text = written_again(table, section, view)
        again = tabulated(text)
        [section_again] = again.sections
        assert columns(again, section_again) == columns(table, section), text
        for classes in some_requests(table, section, Chance(seed)):
            same = [*map(partial(same_class, table, again), section.columns, section_again.columns, classes)]
            assert matched(section, classes) == matched(section_again, same) - {len(view.rules)}, text


def written_again(table: Table, section: Section, view: ActionView) -> str:
    """A policy whose rules are what is shown, and one rule more that asks for everything the columns tell apart."""
    evidence = "".join(f"evidence {spelled(name, first=1)} : {kind}\n" for name, kind in declared(view))
    rules = [" or ".join(f"({' and '.join(row) or 'always'})" for row in rule.when) for rule in view.rules]
    asked = [question for column in section.columns for question in questions(table, column)]
    rules.append(" or ".join(asked) or "always")
    return (
        'policy again version "1"\ndefault ESCALATE because NO_MATCH_DEFAULT_ESCALATE\n'
        + evidence
        + "stage ESCALATIONS\n"
        + "".join(
            f"rule R{number} for any action when {rule if rule != '(always)' else 'always'} then ESCALATE because R\n"
            for number, rule in enumerate(rules)
        )
    )


def declared(view: ActionView) -> Iterator[tuple[str, str]]:
    """The evidence that is no built-in attribute, or a built-in one with a range of its own."""
    for name, kind in view.reads:
        if name.startswith("evidence.") and kind != str(BUILT_IN_KINDS.get(name)):
            yield name, kind


def spelled(name: str, first: int = 0) -> str:
    """A name with quotes around all its parts but the very first."""
    parts = name.split(".")
    return ".".join([*parts[:1], *map(spell_text, parts[1:])][first:])


def questions(table: Table, column: Column) -> Iterator[str]:
    """Predicates that make just the classes of a column."""
    attribute = table.attributes[column.attribute]
    name = spelled(attribute.name)
    spell = spell_word if attribute.kind.name == "one of" else spell_text
    yield from (f"{name} < {spell_number(cut)}" for cut in column.cuts)
    yield from (f"{name} = {spell(text)}" for text in column.texts)
    yield from (f"{name} starts with {spell_text(prefix)}" for prefix in column.prefixes)
    if column.member is not None:
        yield f"{name} contains {spell_text(column.member)}"
    elif not (column.cuts or column.texts or column.prefixes):
        yield f"{name} is missing"


def tabulated(text: str) -> Table:
    """The table of a policy, whatever a lint would say of it."""
    source, found = read_source(text.encode(), "policy.lumyn")
    assert source is not None
    policy, more = parse(source, Spelling.LUMYN)
    assert [*found, *more] == [], text
    table = tabulate(resolve(policy, collect_names(policy))).table
    assert table is not None, text
    return table


def columns(table: Table, section: Section) -> list[tuple[object, ...]]:
    """What the columns ask; of a `one of` what is shown names members that the policy left unnamed."""
    attributes = [table.attributes[column.attribute] for column in section.columns]
    return [
        (attribute.name, str(attribute.kind), column.cuts, column.prefixes, column.member)
        + (() if attribute.kind.members else column.texts)
        for attribute, column in zip(attributes, section.columns, strict=True)
    ]


def same_class(table: Table, again: Table, column: Column, column_again: Column, index: int) -> int:
    """The class in which the values of a class are in the other table."""
    attribute = table.attributes[column.attribute]
    beyond = index - value_class_count(column, attribute)
    if beyond >= 0:  # missing and ill-typed
        return value_class_count(column_again, again.attributes[column_again.attribute]) + beyond
    if not attribute.kind.members:
        return index
    others = [member for member in attribute.kind.members if member not in column.texts]
    member = [*column.texts, *others][index]
    return column_again.texts.index(member) if member in column_again.texts else len(column_again.texts)


def some_requests(table: Table, section: Section, choices: Choices) -> Iterator[list[int]]:
    """A class for every column, mostly one that some row wants."""
    counts = [class_count(column, table.attributes[column.attribute]) for column in section.columns]
    for _ in range(REQUESTS if section.rows else 1):
        classes = [choices.below(count) for count in counts]
        wanted = choices.pick(section.rows).when if section.rows else ()
        for index, ranges in wanted:
            if choices.often(90):
                first, last = choices.pick(ranges)
                classes[index] = choices.between(first, last)
        yield classes


def matched(section: Section, classes: list[int]) -> set[int]:
    """The rules of a section that match, as they are numbered in what is shown of it."""
    numbers = {rule: number for number, rule in enumerate(dict.fromkeys(row.rule for row in section.rows))}
    return {
        numbers[row.rule]
        for row in section.rows
        if all(any(first <= classes[index] <= last for first, last in ranges) for index, ranges in row.when)
    }
