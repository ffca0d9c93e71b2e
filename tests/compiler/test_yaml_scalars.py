"""What plain scalars mean: the core schema of YAML 1.2."""

import math

import pytest

from lumyn_compiler.source import Source, Span
from lumyn_compiler.yaml_nodes import Scalar, read_nodes
from lumyn_compiler.yaml_scalars import number_spelling, scalar_value


def value(text: str) -> str | float | bool | None:
    """What a plain scalar stands for."""
    return scalar_value(Scalar(text, is_plain=True, span=Span(0, len(text))))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0.0),
        ("-0", 0.0),
        ("-0.0", 0.0),
        ("25", 25.0),
        ("025", 25.0),
        ("+12", 12.0),
        ("-3", -3.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1E-3", 0.001),
        ("-1.5e+2", -150.0),
        ("0o17", 15.0),
        ("0x1F", 31.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("1e999", math.inf),
        ("9" * 5000, math.inf),
        ("0x" + "f" * 5000, math.inf),
        ("0.1", 0.1),
    ],
)
def test_numbers(text: str, number: float) -> None:
    """Doubles without -0, however they are spelled; `025` is 25."""
    found = value(text)
    assert found == number
    assert isinstance(found, float)
    assert math.copysign(1, found) == math.copysign(1, number)


def test_the_one_number_that_is_none() -> None:
    """It is a number for YAML, and refused where policies want one."""
    found = value(".nan")
    assert isinstance(found, float)
    assert math.isnan(found)


TEXTS = (
    "NO no yes Yes on off y n 1_000 12:30 12:30:45 2026-11-24 0b1 0o8 0xg 1e 1.2.3 -- - + . .e3 tRUE nULL infinity "
    "nan inf ~~ = << 0.1.0 -a 1,000 ١٢ 1e5x support.refund"
)


@pytest.mark.parametrize("text", TEXTS.split())
def test_everything_else_is_text(text: str) -> None:
    """What YAML 1.1 took for booleans, dates, times and other numbers among it."""
    assert value(text) == text


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_null(text: str) -> None:
    """In its five spellings."""
    assert value(text) is None


@pytest.mark.parametrize(("text", "truth"), [("true", True), ("True", True), ("TRUE", True), ("False", False)])
def test_booleans(text: str, truth: bool) -> None:
    """In three spellings each."""
    assert value(text) is truth


@pytest.mark.parametrize("text", ["'25'", '"true"', '""', "|-\n  25", ">-\n  null"])
def test_quoted_and_block_scalars_are_texts(text: str) -> None:
    """Whatever they look like."""
    root, _ = read_nodes(Source("x.yml", text))
    assert isinstance(root, Scalar)
    assert scalar_value(root) == root.text


@pytest.mark.parametrize(
    ("text", "spelling"),
    [("0.70", "0.70"), ("1e-7", "1e-7"), ("-2", "-2"), ("025", None), ("+1", None), (".5", None), ("0x1F", None)],
)
def test_a_spelling_is_kept_where_lumyn_has_it_too(text: str, spelling: str | None) -> None:
    """So that 0.70 stays 0.70 in what is converted."""
    assert number_spelling(text) == spelling
