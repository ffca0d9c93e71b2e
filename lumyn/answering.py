"""The way of one decision through a gateway: decided, sent into the log, answered, counted."""

import time
from contextvars import Context
from typing import Final, NamedTuple

from lumyn.canonical import canonical_of_normal, digest_of
from lumyn.decision import Decision, refusing_outcome
from lumyn.decision_record import DecisionRecord
from lumyn.errors import RequestError
from lumyn.event import mac_of
from lumyn.experience import Experience
from lumyn.identity import Moment
from lumyn.metrics import Meter
from lumyn.ready_policy import ReadyPolicy
from lumyn.record import RiskReport, SimilarityReport
from lumyn.refusal import refusing_record
from lumyn.repetition import REPEAT_SECONDS, repetition_ids
from lumyn.settings import GatewaySettings
from lumyn.store import Committed, Draft, Pending, RecordStore
from lumyn.store.entry import Earlier
from lumyn.store.errors import (
    DatabaseError,
    QueueFullError,
    StorageUnavailableError,
    StoreClosedError,
    StoreError,
)
from lumyn.strict_json import JsonValue
from lumyn.telemetry import Decided, Telemetry
from lumyn_runtime.errors import LumynError

__all__ = ["Answering", "Begun", "RequestSource"]

RequestSource = bytes | str | dict[str, object]

_NOTHING_ALIKE: Final = SimilarityReport(0.0, ())
_NOTHING_KNOWN: Final = RiskReport(_NOTHING_ALIKE, _NOTHING_ALIKE, digest_of(b""))


class Begun(NamedTuple):
    """A decision on its way into the log.

    is_locked:          whether the lockdown decided
    pending:            what waits for the store, or why the decision can't set out
    started, submitted: seconds of the performance counter
    """

    decision: Decision
    is_locked: bool
    pending: Pending | LumynError
    started: float
    submitted: float


class Answering:
    """Begins decisions and answers them, for any number of threads."""

    def __init__(
        self,
        store: RecordStore,
        experience: Experience,
        settings: GatewaySettings,
        *,
        meter: Meter,
        telemetry: Telemetry,
    ) -> None:
        self._store = store
        self._experience = experience
        self._settings = settings
        self._meter = meter
        self._telemetry = telemetry

    def begin(self, ready: ReadyPolicy, source: RequestSource, *, is_once: bool = False) -> Begun:
        """Decide, and send the record on its way. Raises RequestError.

        is_once: the same bytes without a request_id, sent again within REPEAT_SECONDS, are the same decision
        """
        started = time.perf_counter()
        policy = ready.loaded.policy
        forgotten: list[LumynError] = []
        try:
            request = ready.decider.read(source)
        except RequestError as error:
            self._meter.refused(error.reason_code)
            raise

        def recall(persisted: dict[str, JsonValue], tenant: str | None) -> RiskReport:
            try:
                return self._experience.recall(policy, persisted, tenant, request.action_type)
            except (DatabaseError, StoreError) as error:
                # Memory may be what forbids this, so nothing goes through without it.
                forgotten.append(StorageUnavailableError("not_stored", f"memory can't be read: {error}"))
                return _NOTHING_KNOWN

        decision = ready.decider.decide(request, recall, self._settings.moment())
        submitted = time.perf_counter()
        body = source if is_once and isinstance(source, bytes) else None
        pending = forgotten[0] if forgotten else self._submitted(ready, decision, body)
        return Begun(decision, ready.is_locked, pending, started, submitted)

    def answer(self, begun: Begun, outcome: Committed | LumynError, context: Context | None) -> DecisionRecord:
        """What the caller gets: the stored record, or ABSTAIN. Raises RequestError for a request_id used otherwise.

        context: of the caller, where anybody hears of answers
        """
        commit_seconds = time.perf_counter() - begun.submitted
        decided = begun.decision.parts.outcome
        is_replay = False
        if isinstance(outcome, Committed):
            is_replay = outcome.is_replay
            record = _repeated(begun, outcome.payload) if is_replay else DecisionRecord(outcome.payload)
        else:
            try:
                record = refusing_record(begun.decision, outcome, self._settings.moment())
            except RequestError as error:
                self._meter.refused(error.reason_code)
                raise
            decided = refusing_outcome(record.reason_codes[0])
        if is_replay:
            self._meter.replayed()
        else:
            self._meter.decided(str(decided.verdict), decided.reason_codes, commit_seconds)
        if context is not None:
            self._tell(record, begun.started, commit_seconds, context, is_replay=is_replay)
        return record

    def _tell(
        self, record: DecisionRecord, started: float, commit_seconds: float, context: Context, *, is_replay: bool
    ) -> None:
        ended_ns = time.time_ns()
        self._telemetry.decided(
            Decided(
                store_id=self._store.store_id,
                decision_id=record.decision_id,
                verdict=str(record.verdict),
                reason_codes=record.reason_codes,
                policy_hash=record.policy_hash,
                mode=record.mode,
                is_persisted=record.is_persisted,
                is_replay=is_replay,
                started_ns=ended_ns - int((time.perf_counter() - started) * 1e9),
                ended_ns=ended_ns,
                commit_seconds=commit_seconds,
                context=context,
            )
        )

    def _submitted(self, ready: ReadyPolicy, decision: Decision, body: bytes | None) -> Pending | LumynError:
        """The entry on its way, or why it can't set out.

        body: where it is to be decided once
        """
        request = decision.request
        request_id, earlier = request.request_id, None
        if request_id is None and body is not None:
            moment = decision.parts.moment
            request_id, others = repetition_ids(self._store.key, body, moment.milliseconds)
            since = Moment(moment.milliseconds - REPEAT_SECONDS * 1000, moment.ulid)
            earlier = Earlier(others, since.created_at)
        has_id = request_id is not None
        draft = Draft(
            kind="record",
            entry_id=decision.decision_id,
            decision_id=decision.decision_id,
            created_at=decision.parts.moment.created_at,
            tenant=request.tenant,
            request_id=request_id,
            request_mac=mac_of(self._store.key, canonical_of_normal(request.document)) if has_id else None,
            payload=decision.content,
            earlier=earlier,
        )
        try:
            return self._store.submit(draft, (ready.snapshot,))
        except (QueueFullError, StoreClosedError) as error:
            return error


def _repeated(begun: Begun, content: bytes) -> DecisionRecord:
    """A record that was stored before. What it let through then, the gateway has to let through now as well."""
    record = DecisionRecord(content)
    is_let_through_by_mode = record.mode == "advisory" and not record.verdict.proceeds
    has_become_stricter = is_let_through_by_mode and begun.decision.parts.policy.mode == "enforce"
    if not begun.is_locked and not has_become_stricter:
        return record
    return DecisionRecord(content, may_proceed=False)
