"""A loader written from docs/artifact-format.md alone agrees with the runtime, so the page is enough."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import event, given, settings
from hypothesis import strategies as st

import lumyn_compiler
import lumyn_runtime
from lumyn_runtime import ArtifactError, RiskSignals
from lumyn_runtime.artifact import dumps
from tests.docs.independent_evaluator import decide
from tests.docs.independent_loader import Refused, load
from tests.docs.independent_shapes import Json
from tests.examples.cases import EXAMPLE_NAMES, EXAMPLES, expectations, request_of
from tests.profiles import examples
from tests.runtime.tables import TableCase, table_cases

ROOT = Path(__file__).parents[2]
STARTERS = sorted((ROOT / "lumyn" / "starter").glob("*/policy.lumyn"))
REQUESTS = [request_of(name, expectation) for name in EXAMPLE_NAMES for expectation in expectations(name)]


@cache
def artifact_of(source: Path) -> bytes:
    """A compiled policy."""
    return lumyn_compiler.compile_file(source).artifact


SOURCES = [*STARTERS, *(EXAMPLES / name / "policy.lumyn" for name in EXAMPLE_NAMES)]


def test_it_uses_nothing_of_lumyn() -> None:
    """Its three modules import nothing of the project but each other."""
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, tests.docs.independent_evaluator; print(*sys.modules)"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout.split()
    assert "tests.docs.independent_loader" in loaded
    assert not [name for name in loaded if name.startswith("lumyn")]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("similarity", [0.0, 0.8])
def test_it_decides_every_example_as_the_runtime_does(source: Path, similarity: float) -> None:
    """Every starter and example policy, with the requests of all examples, and with their actions changed to its own."""
    table, policy = load(artifact_of(source)), lumyn_runtime.load(artifact_of(source))
    actions = [section.actions.replace("*", "any.other") for section in policy.table.sections]
    requests = [{**request, "action": {**request["action"], "type": a}} for request in REQUESTS for a in actions]
    for request in (*REQUESTS, *requests):
        assert decide(table, request, similarity) == policy.evaluate(request, RiskSignals(similarity)).to_dict(), (
            request
        )


@settings(max_examples=examples(300))
@given(table_cases())
def test_it_decides_with_every_table_as_the_runtime_does(case: TableCase) -> None:
    """Tables of everything that the format allows, with requests aimed at them."""
    artifact = dumps(case.table)
    table, policy = load(artifact), lumyn_runtime.load(artifact)
    for request, similarity in case.requests:
        expected = policy.evaluate(request, RiskSignals(similarity)).to_dict()
        assert decide(table, request, similarity) == expected, request


@settings(max_examples=examples(1_500))
@given(source=st.sampled_from(SOURCES), seed=st.integers(0, 2**32))
def test_it_refuses_what_the_runtime_refuses(source: Path, seed: int) -> None:
    """Bodies with one thing changed, under their right hash: the same ones are refused, with the same code."""
    body = json.loads(artifact_of(source)[80:])
    change(body, random.Random(seed))
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=True)
    artifact = sealed(text.encode("utf-8", "surrogatepass"))
    expected = code_of_runtime(artifact)
    event(f"runtime: {expected}")
    assert code_of_loader(artifact) == expected, text


@pytest.mark.parametrize("length", [*range(100), 500, -1])
def test_it_refuses_what_is_cut_short_as_the_runtime_does(length: int) -> None:
    """With the same code."""
    artifact = artifact_of(SOURCES[0])[:length]
    assert code_of_loader(artifact) == code_of_runtime(artifact) == "truncated"


@pytest.mark.parametrize("position", [*range(90), 500])
@pytest.mark.parametrize("byte", [0, 10, 32, 48, 50, 97, 255])
def test_it_refuses_every_other_byte_as_the_runtime_does(position: int, byte: int) -> None:
    """With the same code."""
    artifact = bytearray(artifact_of(SOURCES[0]))
    artifact[position] = byte
    assert code_of_loader(bytes(artifact)) == code_of_runtime(bytes(artifact))


def test_another_policy_than_the_expected_one_is_refused() -> None:
    """Its own hash is accepted."""
    artifact = artifact_of(SOURCES[0])
    load(artifact, artifact[8:79].decode())
    with pytest.raises(Refused, match="hash-mismatch"):
        load(artifact, "blake3:" + "0" * 64)


# ODD: values that stand in the place of others; texts and numbers of the format among them.
ODD: list[Json] = [None, True, False, -1, 0, 1, 2, 3, 2**53, 2**53 + 1, -(2**60), 0.5, 1e-7, 0.00001, 1.0, 1e300, -0.0]
ODD += [
    float("inf"),
    "",
    " ",
    "\u200b",
    "x",
    "*",
    ".*",
    "a.*",
    "\ud800",
    "TRUST",
    "QUERY",
    "DEFAULT",
    "INVALID_EVIDENCE",
]
ODD += [
    "number",
    "integer",
    "text",
    "one of",
    "set of text",
    "boolean",
    "scalar",
    "above",
    "from",
    "evidence.x",
    "évid",
]
ODD += [
    "evidence.",
    "evidence",
    "amount_usd",
    "risk.failure_similarity",
    "subject.type",
    "STORAGE_UNAVAILABLE",
    "_A",
    "A1",
]
ODD += [
    [],
    {},
    [0],
    [[0, 0]],
    ["from", 0],
    ["above", 0],
    ["above", 5e-324],
    ["from", 25.000000000000004],
    ["above", 2**53],
]
ODD += [[["from", 0.5], ["from", 0.5]], [["above", 25], ["from", 26]], ["b", "a"], ["a", "b"], [0, [0, 0], [1, 1]]]
ODD += [[0, [0, 0], [2, 2]], [0, [1, 0]], [0, [0, 99]], {"field": "x", "text": "y"}]
KEYS = [
    "asks",
    "when",
    "rule",
    "cuts",
    "texts",
    "prefixes",
    "member",
    "members",
    "from",
    "to",
    "queries",
    "obligations",
]
KEYS += ["odd", "semantics", "kind", "name", "verdict", "redact"]


def change(body: Json, chance: random.Random) -> None:
    """Change one thing somewhere in a body."""
    part = chance.choice([part for part in parts(body) if part])
    places: list[Json] = list(part) if isinstance(part, dict) else list(range(len(part)))
    at = chance.choice(places)
    match chance.choice(["replace", "replace", "nudge", "nudge", "delete", "insert", "copy", "swap"]):
        case "replace":
            part[at] = chance.choice(ODD)
        case "nudge":
            nudge(part, at, chance)
        case "delete":
            del part[at]
        case "insert" if isinstance(part, dict):
            part[chance.choice(KEYS)] = chance.choice(ODD)
        case "insert":
            part.insert(at, chance.choice(ODD))
        case "copy" if isinstance(part, list):
            part.insert(at, part[chance.choice(places)])
        case _:
            other = chance.choice(places)
            part[at], part[other] = part[other], part[at]


def nudge(part: Json, at: Json, chance: random.Random) -> None:
    """Change a value a little."""
    match part[at]:
        case bool():
            part[at] = 0
        case int() | float():
            part[at] += chance.choice([-1, 1, 0.5, -0.25])
        case str():
            part[at] += chance.choice(["x", " ", ".*", "_X"])
        case list() | dict():
            part[at] = part[at].__class__()


def parts(value: Json) -> list[Json]:
    """Every object and array in a value."""
    found = [value] if isinstance(value, (dict, list)) else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return found + [part for item in inner for part in parts(item)]


def sealed(body: bytes) -> bytes:
    """A body under its right header."""
    return b"lpack 1 blake3:" + blake3(body).hexdigest().encode() + b"\n" + body


def code_of_runtime(artifact: bytes) -> str | None:
    """Why the runtime refuses; None when it does not."""
    try:
        lumyn_runtime.load(artifact)
    except ArtifactError as refusal:
        return refusal.code
    return None


def code_of_loader(artifact: bytes) -> str | None:
    """Why the loader of the page refuses; None when it does not."""
    try:
        load(artifact)
    except Refused as refusal:
        return str(refusal)
    return None
