"""What /openapi.json says is what the service answers, and a document of OpenAPI 3.1."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import openapi_spec_validator
import pytest

import lumyn.api
from lumyn.api.app import create_app
from lumyn.api.endpoint import Endpoint
from lumyn.api.openapi import openapi_document
from lumyn.api.page.routes import page_routes
from lumyn.api.problems import PROBLEMS
from lumyn.errors import RequestError
from lumyn.gateway import Gateway
from lumyn.schema import schema
from lumyn.workspace import init, opened_gateway

DOCUMENT = openapi_document()
OPERATIONS: dict[tuple[str, str], dict[str, Any]] = {
    (path, method.upper()): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
# What the page for people answers, and what the router does for paths and methods that no operation has.
ELSEWHERE = {"ORIGIN_NOT_ALLOWED", "TOO_MANY_LOGINS", "METHOD_NOT_ALLOWED"}


def fits(value: object, shape: dict[str, Any]) -> None:
    """Raise where a value does not fit a schema of the document."""
    jsonschema.Draft202012Validator({**shape, "components": DOCUMENT["components"]}).validate(value)


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """What a part of the document is, or leads to."""
    if "$ref" not in part:
        return part
    found: Any = DOCUMENT
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return dict(found)


def codes_of(operation: dict[str, Any]) -> set[str]:
    """Reason codes that an operation may be refused with."""
    contents = [response["content"] for response in operation["responses"].values()]
    return {code for content in contents for code in content.get("application/problem+json", {}).get("examples", ())}


def test_it_is_a_document_of_openapi_3_1() -> None:
    """By the published meta schema, and by a validator of what that can't say."""
    folder = Path(openapi_spec_validator.__file__).parent / "resources" / "schemas" / "v3.1"
    meta = json.loads((folder / "schema.json").read_bytes())

    assert DOCUMENT["openapi"] == "3.1.0"
    jsonschema.Draft202012Validator(meta).validate(DOCUMENT)
    openapi_spec_validator.validate(DOCUMENT)


def test_it_has_every_route_but_those_of_the_page_and_no_other(tmp_path: Path) -> None:
    """By path and method."""
    routes = [route for route in create_app(init(tmp_path / "shop")).routes if isinstance(route, Endpoint)]
    of_page = {(route.path, route.method) for route in page_routes() if isinstance(route, Endpoint)}
    answered = {(route.path, route.method) for route in routes} - of_page

    assert answered == set(OPERATIONS)


def test_what_an_operation_has_to_show_is_what_its_route_asks_for(tmp_path: Path) -> None:
    """No operation is said to need less, or more."""
    wanted = {
        "nothing": [],
        "read": ["readToken", "session", "timestamp"],
        "signed": ["bodySignature", "timestamp"],
        "timestamped": ["timestamp"],
    }
    for route in create_app(init(tmp_path / "shop")).routes:
        if isinstance(route, Endpoint) and (route.path, route.method) in OPERATIONS:
            said = [next(iter(one)) for one in OPERATIONS[route.path, route.method]["security"]]
            assert said == wanted[route.guard.value]


def examples() -> Iterator[tuple[str, object, dict[str, Any]]]:
    """Every example with what it is of."""
    for (path, method), operation in OPERATIONS.items():
        bodies = [("body", operation["requestBody"])] if "requestBody" in operation else []
        for place, part in (*bodies, *operation["responses"].items()):
            for media_type, media in part["content"].items():
                where = f"{method} {path} {place} {media_type}"
                if "example" in media:
                    yield where, media["example"], media["schema"]
                for code, example in media.get("examples", {}).items():
                    yield f"{where} {code}", resolved(example)["value"], media["schema"]


@pytest.mark.parametrize(("where", "example", "shape"), [pytest.param(*one, id=one[0]) for one in examples()])
def test_an_example_fits_its_schema(where: str, example: object, shape: dict[str, Any]) -> None:
    """Every body and every answer, refusals too."""
    fits(example, shape)


def test_every_answer_in_json_has_an_example() -> None:
    """And every refusal has one for each of its reasons, of its very status."""
    for key, operation in OPERATIONS.items():
        for status, response in operation["responses"].items():
            for media_type, media in response["content"].items():
                has_example = "example" in media or "examples" in media or key[0] == "/openapi.json"
                assert has_example or media_type in {"text/plain", "application/zip"}, (key, status)
                for code, example in media.get("examples", {}).items():
                    value = resolved(example)["value"]
                    assert (value["reason_code"], str(value["status"])) == (code, status)


def test_every_reason_code_is_an_answer_of_some_operation() -> None:
    """But for those of the page and of the router."""
    documented = {code for operation in OPERATIONS.values() for code in codes_of(operation)}

    assert documented == set(PROBLEMS) - ELSEWHERE


def modules() -> Iterator[tuple[ModuleType, set[tuple[str, str]]]]:
    """The modules of the service that have operations, with them."""
    for found in pkgutil.iter_modules(lumyn.api.__path__):
        module = importlib.import_module(f"lumyn.api.{found.name}")
        own = {(value.path, value.method) for value in vars(module).values() if isinstance(value, Endpoint)}
        if found.name not in {"app", "openapi", "openapi_operations"} and own:
            yield module, own & set(OPERATIONS)


@pytest.mark.parametrize(("module", "own"), [pytest.param(*one, id=one[0].__name__) for one in modules()])
def test_what_a_module_refuses_is_documented(module: ModuleType, own: set[tuple[str, str]]) -> None:
    """Each reason code that stands in it is one of an operation of its own."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in PROBLEMS}

    assert said <= {code for key in own for code in codes_of(OPERATIONS[key])}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Of a starter policy."""
    with opened_gateway(init(tmp_path_factory.mktemp("openapi") / "shop")) as opened:
        yield opened


def test_the_record_that_is_shown_is_what_is_decided_of_the_request_that_is_shown(gateway: Gateway) -> None:
    """But for its id and its time."""
    operation = OPERATIONS["/v0/decide", "POST"]
    request = operation["requestBody"]["content"]["application/json"]["example"]
    shown = operation["responses"]["200"]["content"]["application/json"]["example"]
    decided = gateway.decide(request).to_dict()

    own = {"decision_id", "created_at"}
    assert {key: decided[key] for key in decided if key not in own} == {
        key: shown[key] for key in shown if key not in own
    }


def test_the_published_schemas_are_the_components() -> None:
    """Every member of them, at whatever depth, is there."""
    for name, of in (("DecisionRequest", "decision_request.v0"), ("DecisionRecord", "decision_record.v0")):
        document = {key: value for key, value in schema(of).document.items() if key not in {"$id", "$schema"}}
        moved = json.dumps(DOCUMENT["components"]["schemas"][name]).replace(
            f"#/components/schemas/{name}/$defs/", "#/$defs/"
        )
        assert json.loads(moved) == document


@pytest.mark.parametrize(
    "said",
    [
        {"type": "note", "actor": "a"},
        {"type": "note", "actor": "a", "created_at": "2026-01-31T12:34:56.789Z"},
        {"type": "unacknowledged", "actor": "a"},
        {"type": "label", "actor": "a"},
        {"type": "label", "actor": "a", "label": "success", "event_id": "mine"},
        {"type": "note", "actor": "a", "event_id": "dec_01K9V6ZV7M8Q4X2C5D6E7F8G9H"},
        {"type": "note", "actor": "a", "event_id": ""},
        {"type": "note"},
        {"type": "note", "actor": "a", "more": 1},
    ],
)
def test_the_event_that_callers_say_fits_its_component_where_the_gateway_takes_it(
    gateway: Gateway, said: dict[str, object]
) -> None:
    """What the log says of an event itself is no part of it."""
    record = gateway.decide(OPERATIONS["/v0/decide", "POST"]["requestBody"]["content"]["application/json"]["example"])
    try:
        gateway.append_event(record.decision_id, dict(said))
        is_taken = True
    except RequestError:
        is_taken = False
    try:
        fits(said, {"$ref": "#/components/schemas/NewDecisionEvent"})
        is_fitting = True
    except jsonschema.ValidationError:
        is_fitting = False

    assert is_fitting is is_taken
