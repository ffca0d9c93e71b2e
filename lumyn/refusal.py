"""What is answered where a record is not known to be stored: nothing goes through."""

from typing import Final

import attrs

from lumyn.decision import Decision, refusing_outcome
from lumyn.decision_record import DecisionRecord
from lumyn.errors import Problem, RequestError
from lumyn.identity import Moment
from lumyn.record import record_bytes
from lumyn.store.errors import EntryErasedError, QueueFullError, RequestIdReusedError, StorageUnavailableError
from lumyn.strict_json import JsonValue
from lumyn_runtime.errors import LumynError

__all__ = ["REFUSING_REASONS", "refusing_record"]

_STORAGE_UNAVAILABLE: Final = "STORAGE_UNAVAILABLE"
_GATEWAY_OVERLOADED: Final = "GATEWAY_OVERLOADED"
# Of every record that is kept nowhere.
REFUSING_REASONS: Final = (_STORAGE_UNAVAILABLE, _GATEWAY_OVERLOADED)


def refusing_record(decision: Decision, error: LumynError, moment: Moment) -> DecisionRecord:
    """The record, kept nowhere, that is answered instead of a decision that the store did not take.

    moment: its own; the id of the decision is in its `extensions`
    errors: RequestError for a request_id that another request has, or whose record was erased: the caller's to mend
    """
    match error:
        case RequestIdReusedError() | EntryErasedError():
            reason = "REQUEST_ID_REUSED" if isinstance(error, RequestIdReusedError) else "DECISION_ERASED"
            raise RequestError([Problem("/request_id", str(error))], reason) from error
        case QueueFullError():
            reason, outcome = _GATEWAY_OVERLOADED, "not_stored"
        case StorageUnavailableError():
            reason, outcome = _STORAGE_UNAVAILABLE, error.outcome
        case _:
            reason, outcome = _STORAGE_UNAVAILABLE, "not_stored"
    said: dict[str, JsonValue] = {
        "persisted": False,
        "attempted_decision_id": decision.decision_id,
        "outcome": outcome,
    }
    parts = attrs.evolve(decision.parts, moment=moment, outcome=refusing_outcome(reason), extensions={"lumyn": said})
    return DecisionRecord(record_bytes(parts))
