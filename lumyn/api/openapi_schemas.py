"""What calls bring and answers have, as components of the OpenAPI document: the published schemas, and the service's own."""

from typing import Any, Final

import attrs

from lumyn.api.health import PARTS
from lumyn.api.problems import PROBLEMS
from lumyn.event import CALLER_TYPES, OWN_PREFIXES, SCHEMA_VERSION
from lumyn.schema import schema
from lumyn.store.search import Found
from lumyn_runtime.vocabulary import MODES, VERDICTS

__all__ = ["REF", "component_schemas"]

JsonObject = dict[str, Any]

REF: Final = "#/components/schemas/"

_PUBLISHED: Final = {
    "DecisionRequest": "decision_request.v0",
    "DecisionRecord": "decision_record.v0",
    "DecisionEvent": SCHEMA_VERSION,
}


def component_schemas() -> JsonObject:
    """Every schema by its name; new ones each time."""
    published = {name: _moved(schema(of).document, name) for name, of in _PUBLISHED.items()}
    return {**published, "NewDecisionEvent": _new_event(published["DecisionEvent"]), **_OWN}


def _moved(document: JsonObject, name: str) -> JsonObject:
    """A schema as a part of another document, where its references lead to itself."""
    moved: JsonObject = _rewritten(document, f"{REF}{name}/$defs/")
    return {key: value for key, value in moved.items() if key not in {"$schema", "$id"}}


def _rewritten(value: Any, definitions: str) -> Any:  # noqa: ANN401 - any JSON
    match value:
        case {"$ref": str(target), **rest}:
            return {"$ref": target.replace("#/$defs/", definitions), **_rewritten(rest, definitions)}
        case dict():
            return {key: _rewritten(inner, definitions) for key, inner in value.items()}
        case list():
            return [_rewritten(inner, definitions) for inner in value]
        case _:
            return value


def _new_event(event: JsonObject) -> JsonObject:
    """An event as a caller says it: without what the log says of it."""
    properties = {name: value for name, value in event["properties"].items() if name != "created_at"}
    own = "|".join(OWN_PREFIXES)
    return {
        **event,
        "title": "NewDecisionEvent",
        "description": "What somebody has to say of a decision. Where the body alone is signed, it has to have `decision_id` and `event_id`.",
        "properties": {
            **properties,
            "event_id": {**properties["event_id"], "pattern": f"^(?!{own})"},
            "type": {"enum": list(CALLER_TYPES)},
        },
        "required": ["type", "actor"],
    }


def _object(required: JsonObject, optional: JsonObject | None = None, **more: object) -> JsonObject:
    """An object with these members and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": [*required],
        "additionalProperties": False,
        **more,
    }


_TEXT: Final[JsonObject] = {"type": "string"}
_BOOLEAN: Final[JsonObject] = {"type": "boolean"}
_COUNT: Final[JsonObject] = {"type": "integer", "minimum": 0}
_TEXT_OR_NULL: Final[JsonObject] = {"type": ["string", "null"]}
_HASH: Final[JsonObject] = {"type": "string", "pattern": "^blake3:[0-9a-f]{64}$"}
_DECISION_ID: Final[JsonObject] = {"type": "string", "pattern": "^dec_[0-9A-HJKMNP-TV-Z]{26}$"}
_ROOT: Final[JsonObject] = {"type": "string", "pattern": "^[0-9A-Za-z+/]{43}=$", "description": "SHA-256 in base64."}

# By name, where a column of a search is more than any text.
_COLUMNS: Final[JsonObject] = {
    "seq": {**_COUNT, "description": "The entry's index in the log."},
    "decision_id": _DECISION_ID,
    "verdict": {"enum": list(VERDICTS)},
    "mode": {"enum": list(MODES)},
    "is_dry_run": _BOOLEAN,
    "policy_hash": _HASH,
}
_OPTIONAL_COLUMNS: Final = {"tenant", "request_id", "target_system", "target_id", "correlation_id"}

_POLICY: Final = _object(
    {
        "policy_id": _TEXT,
        "policy_version": _TEXT,
        "policy_hash": _HASH,
        "mode": {"enum": list(MODES), "description": "In which decisions are made: the setting, else the policy's."},
        "is_locked_down": {**_BOOLEAN, "description": "Whether the lockdown decides, so that nothing goes through."},
    }
)

_OWN: Final[JsonObject] = {
    "Problem": _object(
        {
            "type": {"type": "string", "pattern": "^urn:lumyn:problem:[a-z0-9-]+$"},
            "title": _TEXT,
            "status": {"enum": sorted({status for status, _ in PROBLEMS.values()})},
            "detail": {**_TEXT, "description": "For people; its wording may change."},
            "reason_code": {"enum": [*PROBLEMS], "description": "For programs; it stays what it is."},
            "request_id": {**_TEXT, "description": "Of the call, as in its header and the log lines."},
        },
        {
            "problems": {
                "type": "array",
                "items": _object({"path": {**_TEXT, "description": "JSON pointer (RFC 6901)."}, "detail": _TEXT}),
                "minItems": 1,
            },
            "verdict": {"const": "ABSTAIN", "description": "Of a decision that was not taken on."},
            "reason_codes": {"type": "array", "items": _TEXT},
            "is_persisted": {"const": False},
        },
        description="Why a call is refused (RFC 9457).",
    ),
    "Found": _object(
        {
            field.name: _COLUMNS.get(field.name, _TEXT_OR_NULL if field.name in _OPTIONAL_COLUMNS else _TEXT)
            for field in attrs.fields(Found)
        },
        description="One decision of a list; its record has the rest.",
    ),
    "Page": _object(
        {
            "decisions": {"type": "array", "items": {"$ref": f"{REF}Found"}},
            "next": {**_TEXT_OR_NULL, "description": "The `cursor` of the next page; null where there is none."},
        }
    ),
    "Events": _object(
        {
            "decision_id": _DECISION_ID,
            "events": {"type": "array", "items": {"$ref": f"{REF}DecisionEvent"}},
        }
    ),
    "Policy": _POLICY,
    "Refreshed": _object(
        {"policy": {"$ref": f"{REF}Policy"}, "former_policy": {"$ref": f"{REF}Policy"}, "is_changed": _BOOLEAN}
    ),
    "Checkpoint": _object(
        {
            "store_id": _TEXT,
            "size": {**_COUNT, "description": "Entries of the log."},
            "root": _ROOT,
            "checkpoint": {**_TEXT, "description": "The same as a C2SP checkpoint, for `lumyn verify --checkpoint`."},
        },
        {
            "consistency": _object(
                {"size": _COUNT, "proof": {"type": "array", "items": _ROOT}},
                description="That the log of that size is the beginning of this one (RFC 9162, 2.1.4).",
            )
        },
    ),
    "Ready": _object(
        {"is_ready": _BOOLEAN, "parts": _object({part: {"enum": ["ok", "failing"]} for part in PARTS})},
    ),
}
