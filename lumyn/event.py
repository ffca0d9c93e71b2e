"""What is said of a decision afterwards: `decision_event.v0`, appended to the log and never merged into the record."""

from typing import Final

from lumyn.canonical import canonical
from lumyn.errors import RequestError
from lumyn.identity import Moment
from lumyn.normal_json import Limits, read_normal_json
from lumyn.request import schema_problem
from lumyn.store import Draft
from lumyn.strict_json import JsonValue

__all__ = ["SCHEMA_VERSION", "event_bytes", "unacknowledged"]

JsonObject = dict[str, JsonValue]

SCHEMA_VERSION: Final = "decision_event.v0"


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


def unacknowledged(draft: Draft, moment: Moment) -> Draft:
    """What the store itself says of an entry whose caller was told that it may not have been stored."""
    decision_id = draft.decision_id or ""
    summary = "The record was stored after its caller had been told that this was not known."
    said: dict[str, object] = {"type": "unacknowledged", "actor": "lumyn", "summary": summary}
    event_id, content = event_bytes(said, decision_id, moment, Limits())
    return Draft(
        kind="event",
        entry_id=event_id,
        decision_id=decision_id,
        created_at=moment.created_at,
        tenant=draft.tenant,
        request_id=None,
        request_mac=None,
        payload=content,
    )
