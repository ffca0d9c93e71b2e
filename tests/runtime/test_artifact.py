"""Bytes → a table that is whole, or an ArtifactError; nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest
import rfc8785
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

import lumyn_compiler
import lumyn_runtime
from lumyn_runtime.artifact import dumps, loads, policy_hash
from lumyn_runtime.errors import ArtifactError
from lumyn_runtime.limits import ARTIFACT_BYTES_MAX, BODY_VALUES_MAX
from lumyn_runtime.table import Table
from tests.profiles import examples
from tests.runtime.tables import requests_for, tables

CODES = {"not-an-artifact", "unsupported-version", "hash-mismatch", "truncated", "malformed", "too-large"}

ARTIFACT = lumyn_compiler.compile_text("""
policy shop version "1" mode enforce default ESCALATE because NO_MATCH_DEFAULT_ESCALATE
evidence order_id : text
evidence level : one of (low, high)
evidence risk : number from 0 to 1
reason RISKY "A risk." redact evidence.order_id
stage REQUIREMENTS
  rule R1 for shop.refund require evidence.order_id ask "Which order?" else QUERY because NO_ORDER
stage HARD_BLOCKS
  rule R2 for shop.* when evidence.risk >= 0.7 or action.tags contains "fraud" then ABSTAIN because RISKY
stage TRUST_PATHS
  rule R3 for shop.refund when evidence.level = low and subject.id starts with "agent-" then TRUST because SMALL
    oblige log severity info "Note it."
""").artifact
HEADER, BODY = ARTIFACT.split(b"\n", 1)


def rehashed(body: bytes) -> bytes:
    """A body under the header that is right for it."""
    return b"lpack 1 blake3:%s\n%s" % (blake3(body).hexdigest().encode(), body)


def refusal(artifact: bytes) -> ArtifactError:
    """Why an artifact is not loaded."""
    with pytest.raises(ArtifactError) as caught:
        loads(artifact)
    assert caught.value.code in CODES
    assert len(str(caught.value)) < 500
    return caught.value


def test_an_artifact_is_what_its_description_says() -> None:
    """Two lines, of which the first is a function of the second, and the second is canonical JSON."""
    assert rehashed(BODY) == ARTIFACT
    assert rfc8785.dumps(json.loads(BODY)) == BODY
    assert policy_hash(ARTIFACT) == f"blake3:{blake3(BODY).hexdigest()}"


@given(tables())
def test_a_table_survives_being_written_and_read(table: Table) -> None:
    """Whatever the format allows, and in the one spelling of RFC 8785."""
    artifact = dumps(table)
    assert dumps(loads(artifact)) == artifact
    body = artifact.split(b"\n", 1)[1]
    assert rfc8785.dumps(json.loads(body, parse_int=float)) == body


def test_every_change_of_a_single_bit_is_refused() -> None:
    """In the header, in the hash, in the body."""
    for position in range(8 * len(ARTIFACT)):
        changed = bytearray(ARTIFACT)
        changed[position // 8] ^= 1 << position % 8
        refusal(bytes(changed))


def test_every_truncation_and_extension_is_refused() -> None:
    """A copy that broke off says so."""
    assert {refusal(ARTIFACT[:length]).code for length in range(len(ARTIFACT) - 1)} <= {"truncated", "hash-mismatch"}
    assert refusal(ARTIFACT[:-1]).code == "truncated"
    assert {refusal(ARTIFACT + more).code for more in (b"\n", b" ", b"\x00", b"}", ARTIFACT)} <= CODES


@given(st.binary(max_size=300))
@settings(max_examples=examples(1_000))
def test_any_bytes_are_refused(data: bytes) -> None:
    """With and without a header that is right."""
    refusal(data)
    refusal(rehashed(data))
    refusal(HEADER + b"\n" + data)


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The artifact with a change of its body, canonical and rightly hashed."""
    body = json.loads(BODY)
    change(body)
    return rehashed(rfc8785.dumps(body))


def test_the_change_of_nothing_is_accepted() -> None:
    """So that what follows is refused for what it says."""
    assert changed(dict.copy) == ARTIFACT


def _risk(body: dict[str, Any]) -> dict[str, Any]:
    """The column of `evidence.risk`, which is a number from 0 to 1."""
    return next(c for s in body["sections"] for c in s["columns"] if c.get("cuts") == [["from", 0.7]])


NONSENSE: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "a rule that is not there": ("malformed", lambda b: b["sections"][1]["rows"][0].update(rule=99)),
    "a rule before the first": ("malformed", lambda b: b["sections"][1]["rows"][0].update(rule=-1)),
    "a rule that is a fraction": ("malformed", lambda b: b["sections"][1]["rows"][0].update(rule=0.5)),
    "a rule that is true": ("malformed", lambda b: b["sections"][1]["rows"][0].update(rule=True)),
    "an attribute that is not there": ("malformed", lambda b: b["sections"][1]["columns"][0].update(attribute=99)),
    "a column that is not there": ("malformed", lambda b: b["sections"][1]["rows"][0].update(when=[[99, [0, 0]]])),
    "a class that is not there": ("malformed", lambda b: b["sections"][1]["rows"][0].update(when=[[0, [0, 99]]])),
    "classes from high to low": ("malformed", lambda b: b["sections"][1]["rows"][0].update(when=[[0, [1, 0]]])),
    "a constraint of every class": ("malformed", lambda b: b["sections"][1]["rows"][0].update(when=[[0, [0, 2]]])),
    "a question that is not there": ("malformed", lambda b: b["sections"][2]["rows"][0].update(asks=[7])),
    "rows out of order": ("malformed", lambda b: b["sections"][2]["rows"].reverse()),
    "sections out of order": ("malformed", lambda b: b["sections"].reverse()),
    "no section for other actions": ("malformed", lambda b: b["sections"].pop(0)),
    "no sections": ("malformed", lambda b: b.update(sections=[])),
    "a section twice": ("malformed", lambda b: b["sections"].append(b["sections"][-1])),
    "attributes out of order": ("malformed", lambda b: b["attributes"].reverse()),
    "a kind that is none": ("malformed", lambda b: b["attributes"][0].update(kind="tensor")),
    "another kind of a built-in": ("malformed", lambda b: b["attributes"][0].update(kind="text")),
    "a verdict that is none": ("malformed", lambda b: b["rules"][0].update(verdict="ALLOW")),
    "a stage that is none": ("malformed", lambda b: b["rules"][0].update(stage="DEFAULT")),
    "a rule id of the engine": ("malformed", lambda b: b["rules"][0].update(id="DEFAULT")),
    "a rule id twice": ("malformed", lambda b: b["rules"][0].update(id="R2")),
    "a rule without a reason": ("malformed", lambda b: b["rules"][0].update(reasons=[])),
    "a question under another verdict": ("malformed", lambda b: b["rules"][0].update(verdict="TRUST")),
    "a default that is none": ("malformed", lambda b: b.update(default={"reason": "X", "verdict": "MAYBE"})),
    "a mode that is none": ("malformed", lambda b: b.update(mode="off")),
    "a blank policy id": ("malformed", lambda b: b.update(policy_id="\u200b")),
    "a key that has no place": ("malformed", lambda b: b.update(more=1)),
    "a key that is missing": ("malformed", lambda b: b.pop("rules")),
    "an array for an object": ("malformed", lambda b: b.update(default=[])),
    "null for an array": ("malformed", lambda b: b.update(rules=None)),
    "a default reason of the engine": ("malformed", lambda b: b["default"].update(reason="INVALID_EVIDENCE")),
    "a reason of a rule twice": ("malformed", lambda b: b["rules"][1].update(reasons=["RISKY", "RISKY"])),
    "a question twice": ("malformed", lambda b: b["rules"][0].update(queries=b["rules"][0]["queries"] * 2)),
    "a question about no attribute": ("malformed", lambda b: b["rules"][0]["queries"][0].update(field="anything")),
    "a cut that parts nothing": ("malformed", lambda b: _risk(b)["cuts"].append(["from", 1.5])),
    "a cut at the lowest value": ("malformed", lambda b: _risk(b)["cuts"].insert(0, ["from", 0])),
    "other semantics": ("unsupported-version", lambda b: b.update(semantics=2)),
    "semantics that are no number": ("malformed", lambda b: b.update(semantics="1")),
}


@pytest.mark.parametrize(("code", "change"), NONSENSE.values(), ids=NONSENSE)
def test_nonsense_under_the_right_hash_is_refused(code: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Every index is in range, every kind is one, and everything has its one order."""
    assert refusal(changed(change)).code == code


@pytest.mark.parametrize(
    "body",
    [
        BODY.replace(b":", b": ", 1),
        BODY.replace(b'"mode"', b'"\\u006dode"'),
        BODY.replace(b"0.7", b"0.70"),
        BODY.replace(b"0.7", b"7e-1"),
        BODY.replace(b'"semantics":1', b'"semantics":1.0'),
        BODY.replace(b'{"attributes"', b'{"mode":"enforce","attributes"', 1),
        BODY + b"\n",
        b"\xef\xbb\xbf" + BODY,
        BODY.replace(b"Which", b"Wh\xffch"),
        BODY.replace(b"Which", b"\\ud800"),
        BODY.replace(b"0.7", b"NaN"),
        BODY.replace(b"0.7", b"1e999"),
        BODY.replace(b"0.7", b"1" * 5_000),
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"",
        b"{}",
        b"null",
        b"[]",
        b"{",
    ],
)
def test_a_body_has_one_spelling(body: bytes) -> None:
    """White space, escapes, other numbers, keys twice, other encodings and depths are refused, rightly hashed."""
    assert body != BODY
    assert refusal(rehashed(body)).code in {"malformed", "truncated"}


def test_huge_counts_are_refused_before_they_are_parsed() -> None:
    """By the size of the file, and by the number of its values."""
    assert refusal(rehashed(b"[" + b"0," * BODY_VALUES_MAX + b"0]")).code == "too-large"
    assert refusal(b"lpack 1 blake3:" + b"0" * ARTIFACT_BYTES_MAX).code == "too-large"


def test_a_table_of_too_many_bits_is_refused() -> None:
    """Rows times classes are what the masks will take."""

    def grow(body: dict[str, Any]) -> None:
        section = body["sections"][-1]
        texts = sorted(f"t{number}" for number in range(60_000))
        column = next(c for c in section["columns"] if c.get("prefixes"))
        index = section["columns"].index(column)
        column["texts"] = texts
        section["rows"] = [{"rule": 2, "when": [[index, [number, number]]]} for number in range(10_000)]

    assert refusal(changed(grow)).code == "too-large"


def test_columns_of_one_section_are_bounded() -> None:
    """Masks have a bit for each column: very many columns without a single row would be gigabytes."""

    def widen(body: dict[str, Any]) -> None:
        members: list[dict[str, Any]] = [{"attribute": 0, "member": f"t{number}"} for number in range(20_000)]
        assert body["attributes"][0]["kind"] == "set of text"
        body["sections"][0].update(columns=[{"attribute": 0}, *sorted(members, key=lambda c: c["member"])], rows=[])

    assert refusal(changed(widen)).code == "too-large"


def test_a_name_of_very_many_parts_is_refused() -> None:
    """A decision looks no deeper into a request than the stack is deep."""

    def deepen(parts: int) -> bytes:
        return changed(lambda body: body["attributes"][-2].update(name="evidence" + ".risk" * (parts - 1)))

    assert json.loads(BODY)["attributes"][-2]["name"] == "evidence.risk"
    assert lumyn_runtime.load(deepen(64)).evaluate({"action": {"type": "shop.refund"}}).matched_rules
    for parts in (65, 2_000):
        assert refusal(deepen(parts)).code == "too-large"
    assert refusal(changed(lambda body: body.update(redact=["evidence" + ".a" * 1_000_000]))).code == "too-large"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (b"", "truncated"),
        (b"lpack", "truncated"),
        (HEADER, "truncated"),
        (b"lpack 2 " + HEADER[8:] + b"\n" + BODY, "unsupported-version"),
        (b"lpack 1 sha256:" + b"0" * 64 + b"\n" + BODY, "not-an-artifact"),
        (b"LPACK 1 " + HEADER[8:] + b"\n" + BODY, "not-an-artifact"),
        (HEADER.upper().replace(b"LPACK 1 BLAKE3", b"lpack 1 blake3") + b"\n" + BODY, "malformed"),
        (HEADER + b"\r\n" + BODY, "malformed"),
        (b'{"policy_id": "shop"}', "not-an-artifact"),
        (b'policy shop version "1"\n', "not-an-artifact"),
    ],
)
def test_a_header_says_what_is_wrong_with_it(header: bytes, code: str) -> None:
    """With a stable code."""
    assert refusal(header).code == code


def test_only_the_expected_policy_is_loaded() -> None:
    """Any other is refused, however whole it is."""
    assert lumyn_runtime.load(ARTIFACT, expected_hash=policy_hash(ARTIFACT)).policy_id == "shop"
    for expected in ("blake3:" + "0" * 64, "", policy_hash(ARTIFACT).upper()):
        with pytest.raises(ArtifactError) as caught:
            lumyn_runtime.load(ARTIFACT, expected_hash=expected)
        assert caught.value.code == "hash-mismatch"


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401  any JSON value
    """Paths to everything in a JSON value."""
    if path:
        yield path
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


ODD: st.SearchStrategy[object] = st.sampled_from(
    (
        None,
        True,
        False,
        0,
        1,
        -1,
        2,
        3,
        99,
        2**31,
        2**53 - 1,
        0.5,
        1e300,
        "",
        " ",
        "a",
        "*",
        "TRUST",
        [],
        [0],
        [[0, 0]],
        {},
    )
)


@given(st.data())
@settings(max_examples=examples(500))
def test_a_changed_body_under_the_right_hash_is_refused_or_decides(data: st.DataObject) -> None:
    """What is loaded has no index out of range: it decides any request, and is written as it was read."""
    body = json.loads(BODY)
    for _ in range(data.draw(st.integers(1, 2))):
        paths = list(places(body))
        *path, key = data.draw(st.sampled_from(paths))
        parent = body
        for step in path:
            parent = parent[step]
        if data.draw(st.integers(0, 3)):
            parent[key] = data.draw(ODD)
        else:
            del parent[key]
    artifact = rehashed(rfc8785.dumps(body))
    try:
        policy = lumyn_runtime.load(artifact)
    except ArtifactError:
        return
    assert dumps(policy.table) == artifact
    for request in islice(iter(lambda: data.draw(requests_for(policy.table)), None), 3):
        assert policy.evaluate(request).matched_rules
