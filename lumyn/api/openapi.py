"""`GET /openapi.json`: what the service answers, for programs. OpenAPI 3.1, made from one table and the published schemas."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final

from starlette.responses import Response

from lumyn.api.endpoint import Call, Endpoint, Guard, route
from lumyn.api.openapi_operations import OPERATIONS, Answer, Operation, Parameter
from lumyn.api.openapi_problems import problem_examples
from lumyn.api.openapi_schemas import REF, component_schemas
from lumyn.api.parameters import read_parameters
from lumyn.api.problems import PROBLEM_TYPE, PROBLEMS
from lumyn.api.sessions import COOKIE
from lumyn.version import __version__

__all__ = ["OPENAPI", "openapi_document"]

JsonObject = dict[str, Any]

# Whatever a call asks for, it may be answered so: by what reads it from the network, and by what is around every answer.
_OF_ALL: Final = (
    "MALFORMED_HTTP",
    "HOST_NOT_ALLOWED",
    "HEAD_TIMEOUT",
    "BODY_TIMEOUT",
    "BODY_TOO_LARGE",
    "HEAD_TOO_LARGE",
    "INTERNAL_ERROR",
)
_OF_GUARD: Final = ("AUTH_REQUIRED", "AUTH_INVALID_SIGNATURE")
_OF_JSON: Final = ("INVALID_JSON", "UNSUPPORTED_MEDIA_TYPE")

_BODY_SIGNED: Final[JsonObject] = {"bodySignature": []}
_TIMESTAMPED: Final[JsonObject] = {"timestamp": [], "timestampedSignature": []}
_SECURITY: Final[dict[Guard, list[JsonObject]]] = {
    Guard.NOTHING: [],
    Guard.READ: [{"readToken": []}, {"session": []}, _TIMESTAMPED],
    Guard.SIGNED: [_BODY_SIGNED, _TIMESTAMPED],
    Guard.TIMESTAMPED: [_TIMESTAMPED],
}
_SCHEMES: Final[JsonObject] = {
    "bodySignature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Lumyn-Signature",
        "description": "`sha256:` and the HMAC-SHA256, in hexadecimal digits, of the exact bytes of the body.",
    },
    "timestampedSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Lumyn-Signature",
        "description": "Together with `X-Lumyn-Timestamp`: the HMAC of five lines: `v1`, the method, path and query as sent,"
        " the timestamp, and the SHA-256 of the body in hexadecimal digits.",
    },
    "timestamp": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Lumyn-Timestamp",
        "description": "Seconds since 1970; good for 300 of them, either way.",
    },
    "readToken": {"type": "http", "scheme": "bearer", "description": "The read token; for GET and HEAD alone."},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Of the page for people."},
}
_DESCRIPTION: Final = """\
A deterministic gate in front of actions: `POST /v0/decide` answers with a verdict, and records it first.

GET routes answer HEAD as well. Every answer has an `X-Request-Id`. Where no secret is configured, nothing has to be signed."""


async def _openapi(call: Call) -> Response:
    read_parameters(call.request)
    return Response(_content(), media_type="application/json")


@cache
def _content() -> bytes:
    return json.dumps(openapi_document(), ensure_ascii=False, separators=(",", ":")).encode()


def openapi_document() -> JsonObject:
    """The document; a new one each time."""
    examples = json.loads((files("lumyn.api") / "openapi_examples.json").read_bytes())
    paths: JsonObject = {}
    for operation in (*OPERATIONS, _itself()):
        paths.setdefault(operation.route.path, {})[operation.route.method.lower()] = _operation(operation, examples)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lumyn",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": component_schemas(),
            "examples": problem_examples(),
            "headers": _HEADERS,
            "securitySchemes": _SCHEMES,
        },
    }


_HEADERS: Final[JsonObject] = {
    "RequestId": {
        "description": "Of the call; the log lines have it, too.",
        "required": True,
        "schema": {"type": "string", "pattern": "^req_[0-9A-HJKMNP-TV-Z]{26}$"},
    },
    "RetryAfter": {
        "description": "Seconds after which to ask again.",
        "schema": {"type": "integer", "minimum": 1},
    },
}


def _operation(operation: Operation, examples: JsonObject) -> JsonObject:
    endpoint = operation.route
    made: JsonObject = {
        "operationId": operation.name,
        "summary": operation.summary,
        "security": _SECURITY[endpoint.guard],
        "parameters": [*_of_path(endpoint), *map(_of_query, operation.parameters)],
        "responses": _responses(operation, examples),
    }
    if operation.description:
        made["description"] = operation.description
    if operation.body is not None:
        media = {"schema": {"$ref": REF + operation.body}, "example": examples[operation.body]}
        made["requestBody"] = {"required": True, "content": {"application/json": media}}
    return made


def _of_path(endpoint: Endpoint) -> Iterator[JsonObject]:
    for name in endpoint.param_convertors:
        schema = {"$ref": f"{REF}DecisionRecord/properties/{name}"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _of_query(parameter: Parameter) -> JsonObject:
    said = {"name": parameter.name, "in": "query", "description": parameter.description}
    return {**said, "required": False, "schema": parameter.schema}


def _responses(operation: Operation, examples: JsonObject) -> JsonObject:
    """By status, in order; where a status has several media types, or several reasons, with all of them."""
    responses: JsonObject = {}
    for answer in operation.answers:
        _add(responses, answer.status, answer.description, {answer.media_type: _media(answer, examples)})
    by_status: dict[int, list[str]] = {}
    for code in _codes(operation):
        by_status.setdefault(PROBLEMS[code][0], []).append(code)
    for status, codes in by_status.items():
        media = {
            "schema": {"$ref": f"{REF}Problem"},
            "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
        }
        _add(responses, status, _listed(codes), {PROBLEM_TYPE: media})
    return dict(sorted(responses.items()))


def _codes(operation: Operation) -> Iterator[str]:
    """Reason codes of all refusals."""
    endpoint = operation.route
    yield from _OF_ALL
    if endpoint.guard is not Guard.NOTHING:
        yield from _OF_GUARD
    if endpoint.takes_json:
        yield from _OF_JSON
    if operation.body != "DecisionRequest":
        yield "INVALID_PARAMETER"
    if endpoint.param_convertors:
        # A path that the router takes for another one, such as that of an id that is empty.
        yield "NOT_FOUND"
    yield from operation.problems


def _add(responses: JsonObject, status: int, description: str, content: JsonObject) -> None:
    response = responses.setdefault(
        str(status),
        {"description": "", "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}, "content": {}},
    )
    response["description"] = " ".join(filter(None, (response["description"], description)))
    response["content"].update(content)
    if status == 503:
        response["headers"]["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}


def _media(answer: Answer, examples: JsonObject) -> JsonObject:
    if isinstance(answer.schema, dict):
        return {"schema": answer.schema}
    key = f"{answer.schema} {answer.status}" if f"{answer.schema} {answer.status}" in examples else answer.schema
    return {"schema": {"$ref": REF + answer.schema}, "example": examples[key]}


def _listed(codes: Iterable[str]) -> str:
    return " ".join(f"`{code}`: {PROBLEMS[code][1]}." for code in codes)


OPENAPI: Final = route("/openapi.json", _openapi, method="GET", guard=Guard.NOTHING, body_bytes_max=0)


def _itself() -> Operation:
    answer = Answer(200, "This document.", "application/json", {"type": "object"})
    return Operation(OPENAPI, "getOpenApi", "This document.", (answer,))
