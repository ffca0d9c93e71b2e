"""What the log says of an entry that was stored without its caller being told so."""

from datetime import UTC, datetime
from json.encoder import encode_basestring as write_text

from lumyn.store.entry import Draft
from lumyn.times import spell_time

__all__ = ["unacknowledged_event", "utc_now"]


def utc_now() -> str:
    """Now, in UTC, to the millisecond."""
    return spell_time(datetime.now(UTC))


def unacknowledged_event(draft: Draft, created_at: str) -> Draft:
    """The event that says of a stored entry that its caller was never told so."""
    payload = (
        f'{{"created_at":{write_text(created_at)},"entry_id":{write_text(draft.entry_id)},"kind":"unacknowledged",'
        f'"schema_version":"decision_event.v0"}}'
    )
    return Draft(
        kind="event",
        entry_id=f"unacknowledged:{draft.entry_id}",
        decision_id=draft.decision_id,
        created_at=created_at,
        tenant=draft.tenant,
        request_id=None,
        request_mac=None,
        payload=payload.encode(),
    )
