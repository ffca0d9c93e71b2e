"""The reference of the language says everything that there is, and nothing else."""

import re
from pathlib import Path

import pytest

import lumyn_compiler
from lumyn_compiler.operators import OPERATORS
from lumyn_runtime.builtin import BUILT_IN_KINDS
from lumyn_runtime.vocabulary import (
    ENGINE_REASONS,
    MODES,
    OBLIGATION_KINDS,
    RESERVED_RULE_IDS,
    SEVERITIES,
    STAGES,
    VERDICTS,
)

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "language.md").read_text()
GRAMMAR = (Path(lumyn_compiler.__file__).parent / "lumyn.lark").read_text()

KINDS = ("text", "number", "integer", "boolean", "one of", "set of text", "scalar")


def _rows(first: str) -> list[list[str]]:
    """Cells of the table whose header begins so, backquotes left out."""
    lines = PAGE[PAGE.index(f"| {first} |") :].splitlines()[2:]
    rows = lines[: next(i for i, line in enumerate(lines) if not line.startswith("|"))]
    return [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows]


def test_the_table_of_operators_is_that_of_the_compiler() -> None:
    """Each with the kinds that it is for, and what it means."""
    told = {operator: (kinds, meaning) for operator, kinds, meaning in _rows("operator")}
    known = {}
    for operator, entry in OPERATORS.items():
        kinds = [kind for kind in KINDS if kind in entry.kinds]
        meaning = entry.meaning
        known[str(operator)] = ("every kind" if len(kinds) == len(KINDS) else ", ".join(kinds), meaning)
    assert told == known


def test_the_table_of_attributes_is_that_of_the_runtime() -> None:
    """Each with its kind; a small bound is written out for people."""
    assert {name: kind.replace("0.000001", "1e-06") for name, kind, _ in _rows("attribute")} == {
        name: str(kind) for name, kind in BUILT_IN_KINDS.items()
    }


def test_the_table_of_kinds_has_them_all() -> None:
    """In the order in which one learns them."""
    assert [kind.removesuffix(" (…)") for kind, _ in _rows("kind")] == list(KINDS)


@pytest.mark.parametrize("keyword", sorted(set(re.findall(r'"([a-z]+)"', GRAMMAR))))
def test_every_keyword_of_the_grammar_is_in_an_example(keyword: str) -> None:
    """So every construct is shown, and the example runs."""
    examples = "\n".join(re.findall(r"^```lumyn.*?^```", PAGE, re.DOTALL | re.MULTILINE))
    assert re.search(rf"(?<![\w.]){keyword}(?![\w.])", examples)


@pytest.mark.parametrize(
    "word",
    [*map(str, VERDICTS), *STAGES, *MODES, *OBLIGATION_KINDS, *SEVERITIES, *ENGINE_REASONS, *RESERVED_RULE_IDS],
)
def test_every_word_of_the_vocabulary_is_named(word: str) -> None:
    """Verdicts, stages, modes, kinds of obligations, severities, and what is reserved."""
    assert f"`{word}`" in PAGE
