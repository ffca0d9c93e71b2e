"""The gateway: policy, memory and log around the pure decision. It records before it answers."""

import asyncio
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from contextvars import Context, copy_context
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

import attrs

from lumyn.answering import Answering, Begun, RequestSource
from lumyn.archive import Archive
from lumyn.checkpointing import Checkpointer
from lumyn.decision_record import DecisionRecord
from lumyn.event import append_event, label_event
from lumyn.experience import Experience
from lumyn.export import write_pack
from lumyn.flight import Flight, outcome_of
from lumyn.loop_worker import LoopWorker, WorkerClosedError
from lumyn.metrics import Meter, Metrics
from lumyn.policy_watch import PolicyWatch
from lumyn.ready_policy import ReadyPolicy
from lumyn.settings import GatewaySettings
from lumyn.store import Pending, RecordStore
from lumyn.store.checkpoint import Checkpoint
from lumyn.store.errors import DatabaseError, StoreError
from lumyn.store.opening import open_store, path_of, search_path
from lumyn.store.search import Filters, iterate
from lumyn.strict_json import JsonValue
from lumyn.telemetry import Listener, Telemetry
from lumyn.unacknowledged import Unacknowledged, unacknowledged_decisions, unacknowledged_event
from lumyn_runtime import CompiledPolicy
from lumyn_runtime.errors import LumynError

__all__ = ["Gateway", "GatewaySettings"]

JsonObject = dict[str, JsonValue]


class Gateway:
    """Decides, records, and answers. Safe for threads; `adecide` is for event loops.

    Open it with `Gateway.open`, and close it, or use it as a context manager. It belongs to the process that opened it:
    after a fork, only the parent may use it.
    """

    def __init__(
        self, store: RecordStore, experience: Experience, policy: str | Path, folder: Path, settings: GatewaySettings
    ) -> None:
        """See `open`; the folder is where the log is."""
        self._store = store
        self._experience = experience
        self._policy_path = policy
        self._folder = folder
        self._process_id = os.getpid()
        self._settings = settings
        # Before the policy is read, so that no change of it is missed.
        self._watch = PolicyWatch(policy, lambda: self._ready.is_locked, self._load_again)
        self._ready = ReadyPolicy.first(policy, settings, store)
        self._refreshing = Lock()
        self._refused = ""
        self._meter = Meter()
        listeners = _open_telemetry() if settings.listeners is None else settings.listeners
        self._telemetry = Telemetry(listeners)
        self._answering = Answering(store, experience, settings, meter=self._meter, telemetry=self._telemetry)
        self._checkpointer = Checkpointer(
            store, self._telemetry, path=settings.checkpoint_path, every_seconds=settings.checkpoint_seconds
        )
        # Decides for event loops: what a decision costs, and what memory may have to read first, holds up no loop.
        self._worker = LoopWorker("lumyn-adecide", self._abandon)
        self._checkpointer.start()
        self._watch.start()
        self._telemetry.opened(self)
        self._telemetry.said(
            logging.INFO, "gateway opened", store_id=store.store_id, policy_hash=self._ready.policy_hash
        )

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
                unacknowledged=lambda draft: unacknowledged_event(draft, settings.moment()),
            )
            opened.callback(store.close)
            experience = Experience(store, search_path(storage_url), settings.deadline_seconds)
            opened.callback(experience.close)
            gateway = cls(store, experience, policy, path_of(storage_url).absolute().parent, settings)
            # From here on the gateway closes what it has.
            opened.pop_all()
        return gateway

    @property
    def policy_hash(self) -> str:
        """Of the policy that decides now."""
        return self._ready.policy_hash

    @property
    def policy(self) -> CompiledPolicy:
        """What decides now."""
        return self._ready.loaded.policy

    @property
    def archive(self) -> Archive:
        """The log as a reader has it. It ends with the gateway, which closes it."""
        return Archive(self._store, self._experience)

    def checkpoint(self) -> Checkpoint:
        """The log as it is now. Costs the leaves since the last one, of which a million take about a second.

        errors: StoreError
        """
        return self._checkpointer.taken()

    def decide(self, request: RequestSource, *, is_once: bool = False) -> DecisionRecord:
        """Decide, and record before answering.

        is_once: whether the same bytes without a request_id, sent again within five minutes, get the same record; where
                 callers prove who they are by a signature, whoever overhears one could else repeat it
        errors: RequestError for what is no request of this gateway's; nothing is recorded then
        """
        context = self._context()
        begun = self._begin(request, is_once=is_once)
        if isinstance(begun.pending, Pending):
            begun.pending.settle(self._settings.deadline_seconds)
        return self._answering.answer(begun, outcome_of(begun), context)

    async def adecide(self, request: RequestSource, *, is_once: bool = False) -> DecisionRecord:
        """The same, without ever holding up the loop: another thread decides, and another one stores.

        A task that is cancelled gives its decision up: it is not stored, or listed as unacknowledged.
        """
        context = self._context()
        flight = Flight(partial(self._begin, request, is_once=is_once), self._abandon)
        try:
            answering = self._worker.run(flight.depart)
        except WorkerClosedError:  # so is the gateway, which holds up nobody any more
            return self.decide(request, is_once=is_once)
        flight.watch(asyncio.get_running_loop(), self._settings.deadline_seconds)
        try:
            begun = await answering
        except asyncio.CancelledError:
            flight.abandon()
            raise
        finally:
            flight.arrive()
        return self._answering.answer(begun, outcome_of(begun), context)

    def _abandon(self, begun: Begun) -> None:
        """Nobody waits for this decision any more: it is not stored, or an event says that nobody heard of it."""
        if not isinstance(begun.pending, Pending):
            return
        begun.pending.give_up()
        with suppress(
            LumynError
        ):  # which is what an entry that is not known to be stored raises; the store says the rest
            if not begun.pending.committed().is_replay:
                self._store.submit(unacknowledged_event(begun.pending.sealed.draft, self._settings.moment()))

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
                yield json.loads(entry.payload)

    def append_event(self, decision_id: str, event: RequestSource) -> JsonObject:
        """Say something of a decision: an `outcome`, a `label`, a `note` or an `override`, with its `actor`.

        errors: RequestError; StoreError where it is not known to be stored
        """
        stored = append_event(
            self._store,
            decision_id,
            event,
            moment=self._settings.moment(),
            limits=self._settings.limits,
            deadline_seconds=self._settings.deadline_seconds,
        )
        if stored["type"] == "label":
            # So that the next decision of this gateway knows it; others follow within a second.
            with suppress(DatabaseError, StoreError):
                self._experience.follow()
        return stored

    def label(self, decision_id: str, label: str, *, summary: str | None = None, actor: str) -> JsonObject:
        """Say what became of a decision: "failure", "success" or "near_miss". The last label counts."""
        return self.append_event(decision_id, label_event(label, summary, actor))

    def unacknowledged(self) -> Iterator[Unacknowledged]:
        """Decisions that were stored without their callers being told so, the oldest first."""
        return unacknowledged_decisions(self._store)

    def refresh(self) -> LumynError | OSError | None:
        """Load the policy again. All or nothing: on an error the last good one stays, and the error is returned.

        What was refused is the policy fault of `metrics`, until a policy is loaded again and is not refused. A gateway
        does so itself, within a second, when its policy file is locked down and when that is undone.
        """
        # One at a time: who read the file first must not be who puts its policy in place last.
        with self._refreshing:
            try:
                error = self._swap()
            except (MemoryError, RecursionError) as problem:  # of a source without end
                self._refused = type(problem).__name__
                raise
            if error is not None:
                self._refused = str(error) or type(error).__name__
            return error

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

    def metrics(self) -> Metrics:
        """How the gateway is doing. Never raises; some tens of microseconds."""
        policy = self._ready.loaded.policy
        size = lag = free = None
        with suppress(StoreError):
            size = self._store.size()
            lag = max(0, size - self._experience.followed_size)
        with suppress(OSError):
            free = shutil.disk_usage(self._folder).free
        return Metrics(
            store_id=self._store.store_id,
            policy_id=policy.policy_id,
            policy_version=policy.policy_version,
            policy_hash=policy.policy_hash,
            counts=self._meter.counts(),
            queue_depth=self._store.queue_depth,
            queue_max=self._settings.queue_max,
            log_size=size,
            search_lag=lag,
            has_followed=self._experience.has_followed,
            checkpoint_size=self._checkpointer.size,
            checkpoint_age_seconds=self._checkpointer.age_seconds,
            disk_free_bytes=free,
            policy_fault=self._watch.fault or self._refused,
            store_fault=self._store.fault,
            search_fault=self._experience.fault,
            checkpoint_fault=self._checkpointer.fault,
            telemetry_fault=self._telemetry.fault,
            telemetry_dropped=self._telemetry.dropped,
        )

    def close(self) -> None:
        """Finish what was accepted, make a last checkpoint, and take nothing more: whoever asks is answered ABSTAIN."""
        if os.getpid() != self._process_id:
            # What is open belongs to the parent, whose threads did not come along.
            return
        self._telemetry.closed(self)
        self._watch.close()
        self._worker.close()
        self._experience.close()
        self._checkpointer.close()
        self._store.close()
        self._telemetry.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _load_again(self) -> LumynError | OSError | None:
        """What `refresh` does, for the watch, which keeps what was refused itself, and sees when it is mended."""
        with self._refreshing:
            return self._swap()

    def _swap(self) -> LumynError | OSError | None:
        """Have the policy of the file decide; an error, where it can't."""
        try:
            redact = self._ready.loaded.policy.table.redact
            ready = ReadyPolicy.load(self._policy_path, self._settings, redact)
        except (LumynError, OSError) as error:
            self._telemetry.said(logging.WARNING, "policy refused", detail=str(error), stays=self.policy_hash)
            return error
        if ready.policy_hash != self.policy_hash:
            self._telemetry.said(logging.INFO, "policy replaced", old=self.policy_hash, new=ready.policy_hash)
            self._ready = ready
        self._refused = ""
        return None

    def _begin(self, request: RequestSource, *, is_once: bool) -> Begun:
        """Decide under the policy that decides now. Raises RequestError."""
        return self._answering.begin(self._ready, request, is_once=is_once)

    def _context(self) -> Context | None:
        """Of the caller, if anybody wants to hear of answers."""
        return copy_context() if self._telemetry.is_heard else None


def _open_telemetry() -> tuple[Listener, ...]:
    """What tells OpenTelemetry, where that is installed."""
    try:
        from lumyn.otel import default  # noqa: PLC0415
    except ImportError:
        return ()
    return (default(),)
