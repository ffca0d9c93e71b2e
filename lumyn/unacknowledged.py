"""Decisions that were stored without their callers being told so."""

from collections.abc import Iterator
from typing import Final

import attrs

from lumyn.event import UNACKNOWLEDGED_PREFIX, event_bytes
from lumyn.identity import Moment
from lumyn.normal_json import Limits
from lumyn.repetition import is_repetition_id
from lumyn.store import Draft, RecordStore

__all__ = ["Unacknowledged", "unacknowledged_decisions", "unacknowledged_event"]

# What the schema of events allows; the id of an event can be as long by itself.
_EVENT_ID_MAX: Final = 256

_SUMMARY: Final = "It was stored, and its caller was never told so."


@attrs.frozen
class Unacknowledged:
    """A decision whose caller was answered ABSTAIN, or went away, and whose record is in the log all the same.

    seq:        of its record
    request_id: with which a retry gets the record; None where the request had none
    """

    seq: int
    decision_id: str
    created_at: str
    tenant: str | None
    request_id: str | None


def unacknowledged_event(draft: Draft, moment: Moment) -> Draft:
    """What the store itself says of such an entry: a record, an event or an erasure."""
    event_id, content = event_bytes(
        {
            "event_id": f"{UNACKNOWLEDGED_PREFIX}{draft.entry_id}"[:_EVENT_ID_MAX],
            "type": "unacknowledged",
            "actor": "lumyn",
            "summary": _SUMMARY,
            "data": {"kind": draft.kind, "entry_id": draft.entry_id},
        },
        draft.decision_id or "",
        moment,
        Limits(),
    )
    return Draft(
        kind="event",
        entry_id=event_id,
        decision_id=draft.decision_id,
        created_at=moment.created_at,
        tenant=draft.tenant,
        request_id=None,
        request_mac=None,
        payload=content,
    )


def unacknowledged_decisions(store: RecordStore) -> Iterator[Unacknowledged]:
    """Every one in the log, by id, which is the order of their times. Costs what there are, however long the log is."""
    for event in store.with_prefix(f"{UNACKNOWLEDGED_PREFIX}dec_"):
        record = None if event.decision_id is None else store.by_id(event.decision_id)
        if record is not None:
            request_id = None if is_repetition_id(record.request_id) else record.request_id
            yield Unacknowledged(record.seq, record.entry_id, record.created_at, record.tenant, request_id)
