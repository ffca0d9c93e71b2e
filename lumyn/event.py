"""What is said of a decision afterwards: `decision_event.v0`, appended to the log and never merged into the record."""

import hmac
import json
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from typing import Final

from lumyn.canonical import canonical
from lumyn.errors import Problem, RequestError
from lumyn.identity import Moment
from lumyn.normal_json import Limits, read_normal_json
from lumyn.schema import schema
from lumyn.store import Draft, RecordStore
from lumyn.store.entry import ERASURE_PREFIX
from lumyn.strict_json import JsonValue

__all__ = [
    "CALLER_TYPES",
    "OWN_PREFIXES",
    "SCHEMA_VERSION",
    "UNACKNOWLEDGED_PREFIX",
    "append_event",
    "event_bytes",
    "label_event",
    "mac_of",
]

JsonObject = dict[str, JsonValue]

SCHEMA_VERSION: Final = "decision_event.v0"

# The id of the event that says of an entry that its caller was never told of it.
UNACKNOWLEDGED_PREFIX: Final = "unacknowledged:"

# What callers say; the store has one of its own.
CALLER_TYPES: Final = ("outcome", "label", "note", "override")

# Whoever could take an id of these would keep the log from storing what it belongs to.
OWN_PREFIXES: Final = ("dec_", "blake3:", ERASURE_PREFIX, UNACKNOWLEDGED_PREFIX)


def append_event(
    store: RecordStore,
    decision_id: str,
    said: dict[str, object] | bytes | str,
    *,
    moment: Moment,
    limits: Limits,
    deadline_seconds: float,
) -> JsonObject:
    """Say something of a decision, and return it as it is stored.

    said:   an `outcome`, a `label`, a `note` or an `override`, with its `actor`; an object, or JSON of one
    errors: RequestError, of a decision that was erased too; StoreError where it is not known to be stored
    """
    record = store.by_id(decision_id)
    if record is None or record.kind != "record":
        raise RequestError([Problem("", f"there is no decision {decision_id}")], "DECISION_NOT_FOUND")
    if record.payload is None:
        raise RequestError([Problem("", f"{decision_id} was erased; nothing can be said of it")], "DECISION_ERASED")
    document = _document(said, limits)
    event = _event(document, decision_id, moment)
    problems = [*_of_caller(document, decision_id), *_of_schema(event)]
    if problems:
        raise RequestError(problems, "INVALID_EVENT_SCHEMA")
    content = canonical(event)
    draft = Draft(
        kind="event",
        entry_id=str(event["event_id"]),
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
    event = _event(_document(said, limits), decision_id, moment)
    problems = schema(SCHEMA_VERSION).problems(event)
    if problems:
        raise RequestError(problems, "INVALID_EVENT_SCHEMA")
    return str(event["event_id"]), canonical(event)


def _document(said: dict[str, object] | bytes | str, limits: Limits) -> JsonObject:
    """What a caller gave, in its normal form. Raises RequestError."""
    if not isinstance(said, (dict, str, bytes)):
        raise RequestError([Problem("", _NO_OBJECT)], "INVALID_EVENT_SCHEMA")
    try:
        document = read_normal_json(said, limits)
    except RequestError as error:
        raise RequestError(error.problems, "INVALID_EVENT_SCHEMA", is_json=error.is_json) from error
    if not isinstance(document, dict):
        raise RequestError([Problem("", _NO_OBJECT)], "INVALID_EVENT_SCHEMA")
    return document


_NO_OBJECT: Final = "is no object; an event has a `type` and an `actor`"


def _event(document: JsonObject, decision_id: str, moment: Moment) -> JsonObject:
    """An event with all that the log says of it."""
    return {
        "event_id": f"evt_{moment.ulid}",
        "schema_version": SCHEMA_VERSION,
        **document,
        "decision_id": decision_id,
        "created_at": moment.created_at,
    }


def _of_caller(document: JsonObject, decision_id: str) -> Iterator[Problem]:
    """What an event may have, and a caller may not say."""
    if "type" in document and document["type"] not in CALLER_TYPES:
        yield Problem("/type", f"is none of {', '.join(map(json.dumps, CALLER_TYPES))}")
    if document.get("decision_id", decision_id) != decision_id:
        yield Problem("/decision_id", "is another decision than the one that the event was to be added to")
    if "created_at" in document:
        yield Problem("/created_at", "is said by the log; leave it out, and put a time of your own into data")
    if str(document.get("event_id")).startswith(OWN_PREFIXES):
        detail = f"begins like an id of the log's own ({', '.join(OWN_PREFIXES)}); choose another"
        yield Problem("/event_id", detail)


def _of_schema(event: JsonObject) -> Iterator[Problem]:
    """All else that is wrong with it. The schema knows one type more than callers do."""
    if event.get("type", CALLER_TYPES[0]) in CALLER_TYPES:
        yield from schema(SCHEMA_VERSION).problems(event)
    else:
        yield from schema(SCHEMA_VERSION).problems({**event, "type": CALLER_TYPES[0]})


def mac_of(key: bytes, content: bytes) -> str:
    """What tells a request or an event from another of the same id, and gives nothing of it away."""
    mac = _started(key).copy()
    mac.update(content)
    return mac.hexdigest()


@lru_cache(maxsize=64)
def _started(key: bytes) -> hmac.HMAC:
    """What has read the key. A copy of it goes on in less time, and lets no other thread run as hmac.digest does."""
    return hmac.new(key, digestmod=sha256)


def _json(content: bytes) -> JsonObject:
    document: JsonObject = json.loads(content)
    return document
