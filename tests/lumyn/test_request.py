"""What the gateway takes as a request, and what it says of everything else."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from pathlib import Path
from time import process_time
from typing import Any, NoReturn

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumyn
from lumyn.canonical import canonical, digest_of
from lumyn.errors import RequestError
from lumyn.normal_json import Limits, read_normal_json
from lumyn.request import Request, read_request

SCHEMA = json.loads((Path(lumyn.__file__).parent / "schemas" / "decision_request.v0.json").read_text(encoding="utf-8"))
REQUEST: dict[str, Any] = {
    "schema_version": "decision_request.v0",
    "request_id": "r-1",
    "tenant": {"tenant_id": "acme", "environment": "prod"},
    "subject": {"type": "agent", "id": "support-agent", "roles": ["refunds"]},
    "action": {
        "type": "support.refund",
        "intent": "Refund a duplicate charge",
        "target": {"system": "stripe", "resource_type": "charge", "resource_id": "ch_1"},
        "amount": {"value": 201.0, "currency": "USD"},
        "tags": ["duplicate_charge"],
    },
    "evidence": {"order_id": "82731", "chargeback_risk": 0.1},
    "context": {"mode": "digest_only", "digest": "sha256:" + "a" * 64},
}


def read(source: bytes | str | dict[str, Any]) -> Request:
    """The request in some bytes, text or object."""
    return read_request(source, Limits())


def problems(source: bytes | str | dict[str, Any]) -> list[str]:
    """What is said to be wrong."""
    with pytest.raises(RequestError) as caught:
        read(source)
    assert caught.value.reason_code == "INVALID_REQUEST_SCHEMA"
    return [str(problem) for problem in caught.value.problems]


def with_evidence(text: str) -> bytes:
    """The request with some JSON as its evidence."""
    return (
        json.dumps({**REQUEST, "evidence": {"slot": 0}}).replace('{"slot": 0}', text).encode("utf-8", "surrogatepass")
    )


@pytest.mark.parametrize("odd", ["1e999", "9007199254740993", '{"a": 1, "a": 2}', "1e300"])
@pytest.mark.parametrize("broken", ["NaN", "[", "'x'", '"\\x"'])
def test_what_is_no_json_is_refused_behind_oddities_too(odd: str, broken: str) -> None:
    """Whatever stands before it."""
    assert problems(with_evidence(f"[{odd}, {broken}"))[0].startswith(("not JSON", "line "))


def test_a_request_is_read_from_bytes_text_and_objects() -> None:
    """All the same; integral doubles are integers."""
    request = read(json.dumps(REQUEST).encode())
    assert request == read(json.dumps(REQUEST)) == read(REQUEST)
    assert (request.tenant, request.request_id, request.action_type) == ("acme", "r-1", "support.refund")
    amount = request.document["action"]["amount"]["value"]  # type: ignore[call-overload, index]
    assert amount == 201
    assert type(amount) is int


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ('{"a": 1, "a": 2}', "/evidence/a: this key stands twice in its object"),
        ('{"a": {"\\u0062": 1, "b": 2}}', "/evidence/a/b: this key stands twice in its object"),
        ('{"a": 9007199254740993}', "/evidence/a: an integer beyond 2^53, which no double holds; send it as a text"),
        ('{"a": [0, 1e300]}', "/evidence/a/1: a number beyond 2^53; send it as a text"),
        ('{"a": 1e999}', "/evidence/a: a number that no double holds as it is written; send fewer digits, or a text"),
        (
            '{"a": 0.12345678901234567891}',
            "/evidence/a: a number that no double holds as it is written; send fewer digits, or a text",
        ),
        ('{"a~/b": "\\u0000"}', "/evidence/a~0~1b: a text has NUL in it"),
        ('{"a": "\\ud800"}', "/evidence/a: a text has a lone surrogate in it"),
        ('{"\\ud800": 1}', "/evidence/\\ud800: a text has a lone surrogate in it"),
        ('{"a": NaN}', "not JSON: NaN is no number of JSON's"),
        ('{"a": -Infinity}', "not JSON: -Infinity is no number of JSON's"),
        ('{"a": ' + "[" * 31 + "]" * 31 + "}", "/evidence/a" + "/0" * 30 + ": nested more than 32 deep"),
        ("{" + ", ".join(f'"k{n}": 1' for n in range(1_000)) + "}", "1,024 keys, and 1,000 are the limit"),
        ('{"a": "' + "x" * 300_000 + '"}', "more than 262,144 bytes"),
    ],
)
def test_what_a_decision_can_not_stand_on_is_refused(evidence: str, said: str) -> None:
    """With its place, and what to do."""
    assert problems(with_evidence(evidence)) == [said]


@pytest.mark.parametrize(
    "evidence", ['{"a": 0.10}', '{"a": 1e2}', '{"a": -0.0}', '{"a": "\\ud83d\\ude00"}', '{"a": 9007199254740992}']
)
def test_what_only_looks_odd_is_taken(evidence: str) -> None:
    """Numbers spelled in other ways, pairs of surrogates."""
    assert read(with_evidence(evidence)).document["evidence"] == json.loads(evidence)


@pytest.mark.parametrize(
    "source", [b"", b"[", b"null", b"[]", b"5", b'"a"', b"\xff", b"\xef\xbb\xbf{}", {"a": object()}, {"a": {1}}]
)
def test_anything_else_is_refused(source: bytes | dict[str, Any]) -> None:
    """And never a traceback."""
    assert problems(source)


def test_an_inline_context_is_what_its_digest_says() -> None:
    """By its canonical JSON, in normal form."""
    inline = {"b": 1.0, "a": "é"}
    digest = digest_of(canonical({"a": "é", "b": 1}))
    context = {"mode": "inline", "inline": inline, "digest": digest}
    assert read({**REQUEST, "context": context}).document
    (said,) = problems({**REQUEST, "context": {**context, "digest": "sha256:" + "0" * 64}})
    assert said.startswith("/context/digest: is not the digest of /context/inline")
    assert digest in said


def test_two_tenants_that_differ_are_refused() -> None:
    """Nobody can say whose decision it is."""
    subject = {**REQUEST["subject"], "tenant_id": "other"}
    assert problems({**REQUEST, "subject": subject}) == ["/subject/tenant_id: is another tenant than /tenant/tenant_id"]
    alone = {key: value for key, value in REQUEST.items() if key != "tenant"}
    assert read({**alone, "subject": subject}).tenant == "other"
    assert read(alone).tenant is None


ODD = st.sampled_from(
    [None, True, 0, -1, 1.5, "", "x", "a.b", "A.b", "a.b\n", "sha256:", [], [""], ["x"], {}, {"a": 1}]
)


@given(st.data())
def test_the_published_schema_decides(data: st.DataObject) -> None:
    """Whatever is changed in a request, it is refused by its schema exactly when another validator says so."""
    document = copy.deepcopy(REQUEST)
    for _ in range(data.draw(st.integers(1, 2))):
        parent = document
        for _ in range(data.draw(st.integers(0, 2))):
            inner = [value for value in parent.values() if isinstance(value, dict)]
            if not inner:
                break
            parent = data.draw(st.sampled_from(inner))
        keys = [*parent, "more", "tenant_id", "inline", "ref", "mode", "redaction"]
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()):
            parent[key] = data.draw(ODD)
        else:
            parent.pop(key, None)
    fits = jsonschema.Draft202012Validator(SCHEMA).is_valid(read_normal_json(document, Limits()))
    try:
        read(document)
    except RequestError as error:
        refused = str(error)
        about_more = "is not the digest of" in refused or "is another tenant" in refused
        assert not fits or about_more, refused
    else:
        assert fits


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """With RequestError and nothing else."""
    try:
        read(content)
    except RequestError as error:
        assert error.problems  # noqa: PT017  it is what the error is for


class _Odd(dict[str, object]):
    """Something of a caller's that is a dict, until it is asked for what it holds."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(a=1)
        self.error = error

    def items(self) -> NoReturn:
        raise self.error


class _UnreadableError(Exception):
    def __str__(self) -> str:
        raise KeyError


@pytest.mark.parametrize(
    "error", [KeyError("x"), ValueError(_UnreadableError()), _UnreadableError(), OSError(), TypeError()]
)
def test_what_raises_is_no_request(error: Exception) -> None:
    """Whatever a class of a caller's raises."""
    with pytest.raises(RequestError):
        read({"subject": _Odd(error)})
    with pytest.raises(RequestError):
        read(_Odd(error))


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("mantissa", ["1", "0", "0.0", "1.5", "9" * 400 + ".0"])
@pytest.mark.parametrize("exponent", ["", "+", "-"])
def test_no_exponent_is_too_long(sign: str, mantissa: str, exponent: str) -> None:
    """It is a number or a problem with a place."""
    text = f"{sign}{mantissa}e{exponent}{'9' * 30}"
    with suppress(RequestError):
        read(with_evidence(f'{{"x": {text}}}'))
    if mantissa == "1" and not exponent:
        assert "/evidence/x" in problems(with_evidence(f'{{"x": {text}}}'))[0]


_NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,30})?", fullmatch=True)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary() | st.builds(object),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()) | st.integers() | st.none(), inner)
    | st.builds(_Odd, st.sampled_from([KeyError(), ValueError("x"), RuntimeError("x")])),
    max_leaves=8,
)  # fmt: skip


@given(
    st.dictionaries(st.sampled_from([*REQUEST, "odd"]), _VALUES).map(lambda odd: {**REQUEST, **odd})
    | st.text(st.characters())
    | _NUMBERS.map(lambda text: with_evidence(f'{{"x": {text}}}'))
)
def test_whatever_is_given_is_a_request_or_refused(source: bytes | str | dict[str, Any]) -> None:
    """No other exception comes out of reading."""
    try:
        read(source)
    except RequestError as error:
        str(error).encode()


def test_a_doubled_key_among_many_is_found_at_once() -> None:
    """It costs one look at each."""
    pairs = ", ".join(f'"{index:x}": 0' for index in range(20_000))
    before = process_time()
    assert problems(with_evidence(f'{{{pairs}, "{19_999:x}": 0}}'))
    assert process_time() - before < 2
