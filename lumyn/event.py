"""What is said of a decision afterwards: `decision_event.v0`, appended to the log and never merged into the record."""

import hmac
import json
from typing import Final

from lumyn.canonical import canonical
from lumyn.errors import Problem, RequestError
from lumyn.identity import Moment
from lumyn.normal_json import Limits, read_normal_json
from lumyn.schema import schema_problem
from lumyn.store import Draft, RecordStore
from lumyn.store.entry import ERASURE_PREFIX
from lumyn.strict_json import JsonValue

__all__ = ["SCHEMA_VERSION", "UNACKNOWLEDGED_PREFIX", "append_event", "event_bytes", "label_event", "mac_of"]

JsonObject = dict[str, JsonValue]

SCHEMA_VERSION: Final = "decision_event.v0"

# The id of the event that says of an entry that its caller was never told of it.
UNACKNOWLEDGED_PREFIX: Final = "unacknowledged:"

# Whoever could take an id of these would keep the log from storing what it belongs to.
_OWN_PREFIXES: Final = ("dec_", "blake3:", ERASURE_PREFIX, UNACKNOWLEDGED_PREFIX)


def append_event(
    store: RecordStore,
    decision_id: str,
    said: dict[str, object],
    *,
    moment: Moment,
    limits: Limits,
    deadline_seconds: float,
) -> JsonObject:
    """Say something of a decision, and return it as it is stored.

    said:   an `outcome`, a `label`, a `note` or an `override`, with its `actor`
    errors: RequestError; StoreError where it is not known to be stored
    """
    record = store.by_id(decision_id)
    if record is None or record.kind != "record":
        raise RequestError([Problem("", f"there is no decision {decision_id}")], "DECISION_NOT_FOUND")
    event_id, content = event_bytes(said, decision_id, moment, limits)
    event = _json(content)
    if event["type"] == "unacknowledged":
        raise RequestError([Problem("/type", "is what the store alone says")], "INVALID_EVENT_SCHEMA")
    if event_id.startswith(_OWN_PREFIXES):
        detail = f"begins like an id of the log's own ({', '.join(_OWN_PREFIXES)}); choose another"
        raise RequestError([Problem("/event_id", detail)], "INVALID_EVENT_SCHEMA")
    draft = Draft(
        kind="event",
        entry_id=event_id,
        decision_id=decision_id,
        created_at=moment.created_at,
        tenant=record.tenant,
        request_id=None,
        request_mac=mac_of(store.key, canonical({key: event[key] for key in event if key != "created_at"})),
        payload=content,
    )
    return _json(store.submit(draft).wait(deadline_seconds).payload)


def label_event(label: str, summary: str | None, actor: str) -> dict[str, object]:
    """What is said by a label: "failure", "success" or "near_miss"."""
    said: dict[str, object] = {"type": "label", "label": label, "actor": actor}
    return said if summary is None else {**said, "summary": summary}


def event_bytes(said: dict[str, object], decision_id: str, moment: Moment, limits: Limits) -> tuple[str, bytes]:
    """The id of an event and its canonical JSON.

    said:   `type`, `actor` and what belongs to the type; `event_id` where the caller has one, else it gets one
    errors: RequestError, which names the places
    """
    document = read_normal_json(said, limits)
    assert isinstance(document, dict)
    event: JsonObject = {
        "event_id": f"evt_{moment.ulid}",
        **document,
        "schema_version": SCHEMA_VERSION,
        "decision_id": decision_id,
        "created_at": moment.created_at,
    }
    problem = schema_problem(SCHEMA_VERSION, event)
    if problem is not None:
        raise RequestError([problem], "INVALID_EVENT_SCHEMA")
    return str(event["event_id"]), canonical(event)


def mac_of(key: bytes, content: bytes) -> str:
    """What tells a request or an event from another of the same id, and gives nothing of it away."""
    return hmac.digest(key, content, "sha256").hex()


def _json(content: bytes) -> JsonObject:
    document: JsonObject = json.loads(content)
    return document
