"""docs/artifact-format.md says what the code does."""

import re
from pathlib import Path

import pytest

from lumyn_compiler import compile_text
from lumyn_runtime import Kind
from lumyn_runtime.builtin import BUILT_IN_KINDS, FX_RATE
from lumyn_runtime.limits import ARTIFACT_BYTES_MAX, BODY_VALUES_MAX, SECTION_BITS_MAX, TABLE_BITS_MAX
from lumyn_runtime.vocabulary import (
    BLANK,
    ENGINE_REASONS,
    KIND_NAMES,
    OBLIGATION_KINDS,
    RESERVED_RULE_IDS,
    RULE_STAGES,
    SEVERITIES,
    VERDICTS,
)
from tests.docs.pages import read_page

PATH = Path(__file__).parents[2] / "docs" / "artifact-format.md"
PAGE = PATH.read_text(encoding="utf-8")
FILES = {block.file: block.text for block in read_page(PATH).blocks}


def test_the_example_is_what_compile_writes_byte_for_byte() -> None:
    """The page's block ends in a line feed, as every block does; the artifact does not."""
    artifact = compile_text(FILES["ticket-desk.lumyn"]).artifact
    assert FILES["ticket-desk.expected"].encode() == artifact + b"\n"


def test_the_built_in_attributes_are_those_of_the_runtime() -> None:
    """Names and kinds; what may be narrowed is said behind the kind."""
    rows = dict(
        re.findall(
            r"^\| `([a-z_.]+)` \| ((?:text|set of text|one of|number)[^|;]*?)(?:;[^|]*)? \|$", PAGE, re.MULTILINE
        )
    )
    assert rows == {name: str(kind).replace("1e-06", "0.000001") for name, kind in BUILT_IN_KINDS.items()}


def test_the_blank_code_points_are_those_of_the_runtime() -> None:
    """One by one and as ranges."""
    (row,) = re.findall(r"^\| blank text \|.*$", PAGE, re.MULTILINE)
    ranges = re.findall(r"U\+([0-9A-F]{4})(?:–U\+([0-9A-F]{4}))?", row)
    points = {point for first, last in ranges for point in range(int(first, 16), int(last or first, 16) + 1)}
    assert points == set(map(ord, BLANK))


@pytest.mark.parametrize(
    ("label", "words"),
    [("verdict", VERDICTS), ("stage", RULE_STAGES), ("kind", KIND_NAMES)],
    ids=("verdicts", "stages", "kinds"),
)
def test_the_words_are_those_of_the_runtime(label: str, words: tuple[str, ...]) -> None:
    """In their order."""
    (row,) = re.findall(rf"^\| {label} \| .*$", PAGE, re.MULTILINE)
    assert tuple(re.findall("`([^`]+)`", row)) == words


@pytest.mark.parametrize("word", [*OBLIGATION_KINDS, *SEVERITIES, *RESERVED_RULE_IDS, *ENGINE_REASONS])
def test_every_other_word_stands_on_the_page(word: str) -> None:
    """Kinds of obligations, severities, reserved ids and reason codes."""
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize(
    "limit",
    [
        f"{ARTIFACT_BYTES_MAX:,} bytes",
        f"{BODY_VALUES_MAX:,} bytes",
        f"2^{SECTION_BITS_MAX.bit_length() - 1} ",
        f"2^{TABLE_BITS_MAX.bit_length() - 1} ",
    ],
)
def test_the_limits_are_those_of_the_runtime(limit: str) -> None:
    """In the table of what a loader checks."""
    assert limit in PAGE.partition("## Loading")[2]


def test_the_bounds_of_the_rate_are_those_of_the_runtime() -> None:
    """It is the one kind that a policy may narrow."""
    assert BUILT_IN_KINDS[FX_RATE] == Kind("number", 0.000001, 1_000_000)
