"""lumyn/schemas/policy.v0.json: what it accepts, and that what it refuses is refused by the reader too."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import TypeAlias

import jsonschema
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

import lumyn
from lumyn_compiler import analyse
from lumyn_compiler.source import Source
from lumyn_compiler.yaml_nodes import Mapping, Node, Scalar, Sequence, read_nodes
from lumyn_compiler.yaml_scalars import scalar_value
from tests.golden.pairs import FOLDERS
from tests.profiles import examples

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"

PACKAGE = Path(lumyn.__file__).parent
SCHEMA = json.loads((PACKAGE / "schemas" / "policy.v0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
DOCUMENTS = [*(folder / "policy.yml" for folder in FOLDERS), *sorted(PACKAGE.glob("starter/*/policy.yml"))]


def values(node: Node | None) -> Json:
    """A document as plain values."""
    match node:
        case Mapping(entries=entries):
            return {entry.key.text: values(entry.value) for entry in entries}
        case Sequence(items=items):
            return [values(item) for item in items]
        case Scalar():
            return scalar_value(node)
        case _:
            raise AssertionError(node)


def load(path: Path) -> Json:
    """A document of the repository."""
    return values(read_nodes(Source(path.name, path.read_text(encoding="utf-8")))[0])


def errors(document: Json) -> list[str]:
    """Codes of what is wrong with a document; JSON without escaped surrogates is YAML."""
    report = analyse(json.dumps(document, ensure_ascii=False), "policy.yml").report
    return [found.code for found in report.errors]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.name)
def test_every_policy_of_the_repository_is_valid(path: Path) -> None:
    """Golden pairs and starters; as JSON, they are still without errors."""
    document = load(path)
    VALIDATOR.validate(document)
    assert errors(document) == []


ODD: tuple[Json, ...] = (None, True, 5, -1.5, "", "x", "support.*", [], ["x"], [None], {}, {"x": 1}, 1e300)


def places(document: Json) -> list[tuple[str | int, ...]]:
    """Paths of everything in a document."""
    found: list[tuple[str | int, ...]] = [()]
    parts: list[tuple[str | int, Json]] = []
    if isinstance(document, dict):
        parts = list(document.items())
    elif isinstance(document, list):
        parts = list(enumerate(document))
    for key, part in parts:
        found += [(key, *rest) for rest in places(part)]
    return found


def changed(document: Json, path: tuple[str | int, ...], value: Json, sort: str) -> Json:
    """A copy in which one thing is replaced, removed, or has a key or item more."""
    if not path:
        return value
    whole = deepcopy(document)
    parent: Json = whole
    for key in path[:-1]:
        parent = parent[key]  # type: ignore[index]  # a path leads through mappings and lists
    last = path[-1]
    if isinstance(parent, dict) and isinstance(last, str):
        if sort == "remove":
            del parent[last]
        elif sort == "add":
            parent["unknown_key"] = value
        else:
            parent[last] = value
    elif isinstance(parent, list) and isinstance(last, int):
        if sort == "remove":
            del parent[last]
        elif sort == "add":
            parent.append(value)
        else:
            parent[last] = value
    return whole


@settings(max_examples=examples(300))
@given(st.data())
def test_what_the_schema_refuses_is_refused_by_the_reader(data: st.DataObject) -> None:
    """Whatever is changed in a valid document."""
    document = load(data.draw(st.sampled_from(DOCUMENTS)))
    path = data.draw(st.sampled_from(places(document)))
    sort = data.draw(st.sampled_from(["replace", "remove", "add"]))
    broken = changed(document, path, data.draw(st.sampled_from(ODD)), sort)
    if VALIDATOR.is_valid(broken):
        event("still valid")
        return
    found = errors(broken)
    event(f"refused: {found[0] if found else 'no'}")
    assert found, (path, broken)
