"""`lumyn schema`: the JSON Schemas of what Lumyn reads."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.samples import Run

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "lumyn" / "schemas"
REQUESTS = sorted(ROOT.glob("examples/*/requests/*.json"))

REQUEST: dict[str, Any] = {
    "schema_version": "decision_request.v0",
    "request_id": "r-1",
    "subject": {"type": "agent", "id": "a-1", "roles": ["support"]},
    "action": {"type": "support.refund", "intent": "Refund", "amount": {"value": -1.5, "currency": "USD"}},
    "evidence": {"anything": {"goes": [None]}},
    "context": {"mode": "digest_only", "digest": f"sha256:{'a' * 64}"},
}


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_every_schema_is_printed_as_it_ships(run: Run, path: Path) -> None:
    """Byte for byte, and each is a valid schema of draft 2020-12."""
    ended = run("schema", path.stem)

    assert ended.exit_code == 0
    assert ended.stdout_bytes == path.read_bytes()
    jsonschema.Draft202012Validator.check_schema(json.loads(ended.stdout))


def test_an_unknown_schema_is_wrong_usage(run: Run) -> None:
    """The error names those that there are."""
    ended = run("schema", "decision_request.v9")

    assert ended.exit_code == 2
    assert "'decision_request.v0'" in ended.stderr


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_the_requests_that_ship_fit_their_schema(path: Path) -> None:
    """Those of the examples."""
    validator().validate(json.loads(path.read_text()))


def test_a_request_with_everything_optional_left_out_fits() -> None:
    """Subject, action and context are enough."""
    validator().validate({key: REQUEST[key] for key in ("schema_version", "subject", "action", "context")})
    validator().validate(REQUEST)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), "decision_request.v1"),
        (("request_id",), ""),
        (("request_id",), "x" * 257),
        (("surprise",), 1),
        (("subject", "surprise"), 1),
        (("subject", "type"), "cat"),
        (("subject", "roles"), "support"),
        (("action", "type"), "refund"),
        (("action", "type"), "Support.refund"),
        (("action", "type"), "support..refund"),
        (("action", "type"), "support.refund\n"),
        (("action", "amount"), {"value": "12", "currency": "USD"}),
        (("action", "amount"), {"value": 12, "currency": "USD\n"}),
        (("action", "amount"), {"value": 12, "currency": "dollars"}),
        (("evidence",), []),
        (("context", "digest"), f"sha256:{'a' * 63}"),
        (("context", "digest"), f"sha256:{'a' * 64}\n"),
        (("context", "mode"), "inline"),
        (("context", "mode"), "reference"),
        (("hints",), {"mode": "lax"}),
        (("tenant",), {"environment": "production"}),
    ],
)
def test_what_is_no_request_does_not_fit(path: tuple[str, ...], value: object) -> None:
    """Unknown keys, wrong types, and patterns that have to match to the very end."""
    request = deepcopy(REQUEST)
    target = request
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value

    with pytest.raises(jsonschema.ValidationError):
        validator().validate(request)


@pytest.mark.parametrize("required", ["schema_version", "subject", "action", "context"])
def test_what_is_required_is_required(required: str) -> None:
    """At the top of a request."""
    request = {key: value for key, value in REQUEST.items() if key != required}

    with pytest.raises(jsonschema.ValidationError, match=required):
        validator().validate(request)


def validator() -> jsonschema.Draft202012Validator:
    """A validator of the schema that ships."""
    return jsonschema.Draft202012Validator(json.loads((SCHEMAS / "decision_request.v0.json").read_text()))
