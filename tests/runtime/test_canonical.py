"""The runtime's own canonical JSON, held against the library for RFC 8785."""

from __future__ import annotations

import struct

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from lumyn_runtime.canonical import write_number, write_text
from tests.profiles import examples

FINITE = st.floats(allow_nan=False, allow_infinity=False)
BITS = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0])
DECIMAL = st.builds(
    lambda digits, power: float(f"{digits}e{power}"), st.integers(-(10**17), 10**17), st.integers(-30, 30)
)


@given(st.one_of(FINITE, DECIMAL, BITS.filter(lambda number: abs(number) < float("inf"))))
@settings(max_examples=examples(2_000))
def test_a_number_is_spelled_as_the_library_spells_it(number: float) -> None:
    """Whatever its size, its digits and its sign."""
    assert write_number(number).encode() == rfc8785.dumps(number)


@pytest.mark.parametrize("power", range(-26, 26))
def test_the_point_moves_where_it_should(power: int) -> None:
    """The places where exponents begin are 1e21 and 1e-7."""
    for digits in ("1", "-1", "1.5", "9.999999999999999"):
        number = float(f"{digits}e{power}")
        assert write_number(number).encode() == rfc8785.dumps(number)


@given(st.text(st.characters(codec="utf-8")))
@settings(max_examples=examples(1_000))
def test_a_text_is_spelled_as_the_library_spells_it(text: str) -> None:
    """Control characters are escaped, all else stands for itself."""
    assert write_text(text).encode() == rfc8785.dumps(text)


def test_every_character_of_one_byte_is_spelled_as_the_library_spells_it() -> None:
    """Quotes, backslashes, control characters, DEL."""
    for code_point in range(256):
        assert write_text(chr(code_point)).encode() == rfc8785.dumps(chr(code_point))
