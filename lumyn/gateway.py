"""The gateway: policy, memory and log around the pure decision. It records before it answers."""

import asyncio
import hmac
import json
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from hashlib import sha256
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import attrs

import lumyn
from lumyn.canonical import canonical
from lumyn.decision import Decider, Decision, refusing_outcome
from lumyn.decision_record import DecisionRecord
from lumyn.errors import Problem, RequestError
from lumyn.event import event_bytes, unacknowledged
from lumyn.experience import Experience
from lumyn.export import write_pack
from lumyn.identity import Clock, IdSource, Moment, system_clock, system_ids
from lumyn.loaded_policy import LoadedPolicy, load_policy
from lumyn.normal_json import Limits
from lumyn.record import RiskReport, record_bytes
from lumyn.redact import RedactionKey
from lumyn.store import RecordStore
from lumyn.store.entry import Draft
from lumyn.store.errors import (
    DatabaseError,
    EntryErasedError,
    QueueFullError,
    RequestIdReusedError,
    StorageUnavailableError,
    StoreClosedError,
    StoreError,
)
from lumyn.store.opening import open_store, search_path
from lumyn.store.pending import Pending
from lumyn.store.search import Filters, iterate
from lumyn.strict_json import JsonValue
from lumyn_runtime.errors import LumynError

__all__ = ["Gateway", "GatewaySettings"]

JsonObject = dict[str, JsonValue]

_STORAGE_UNAVAILABLE: Final = "STORAGE_UNAVAILABLE"
_GATEWAY_OVERLOADED: Final = "GATEWAY_OVERLOADED"


_DEFAULT_LIMITS: Final = Limits()


@attrs.frozen
class GatewaySettings:
    """How a gateway works.

    expected_policy_hash: the only policy that will do; None takes any
    mode:                 replaces the policy's; None leaves it
    redaction_profile:    `off`, `default` or `strict`; a request can ask for a stricter one
    redaction_key:        for the HMACs that stand for what was taken out
    deadline_seconds:     until a record must be stored; then the answer is ABSTAIN
    queue_max:            decisions that may wait to be stored
    """

    expected_policy_hash: str | None = None
    mode: str | None = None
    redaction_profile: str = "default"
    redaction_key: RedactionKey | None = None
    limits: Limits = _DEFAULT_LIMITS
    deadline_seconds: float = 2.0
    queue_max: int = 4_096
    clock: Clock = system_clock
    ids: IdSource = system_ids

    def moment(self) -> Moment:
        """Now, with an id of its own."""
        return Moment.now(self.clock, self.ids)


@attrs.frozen
class _Ready:
    """A policy, ready to decide; replaced as a whole."""

    loaded: LoadedPolicy
    decider: Decider
    snapshot: Draft


class Gateway:
    """Decides, records, and answers. Safe for threads; `adecide` is for event loops.

    Open it with `Gateway.open`, and close it, or use it as a context manager.
    """

    def __init__(
        self, store: RecordStore, experience: Experience, policy: str | Path, settings: GatewaySettings
    ) -> None:
        self._store = store
        self._experience = experience
        self._policy_path = policy
        self._settings = settings
        self._ready = self._load()

    @classmethod
    def open(
        cls,
        policy: str | Path,
        storage_url: str,
        settings: GatewaySettings | None = None,
        *,
        expected_policy_hash: str | None = None,
        create: bool = False,
    ) -> Self:
        """A gateway that is ready.

        policy:               a `.lpack`, or a source, which is compiled once
        storage_url:          `sqlite:PATH`
        expected_policy_hash: the only policy that will do, now and at every refresh; as in the settings
        create:               whether to make the store where there is none
        errors:               ArtifactError, CompileError, OSError, StoreError
        """
        settings = settings or GatewaySettings()
        if expected_policy_hash is not None:
            settings = attrs.evolve(settings, expected_policy_hash=expected_policy_hash)
        with ExitStack() as opened:
            store = open_store(
                storage_url,
                create=create,
                queue_limit=settings.queue_max,
                clock=lambda: settings.moment().created_at,
                unacknowledged=lambda draft: unacknowledged(draft, settings.moment()),
            )
            opened.callback(store.close)
            experience = Experience(store, search_path(storage_url))
            opened.callback(experience.close)
            gateway = cls(store, experience, policy, settings)
            # From here on the gateway closes what it has.
            opened.pop_all()
        return gateway

    @property
    def policy_hash(self) -> str:
        """Of the policy that decides now."""
        return self._ready.loaded.policy.policy_hash

    def decide(self, request: bytes | str | dict[str, object]) -> DecisionRecord:
        """Decide, and record before answering.

        errors: RequestError for what is no request of this gateway's; nothing is recorded then
        """
        ready, decision = self._decided(request)
        pending = self._submitted(ready, decision)
        if not isinstance(pending, Pending):
            return pending
        try:
            committed = pending.wait(self._settings.deadline_seconds)
        except LumynError as error:
            return self._instead(decision, error)
        return DecisionRecord(committed.payload)

    async def adecide(self, request: bytes | str | dict[str, object]) -> DecisionRecord:
        """The same, without ever waiting for the store on the loop's thread."""
        ready, decision = self._decided(request)
        pending = self._submitted(ready, decision)
        if not isinstance(pending, Pending):
            return pending
        loop = asyncio.get_running_loop()
        arrived: asyncio.Future[None] = loop.create_future()

        def arrive() -> None:
            if not arrived.done():
                arrived.set_result(None)

        pending.add_done_callback(lambda _: loop.call_soon_threadsafe(arrive))
        try:
            await asyncio.wait_for(arrived, self._settings.deadline_seconds)
        except TimeoutError:
            pending.give_up()
        try:
            committed = pending.committed()
        except LumynError as error:
            return self._instead(decision, error)
        return DecisionRecord(committed.payload)

    def get(self, decision_id: str) -> DecisionRecord | None:
        """A stored record; None where there is none, or it was erased."""
        entry = self._store.by_id(decision_id)
        if entry is None or entry.kind != "record" or entry.payload is None:
            return None
        return DecisionRecord(entry.payload)

    def events(self, decision_id: str) -> Iterator[JsonObject]:
        """What was said of a decision, in the order of the log."""
        for entry in self._store.of_decision(decision_id):
            if entry.payload is not None:
                yield _json(entry.payload)

    def append_event(self, decision_id: str, event: dict[str, object]) -> JsonObject:
        """Say something of a decision: an `outcome`, a `label`, a `note` or an `override`, with its `actor`.

        errors: RequestError; StoreError where it is not known to be stored
        """
        record = self._store.by_id(decision_id)
        if record is None or record.kind != "record":
            raise RequestError([Problem("", f"there is no decision {decision_id}")], "DECISION_NOT_FOUND")
        if event.get("type") == "unacknowledged":
            raise RequestError([Problem("/type", "is what the store alone says")], "INVALID_EVENT_SCHEMA")
        moment = self._settings.moment()
        event_id, content = event_bytes(event, decision_id, moment, self._settings.limits)
        said = {key: value for key, value in _json(content).items() if key != "created_at"}
        draft = Draft(
            kind="event",
            entry_id=event_id,
            decision_id=decision_id,
            created_at=moment.created_at,
            tenant=record.tenant,
            request_id=None,
            request_mac=self._mac(canonical(said)),
            payload=content,
        )
        committed = self._store.submit(draft).wait(self._settings.deadline_seconds)
        stored = _json(committed.payload)
        if stored["type"] == "label":
            # So that the next decision of this gateway knows it; others follow within a second.
            with suppress(DatabaseError, StoreError):
                self._experience.follow()
        return stored

    def label(self, decision_id: str, label: str, *, summary: str | None = None, actor: str) -> JsonObject:
        """Say what became of a decision: "failure", "success" or "near_miss". The last label counts."""
        said: dict[str, object] = {"type": "label", "label": label, "actor": actor}
        if summary is not None:
            said["summary"] = summary
        return self.append_event(decision_id, said)

    def refresh(self) -> LumynError | OSError | None:
        """Load the policy again. All or nothing: on an error the last good one stays, and the error is returned."""
        try:
            ready = self._load()
        except (LumynError, OSError) as error:
            return error
        if ready.loaded.policy.policy_hash != self.policy_hash:
            self._ready = ready
        return None

    def search(self, filters: Filters | None = None, *, limit: int | None = None) -> Iterator[DecisionRecord]:
        """Records in the order of the log; without a limit all of them. Dry runs only where the filters ask for them."""
        self._experience.follow()
        for found in islice(iterate(self._experience.search, filters or Filters()), limit):
            record = self.get(found.decision_id)
            if record is not None:
                yield record

    def pack(self, decision_id: str, at: int | None = None) -> bytes:
        """The decision pack, a ZIP; see write_pack."""
        return write_pack(self._store, self._experience, decision_id, at)

    def close(self) -> None:
        """Finish what was accepted, and take nothing more."""
        self._experience.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _load(self) -> _Ready:
        loaded = load_policy(self._policy_path, self._settings.expected_policy_hash)
        decider = Decider(
            loaded.policy,
            mode=self._settings.mode,
            profile=self._settings.redaction_profile,
            key=self._settings.redaction_key,
            limits=self._settings.limits,
            engine_version=lumyn.__version__,
        )
        snapshot = Draft(
            kind="policy",
            entry_id=loaded.policy.policy_hash,
            decision_id=None,
            created_at=self._settings.moment().created_at,
            tenant=None,
            request_id=None,
            request_mac=None,
            payload=loaded.artifact,
        )
        return _Ready(loaded, decider, snapshot)

    def _decided(self, source: bytes | str | dict[str, object]) -> tuple[_Ready, Decision]:
        ready = self._ready
        request = ready.decider.read(source)
        policy = ready.loaded.policy

        def recall(persisted: JsonObject, tenant: str | None) -> RiskReport:
            return self._experience.recall(policy, persisted, tenant, request.action_type)

        return ready, ready.decider.decide(request, recall, self._settings.moment())

    def _submitted(self, ready: _Ready, decision: Decision) -> Pending | DecisionRecord:
        """The entry on its way, or what is answered where it can't set out."""
        request = decision.request
        draft = Draft(
            kind="record",
            entry_id=decision.decision_id,
            decision_id=decision.decision_id,
            created_at=decision.parts.moment.created_at,
            tenant=request.tenant,
            request_id=request.request_id,
            request_mac=None if request.request_id is None else self._mac(canonical(request.document)),
            payload=decision.content,
        )
        try:
            return self._store.submit(draft, (ready.snapshot,))
        except (QueueFullError, StoreClosedError) as error:
            return self._instead(decision, error)

    def _mac(self, content: bytes) -> str:
        return hmac.new(self._store.key, content, sha256).hexdigest()

    def _instead(self, decision: Decision, error: LumynError) -> DecisionRecord:
        """What is answered where a record is not known to be stored: nothing goes through.

        A request_id that another request has, or whose record was erased, is the caller's to mend, and raises.
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
        said: JsonObject = {"persisted": False, "attempted_decision_id": decision.decision_id, "outcome": outcome}
        parts = attrs.evolve(
            decision.parts,
            moment=self._settings.moment(),
            outcome=refusing_outcome(reason),
            extensions={"lumyn": said},
        )
        return DecisionRecord(record_bytes(parts))


def _json(content: bytes) -> JsonObject:
    document: JsonObject = json.loads(content)
    return document
