"""Texts, numbers and names, as they are written and as they are meant."""

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn_compiler.literals import Literals
from lumyn_compiler.source import Span
from lumyn_runtime.vocabulary import MAGNITUDE_MAX, spell_text


def _text(written: str) -> object:
    literals = Literals()
    value = literals.text(written, 0).value
    assert not literals.diagnostics
    return value


def _number(written: str) -> float:
    literals = Literals()
    value = literals.number(written, 0).value
    assert not literals.diagnostics
    assert isinstance(value, float)
    return value


def _wrong(written: str) -> list[tuple[str, str]]:
    """Code and place of what is wrong with a literal that stands behind ten other characters."""
    literals = Literals()
    if written.startswith('"'):
        literals.text(written, 10)
    else:
        literals.number(written, 10)
    return [(found.code, written[found.span.start - 10 : found.span.end - 10]) for found in literals.diagnostics]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('""', ""),
        ('"plain # text"', "plain # text"),
        (r'"\"\\\/\b\f\n\r\t"', '"\\/\b\f\n\r\t'),
        (r'"\u00e9\u00E9"', "éé"),
        (r'"\u{e9}\u{1F600}\u{0}\u{10ffff}"', "é\U0001f600\0\U0010ffff"),
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"\\u00e9"', r"\u00e9"),
        (r'"\u00e90"', "é0"),
    ],
)
def test_escapes_are_those_of_json_and_code_points_in_braces(written: str, meant: str) -> None:
    """Everything else stands for itself."""
    assert _text(written) == meant


@pytest.mark.parametrize(
    ("written", "places"),
    [
        (r'"a \d b"', [r"\d"]),
        (r'"\x41 \q"', [r"\x", r"\q"]),
        (r'"\ud800"', [r"\ud800"]),
        (r'"\ude00\ud83d"', [r"\ude00", r"\ud83d"]),
        (r'"\ud83d \ude00"', [r"\ud83d", r"\ude00"]),
        (r'"\u{d800}"', [r"\u{d800}"]),
        (r'"\u{110000}"', [r"\u{110000}"]),
        (r'"\u{}"', [r"\u"]),
        (r'"\u{1234567}"', [r"\u"]),
        (r'"\u12"', [r"\u"]),
    ],
)
def test_wrong_escapes_are_told_with_their_place_inside_the_text(written: str, places: list[str]) -> None:
    """Halves of surrogate pairs are no characters, alone or the wrong way round."""
    assert _wrong(written) == [("L104", place) for place in places]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_that_is_spelled_is_read_back(text: str) -> None:
    """What the formatter writes, and what JSON does, means the same text."""
    assert _text(spell_text(text)) == text
    assert _text(json.dumps(text)) == text


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0", 0.0),
        ("-0", 0.0),
        ("-0.0", 0.0),
        ("0e400", 0.0),
        ("25.50", 25.5),
        ("1e-7", 1e-7),
        ("1.5E+3", 1500.0),
        ("5e-324", 5e-324),
        ("9007199254740992", float(MAGNITUDE_MAX)),
        ("-9007199254740992", -float(MAGNITUDE_MAX)),
        ("0.1", 0.1),
    ],
)
def test_numbers_are_doubles_and_zero_has_no_sign(written: str, value: float) -> None:
    """Up to 2^53 either way."""
    assert _number(written) == value
    assert math.copysign(1, _number(written)) == math.copysign(1, value)


@pytest.mark.parametrize(
    "written",
    [
        "9007199254740993",
        "-9007199254740993",
        "9007199254740992.5",
        "1e16",
        "1e400",
        f"1e{'9' * 30}",
        "9" * 2_000,
        "1e-400",
    ],
)
def test_numbers_that_would_be_read_as_others_are_refused(written: str) -> None:
    """Beyond 2^53, even where rounding would bring them back; and those so small that they would be 0."""
    assert _wrong(written) == [("L303", written)]


@given(st.floats(-MAGNITUDE_MAX, MAGNITUDE_MAX))
def test_every_number_in_range_is_read_as_itself(value: float) -> None:
    """However many digits it takes."""
    assert _number(repr(value).replace("e+", "e")) == value
    if value == 0 or abs(value) > 1e-100:
        assert _number(f"{Decimal(value):f}") == value


def test_the_spelling_of_a_number_is_kept() -> None:
    """The formatter writes a number as its author did."""
    assert Literals().number("25.50", 0).spelling == "25.50"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("evidence.card.risk", "evidence.card.risk"),
        ('evidence."card no".risk', "evidence.card no.risk"),
        ('evidence."risk"', "evidence.risk"),
        ('"card no"', "card no"),
        ('"a b".c."d e"', "a b.c.d e"),
        (r'evidence."\u00e9\""', 'evidence.é"'),
    ],
)
def test_quoted_parts_of_names_lose_their_quotes(written: str, name: str) -> None:
    """Dots join the parts."""
    literals = Literals()
    assert literals.attribute(written, 0).text == name
    assert literals.name(written, 0).text == name
    assert not literals.diagnostics


@pytest.mark.parametrize(
    ("written", "place"),
    [('evidence."card.no"', '"card.no"'), ('evidence."".x', '""'), ('evidence." \\t"', '" \\t"'), ('"a.b"', '"a.b"')],
)
def test_keys_that_are_never_looked_up_are_refused(written: str, place: str) -> None:
    """A dot inside of a key, and a key of nothing but blanks; only inputs have keys."""
    literals = Literals()
    literals.attribute(written, 10)
    assert [(found.code, written[found.span.start - 10 : found.span.end - 10]) for found in literals.diagnostics] == [
        ("L209", place)
    ]
    literals = Literals()
    literals.name(written, 10)
    assert not literals.diagnostics


def test_literals_know_their_place() -> None:
    """Quotes belong to a text."""
    assert Literals().text('"ab"', 7).span == Span(7, 11)
    assert Literals().number("25", 7).span == Span(7, 9)
    assert Literals().name('a."b c"', 7).span == Span(7, 14)
