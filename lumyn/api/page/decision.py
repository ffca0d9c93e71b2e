"""`/decisions/{decision_id}`: one decision, why it came out so, what was said of it since, and what proves it."""

import re
from functools import partial
from typing import Final

from starlette.responses import Response

from lumyn.api.endpoint import Call
from lumyn.api.page.decision_view import EventView, Why, view_decision, view_event
from lumyn.api.page.proof import Proof, Proofs
from lumyn.api.page.rendering import Frame, rendered
from lumyn.api.page.shown import moment_text
from lumyn.api.problems import ApiError
from lumyn.api.reading import off_loop
from lumyn.archive import Archive
from lumyn.decision_record import DecisionRecord
from lumyn.errors import ReplayError
from lumyn.explain import explain_record
from lumyn.store.entry import Entry
from lumyn.store.errors import EntryAlteredError, EntryNotFoundError
from lumyn_runtime import ArtifactError

__all__ = ["DecisionPage"]

_ID: Final = re.compile("dec_[0-9A-HJKMNP-TV-Z]{26}")


class DecisionPage:
    """Shows decisions; what it read of the log to prove one serves the next."""

    def __init__(self) -> None:
        self._proofs = Proofs()

    async def show(self, call: Call) -> Response:
        """The decision of the path."""
        return await off_loop(partial(self._shown, call, call.request.path_params["decision_id"]))

    def _shown(self, call: Call, decision_id: str) -> Response:
        archive, frame = call.service.gateway.archive, Frame.of(call, "decision")
        try:
            entry = _record_entry(archive, decision_id)
            events = [view_event(event) for event in archive.events(decision_id)]
            if entry.payload is None:
                return _erased(archive, entry, events, frame, self._proofs.of(archive.store, entry))
            record = DecisionRecord(entry.payload)
            is_loaded = record.policy_hash == call.service.gateway.policy_hash
            view = view_decision(record.to_dict(), _why(archive, record), events, is_policy_loaded=is_loaded)
            proof = self._proofs.of(archive.store, entry)
        except EntryAlteredError as error:
            detail = "its bytes are not those that the log committed to; lumyn verify finds all that was changed"
            raise ApiError("STORAGE_UNAVAILABLE", f"{error.entry_id}: {detail}") from error
        return rendered("decision.html", frame, decision=view, proof=proof)


def _record_entry(archive: Archive, decision_id: str) -> Entry:
    entry = archive.store.by_id(decision_id) if _ID.fullmatch(decision_id) else None
    if entry is None or entry.kind != "record":
        raise ApiError("DECISION_NOT_FOUND", "look for it in the list of decisions; an id is dec_ and 26 characters")
    return entry


def _why(archive: Archive, record: DecisionRecord) -> Why:
    policy = None
    try:
        policy = archive.policy_of(record)
        return Why(policy, explain_record(record.to_dict(), policy), "")
    except (ArtifactError, EntryNotFoundError, ReplayError) as error:
        return Why(policy, None, str(error))


def _erased(archive: Archive, entry: Entry, events: list[EventView], frame: Frame, proof: Proof | None) -> Response:
    erasure = archive.erasure_of(entry.entry_id)
    return rendered(
        "erased.html",
        frame,
        410,
        decision_id=entry.entry_id,
        decided=moment_text(entry.created_at),
        erasure=erasure,
        erased_at="" if erasure is None else moment_text(erasure["created_at"]),
        events=events,
        proof=proof,
    )
