"""What is said of a value that does not fit a published schema: all of it, with places, in words, without the value."""

from __future__ import annotations

import copy
import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn.schema import fits_by_python, fits_by_rust, schema, schema_problem
from tests.lumyn.test_request import ODD, REQUEST

SCHEMA = schema("decision_request.v0")
BY_PYTHON, BY_RUST = fits_by_python(SCHEMA.document), fits_by_rust(SCHEMA.document)
CANARY = "c4n4ry-0f-a-s3cret"


def problems(**changes: object) -> list[str]:
    """Of a request in which something was changed; keys say where, with `__` between them."""
    document = copy.deepcopy(REQUEST)
    for place, value in changes.items():
        *way, last = place.split("__")
        parent: Any = document
        for key in way:
            parent = parent[key]
        if value is None:
            del parent[last]
        else:
            parent[last] = value
    return [str(problem) for problem in schema("decision_request.v0").problems(document)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"action__type": "Refund"}, ['/action/type: is not written as it must be; write it like "support.refund"']),
        (
            {"action__amount__currency": "usd"},
            ['/action/amount/currency: is not written as it must be; write it like "USD"'],
        ),
        ({"action__amount__value": CANARY}, ["/action/amount/value: is no number"]),
        ({"subject__type": CANARY}, ['/subject/type: is none of "service", "agent", "user", "job"']),
        ({"subject__id": ""}, ["/subject/id: is empty"]),
        ({"subject__id": CANARY * 100}, ["/subject/id: is longer than 256 characters"]),
        ({"subject__idd": CANARY}, ["/subject/idd: is not known here; did you mean 'id'?"]),
        ({"schema_version": CANARY}, ['/schema_version: is not "decision_request.v0"']),
        ({"evidence": [CANARY]}, ["/evidence: is no object"]),
        ({"context__digest": None}, ["/context/digest: is missing"]),
        ({"context__mode": "inline"}, ["/context/inline: is missing"]),
        (
            {"action": {"type": "a.b"}, "subject__type": 1},
            ["/action/intent: is missing", '/subject/type: is none of "service", "agent", "user", "job"'],
        ),
    ],
)
def test_everything_is_said_with_its_place(changes: dict[str, Any], said: list[str]) -> None:
    """And never the value, which might be a secret."""
    assert problems(**changes) == said
    assert CANARY not in "".join(said)


@given(st.data())
def test_whichever_library_checks_the_answer_is_the_same(data: st.DataObject) -> None:
    """Of any request with things changed in it: what is generated, what is compiled, and what tells the problems."""
    assert BY_RUST is not None
    request = copy.deepcopy(REQUEST)
    for _ in range(data.draw(st.integers(0, 3))):
        parent: Any = request
        while data.draw(st.booleans()):
            inner = [value for value in parent.values() if isinstance(value, dict)]
            if not inner:
                break
            parent = data.draw(st.sampled_from(inner))
        key = data.draw(st.sampled_from([*parent, "more", "tenant_id", "inline", "ref", "mode", "redaction", "hints"]))
        if data.draw(st.booleans()):
            parent[key] = data.draw(ODD)
        else:
            parent.pop(key, None)
    expected = jsonschema.Draft202012Validator(SCHEMA.document).is_valid(request)
    assert BY_PYTHON(request) == BY_RUST(request) == expected
    assert bool(SCHEMA.problems(request)) == (not expected)


def test_an_unknown_key_is_told_what_is_known() -> None:
    """Where nothing is near."""
    (said,) = problems(zzz=1)
    assert said.startswith("/zzz: is not known here; what is known is schema_version, request_id, ")


def test_what_does_not_belong_somewhere_is_told_last() -> None:
    """A label belongs to an event of its own type, and seems not to belong to one whose type is mistyped."""
    event: dict[str, Any] = {
        "schema_version": "decision_event.v0",
        "event_id": "evt_1",
        "decision_id": "dec_01K9V6ZV7M8Q4X2C5D6E7F8G9H",
        "created_at": "2026-01-31T12:34:56.789Z",
        "type": "note",
        "label": "failure",
        "actor": "kim",
    }
    of_event = schema("decision_event.v0")
    assert list(map(str, of_event.problems(event))) == ["/label: does not belong here"]
    first, second = map(str, of_event.problems({**event, "type": "lable"}))
    assert first.startswith("/type: is none of ")
    assert second == "/label: does not belong here"


def test_no_more_than_twenty_are_told() -> None:
    """A flood of them helps nobody."""
    assert len(problems(action__tags=[1] * 50)) == 20


@pytest.mark.parametrize("name", ["decision_request.v0", "decision_record.v0", "decision_event.v0", "policy.v0"])
def test_published_schemas_are_schemas(name: str) -> None:
    """By the standard's own schema; every example in them is one."""
    document = json.loads((files("lumyn") / "schemas" / f"{name}.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(document)
    for place in _with_examples(document):
        for example in place["examples"]:
            jsonschema.Draft202012Validator({**place, "$defs": document.get("$defs", {})}).validate(example)


def test_the_first_problem_stands_for_all() -> None:
    """Where one is enough."""
    problem = schema_problem("decision_request.v0", {})
    assert problem is not None
    assert problem.detail == "is missing"
    assert schema_problem("decision_request.v0", REQUEST) is None


def _with_examples(part: object) -> list[dict[str, Any]]:
    if isinstance(part, list):
        return [found for inner in part for found in _with_examples(inner)]
    if not isinstance(part, dict):
        return []
    own = [part] if isinstance(part.get("examples"), list) else []
    return own + [found for inner in part.values() for found in _with_examples(inner)]
