"""Canonical JSON is what RFC 8785 says it is."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from lumyn.canonical import canonical, canonical_of_normal, digest_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1e-6, 9.99e-7, 1e-5, 0.0001, 1e15, 1e16, 1e21, 1e20, 5e-324, 123456789012345.6]),
)
ODD_TEXTS = st.sampled_from(
    [":1e5", ",2.0,", "[3.0]", "\u20ac", "\ufb33", "\U0001f600", "\x7f", "\u2028", '"\\', "\b\f\x01"]
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, ODD_TEXTS),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.one_of(TEXTS, ODD_TEXTS), inner)),
)


@given(VALUES)
def test_it_agrees_with_another_implementation(value: object) -> None:
    """On any value, whichever way it is spelled inside."""
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(VALUES)
def test_it_is_read_back(value: object) -> None:
    """As an equal value, and it is its own canonical form."""
    again = json.loads(canonical(value), parse_int=float)  # type: ignore[arg-type]
    assert again == value
    assert canonical(again) == canonical(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        # The examples that RFC 8785 gives in sections 3.2.2 and 3.2.3, and some of its appendix B.
        (
            [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
            b"[333333333.3333333,1e+30,4.5,0.002,1e-27]",
        ),
        ('\u20ac$\u000f\nA\'B"\\\\"/', b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        (
            {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\u00f6": 7},
            b'{"\\r":2,"1":4,"\xc2\x80":6,"\xc3\xb6":7,"\xe2\x82\xac":1,"\xf0\x9f\x98\x80":5,"\xef\xac\xb3":3}',
        ),
        (-0.0, b"0"),
        (5e-324, b"5e-324"),
        (math.nextafter(1e23, 0), b"1e+23" if math.nextafter(1e23, 0) == 1e23 else b"9.999999999999997e+22"),
        (9007199254740993.0, b"9007199254740992"),
        (295147905179352830000.0, b"295147905179352830000"),
    ],
)
def test_the_published_examples(value: object, spelled: bytes) -> None:
    """Byte for byte."""
    assert canonical(value) == spelled  # type: ignore[arg-type]


def normal(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """A value in normal form, as requests are once they are read."""
    match value:
        case dict():
            return {key: normal(inner) for key, inner in value.items()}
        case list():
            return [normal(item) for item in value]
        case bool():
            return value
        case int() | float():
            small = max(-(2**53) + 1, min(2**53 - 1, value))
            return int(small) if small == int(small) else small
        case _:
            return value


@given(VALUES)
def test_what_is_in_normal_form_is_spelled_the_same(value: object) -> None:
    """By the quicker way."""
    assert canonical_of_normal(normal(value)) == rfc8785.dumps(normal(value))


def test_what_nests_too_deeply_for_the_quicker_way_is_spelled_too() -> None:
    """As deep as requests are taken when an operator allows it."""
    value: Any = {"b": 1, "a": 2}
    for _ in range(300):
        value = [value]
    assert canonical_of_normal(value) == b"[" * 300 + b'{"a":2,"b":1}' + b"]" * 300


def test_a_digest_names_its_hash() -> None:
    """As requests and records do."""
    assert digest_of(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
