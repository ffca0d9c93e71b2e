"""JSON that a decision can stand on, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn.errors import JsonError
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
        (b'{"a": 1, "a": 2}', 'not usable: the key "a" stands twice in one object'),
        (b'{"a": {"b": 1, "\\u0062": 2}}', 'not usable: the key "b" stands twice in one object'),
        (b'{"a": NaN}', "not JSON: NaN is no number of JSON's"),
        (b"[-Infinity]", "not JSON: -Infinity is no number of JSON's"),
        (b'{"a": }', "not JSON: Expecting value at line 1, column 7"),
        (b"", "not JSON: Expecting value at line 1, column 1"),
        (b'{"a": "\xff"}', "not UTF-8: invalid start byte at byte 7"),
        (b"1" * 5_000, "not usable: a number has too many digits"),
        (b"[" * 100_000, "not usable: nested too deeply"),
    ],
)
def test_what_a_decision_cannot_stand_on_is_refused(content: bytes, detail: str) -> None:
    """The error says why, and where that is known."""
    with pytest.raises(JsonError) as caught:
        parse(content)

    assert caught.value.detail == detail
    assert str(caught.value) == detail
