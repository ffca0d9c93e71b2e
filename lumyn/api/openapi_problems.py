"""An example of every refusal, made as refusals are made."""

from collections.abc import Mapping
from typing import Any, Final

from lumyn.api.problems import PROBLEMS, ApiError, abstaining, problem_document
from lumyn.errors import Problem

__all__ = ["problem_examples"]

_CALL_ID: Final = "req_01K9V6ZV7M8Q4X2C5D6E7F8G9H"

_DETAILS: Final[Mapping[str, str]] = {
    "MALFORMED_HTTP": "this can't be read; it was not looked at any further",
    "INVALID_JSON": "line 1, column 3: not JSON: it ends here, before the value does",
    "INVALID_PARAMETER": "'verdct' is no parameter; did you mean 'verdict'?",
    "HOST_NOT_ALLOWED": "call it by a name that the setting allowed_hosts has",
    "AUTH_REQUIRED": "X-Lumyn-Signature is missing: sign the call",
    "AUTH_INVALID_SIGNATURE": "the token is not the read token",
    "ORIGIN_NOT_ALLOWED": "the form was sent from another page",
    "NOT_FOUND": "the paths are in /openapi.json",
    "DECISION_NOT_FOUND": "an id is dec_ and 26 letters and digits, as records have it",
    "METHOD_NOT_ALLOWED": "see the Allow header",
    "HEAD_TIMEOUT": "the head was not there within 10 seconds",
    "BODY_TIMEOUT": "the body was not there within 10 seconds",
    "REQUEST_ID_REUSED": "/request_id: belongs to another request",
    "EVENT_ID_REUSED": "another event has this event_id; choose another",
    "POLICY_MISMATCH": "/policy/policy_version: 2.0.0 is asked for, and 1.0.0 is loaded",
    "DECISION_ERASED": "the log says that it was there, and why it went",
    "BODY_TOO_LARGE": "more than 262,144 bytes",
    "UNSUPPORTED_MEDIA_TYPE": "send one Content-Type: application/json, with no parameter but charset=utf-8",
    "INVALID_REQUEST_SCHEMA": "/action/type: is missing",
    "INVALID_EVENT_SCHEMA": "/label: is missing",
    "INVALID_POLICY": "policy.lpack: the artifact is cut off",
    "TOO_MANY_LOGINS": "come back in a minute",
    "HEAD_TOO_LARGE": "more than 65,536 bytes",
    "INTERNAL_ERROR": f"look for {_CALL_ID} in the log lines of the service",
    "GATEWAY_OVERLOADED": "256 decisions are under way; come back in a second",
    "STORAGE_UNAVAILABLE": "the log can't be read right now; come back in a second",
}
# Those that name places.
_WITH_PLACES: Final = {
    "INVALID_JSON",
    "REQUEST_ID_REUSED",
    "POLICY_MISMATCH",
    "INVALID_REQUEST_SCHEMA",
    "INVALID_EVENT_SCHEMA",
}


def problem_examples() -> dict[str, Any]:
    """Example objects by reason code."""
    return {code: {"summary": PROBLEMS[code][1], "value": _document(code)} for code in PROBLEMS}


def _document(code: str) -> dict[str, object]:
    detail = _DETAILS[code]
    if code == "GATEWAY_OVERLOADED":
        return problem_document(abstaining(code, detail), _CALL_ID)
    path, _, said = detail.rpartition(": ") if detail.startswith("/") else ("", "", detail)
    problems = [Problem(path, said)] if code in _WITH_PLACES else []
    return problem_document(ApiError(code, detail, problems), _CALL_ID)
