"""JSON that a decision can stand on, and nothing else."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn.errors import JsonError, TrailingJsonError
from lumyn.strict_json import parse

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_what_json_can_say_is_read_back(value: object) -> None:
    """Every JSON value is accepted as it is."""
    assert parse(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b'{"a": 1, "a": 2}', 'the key "a" stands twice in one object'),
        (b'{"a": {"b": 1, "\\u0062": 2}}', 'the key "b" stands twice in one object'),
        (b"1" * 5_000, "a number has too many digits"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_a_decision_cannot_stand_on_is_refused(content: bytes, detail: str) -> None:
    """The error says why."""
    with pytest.raises(JsonError) as caught:
        parse(content)

    assert str(caught.value) == caught.value.detail == f"not usable: {detail}"
    assert (caught.value.line, caught.value.column) == (None, None)


@pytest.mark.parametrize("content", [b'{"a": NaN}', b"[-Infinity]", b"Infinity"])
def test_numbers_that_are_none_are_refused(content: bytes) -> None:
    """Though Python reads and writes them."""
    with pytest.raises(JsonError, match=r"^not JSON: (NaN|-?Infinity) is no number of JSON's$"):
        parse(content)


VALUE = "a value should stand here: a text, a number, an object, a list, true, false or null"


@pytest.mark.parametrize(
    ("content", "place", "detail"),
    [
        (b"", (1, 1), "it is empty"),
        (b" \n ", (2, 2), "it is empty"),
        (b'{"a": }', (1, 7), VALUE),
        (b'{\n "\xc3\xa4": yes}', (2, 7), VALUE),
        (b'{"a": None}', (1, 7), "JSON spells it null"),
        (b'{"a": True}', (1, 7), "JSON spells it true"),
        (b'{"a": False}', (1, 7), "JSON spells it false"),
        (b"{'a': 1}", (1, 2), "texts and keys stand in double quotes"),
        (b"['a']", (1, 2), "texts and keys stand in double quotes"),
        (b'{\n// why\n"a": 1}', (2, 1), "JSON has no comments"),
        (b'{"a": 1 /* why */}', (1, 9), "JSON has no comments"),
        (b'{"a": 1 # why\n}', (1, 9), "JSON has no comments"),
        (b"{a: 1}", (1, 2), "a key should stand here, a text in double quotes"),
        (b'{"a" 1}', (1, 6), "a colon should stand here, between a key and its value"),
        (b'{"a": 1 "b": 2}', (1, 9), "a comma should stand here, or the end of the object or list"),
        (b"[1 2]", (1, 4), "a comma should stand here, or the end of the object or list"),
        (b'{"a": 1,\n}', (1, 8), "no comma stands after the last entry of an object or list"),
        (b"[1, 2 , ]", (1, 7), "no comma stands after the last entry of an object or list"),
        (b'{"a": "b}', (1, 7), "this text is never closed by a double quote"),
        (b'{"a": [1, 2\n', (2, 1), "it ends here, before the value does"),
        (b'{"a":', (1, 6), "it ends here, before the value does"),
        (
            b'"two\nlines"',
            (1, 5),
            "inside a text write a line end as \\n, a tab as \\t, another control character as \\u and 4 digits",
        ),
        (
            b'"C:\\dir"',
            (1, 4),
            'a backslash in a text is written \\\\, and stands alone only in \\" \\/ \\b \\f \\n \\r \\t and \\u with 4 digits',
        ),
        (b"\xef\xbb\xbf{}", (1, 1), "it begins with a byte-order mark; save it as UTF-8 without one"),
    ],
)
def test_what_is_no_json_is_said_with_its_place_and_what_to_do(
    content: bytes, place: tuple[int, int], detail: str
) -> None:
    """In words that do not depend on Python's."""
    with pytest.raises(JsonError) as caught:
        parse(content)

    assert caught.value.detail == f"not JSON: {detail}"
    assert (caught.value.line, caught.value.column) == place
    assert str(caught.value) == f"line {place[0]}, column {place[1]}: not JSON: {detail}"


@pytest.mark.parametrize("content", [b'{"a": 1}\n{"a": 2}\n', b"{} {}", b"1 2"])
def test_more_than_one_value_is_told_from_other_mistakes(content: bytes) -> None:
    """Whoever reads lines can say so."""
    with pytest.raises(TrailingJsonError, match=r"not JSON: the value ends before this, and nothing may follow it$"):
        parse(content)


@pytest.mark.parametrize(
    ("content", "place", "detail"),
    [
        (b'{"a":\n"\xc3\xa4\xff"}', (2, 3), "byte 0xff is not UTF-8 here; save it as UTF-8"),
        ("{}".encode("utf-16"), (1, 1), "this is UTF-16; save it as UTF-8"),
    ],
)
def test_what_is_not_utf_8_is_said_with_its_place(content: bytes, place: tuple[int, int], detail: str) -> None:
    """And what to do."""
    with pytest.raises(JsonError) as caught:
        parse(content)

    assert caught.value.detail == detail
    assert (caught.value.line, caught.value.column) == place


@given(st.text())
def test_no_word_of_the_parser_of_python_gets_through(text: str) -> None:
    """Whatever is wrong, it is said in words of our own."""
    try:
        parse(text.encode(errors="replace"))
    except JsonError as problem:
        assert not re.search("Expecting|Extra data|Illegal|Unterminated|Invalid|BOM|this is no JSON", problem.detail)  # noqa: PT017
