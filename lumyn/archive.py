"""The log of a gateway, read and kept in order without deciding: no policy is needed, so an incident needs none either."""

import json
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Final, Self

import attrs

from lumyn.canonical import canonical
from lumyn.decision_record import DecisionRecord
from lumyn.event import append_event, label_event
from lumyn.experience import Experience
from lumyn.export import ProvedLog, checkpoint_of, write_pack
from lumyn.identity import Moment, system_clock, system_ids
from lumyn.normal_json import Limits
from lumyn.store import Erased, RecordStore
from lumyn.store.checkpoint import ORIGIN_PREFIX, Checkpoint, parse_checkpoint
from lumyn.store.entry import ERASURE_PREFIX, erasure_id
from lumyn.store.errors import EntryErasedError, EntryNotFoundError
from lumyn.store.opening import open_store, search_path
from lumyn.store.search import Filters, Found
from lumyn.strict_json import JsonValue
from lumyn.unacknowledged import unacknowledged_decisions, unacknowledged_event
from lumyn_runtime import CompiledPolicy, load

__all__ = ["Archive", "PolicyEntry", "read_checkpoints"]

JsonObject = dict[str, JsonValue]

_PAGE: Final = 500
_DEADLINE_SECONDS: Final = 10.0


@attrs.frozen
class PolicyEntry:
    """A policy that decided.

    since: when the log first had it
    count: decisions that it made, dry runs too
    """

    policy_hash: str
    policy_id: str
    policy_version: str
    since: str
    count: int


class Archive:
    """What was decided, and what was said of it. To be closed by whoever opened it, or used as a context manager."""

    def __init__(self, store: RecordStore, experience: Experience) -> None:
        """Of a log that is open already; see `open`."""
        self.store = store
        self._experience = experience

    @classmethod
    def open(cls, storage_url: str) -> Self:
        """Open a log that is there. Raises StoreError, OSError."""
        store = open_store(
            storage_url,
            create=False,
            queue_limit=16,
            clock=lambda: _now().created_at,
            unacknowledged=lambda draft: unacknowledged_event(draft, _now()),
        )
        try:
            return cls(store, Experience(store, search_path(storage_url)))
        except BaseException:
            store.close()
            raise

    def record(self, decision_id: str) -> DecisionRecord:
        """A record. Raises EntryNotFoundError, EntryErasedError."""
        entry = self.store.by_id(decision_id)
        if entry is None or entry.kind != "record":
            raise EntryNotFoundError(decision_id)
        if entry.payload is None:
            raise EntryErasedError(decision_id)
        return DecisionRecord(entry.payload)

    def events(self, decision_id: str) -> list[JsonObject]:
        """What was said of a decision, in the order of the log; what was erased apart."""
        entries = self.store.of_decision(decision_id)
        return [json.loads(entry.payload) for entry in entries if entry.kind == "event" and entry.payload is not None]

    def last_label(self, decision_id: str) -> JsonObject | None:
        """The event of the label that counts; None without one."""
        return next((event for event in reversed(self.events(decision_id)) if event["type"] == "label"), None)

    def label(self, decision_id: str, label: str, *, summary: str | None, actor: str) -> JsonObject:
        """Say what became of a decision, and return the event. Raises RequestError, StoreError."""
        return append_event(
            self.store,
            decision_id,
            label_event(label, summary, actor),
            moment=_now(),
            limits=Limits(),
            deadline_seconds=_DEADLINE_SECONDS,
        )

    def policy_of(self, record: DecisionRecord) -> CompiledPolicy:
        """The policy that decided it, as the log keeps it. Raises EntryNotFoundError, ArtifactError."""
        policy_hash = str(record.to_dict()["policy"]["policy_hash"])
        entry = self.store.by_id(policy_hash)
        if entry is None or entry.payload is None:
            raise EntryNotFoundError(policy_hash)
        return load(entry.payload, policy_hash)

    def seq_of(self, decision_id: str) -> int:
        """Where a record stands in the log. Raises EntryNotFoundError."""
        entry = self.store.by_id(decision_id)
        if entry is None or entry.kind != "record":
            raise EntryNotFoundError(decision_id)
        return entry.seq

    def follow(self) -> None:
        """Let the search file follow the log to its end."""
        self._experience.follow()

    @property
    def search_lag_at_open(self) -> int:
        """Entries that search had not seen when the log was opened."""
        return self._experience.lag_at_start

    def newest(self, filters: Filters, before_seq: int | None = None) -> Iterator[Found]:
        """Decisions that are found, the newest first, a page at a time.

        before_seq: only what stands before it in the log
        """
        before = self.store.size() if before_seq is None else before_seq
        while found := self._experience.search.search(filters, after_seq=before, limit=_PAGE, newest_first=True):
            yield from found
            before = found[-1].seq
            if not before:
                return

    def page(self, filters: Filters, *, after_seq: int = -1, limit: int, newest_first: bool) -> list[Found]:
        """Decisions that are found behind a place in the log, or before it where the newest come first; at most so many.

        after_seq: the place, itself left out; below 0 where there is none
        errors:    DatabaseError, StoreError
        """
        self.follow()
        return self._experience.search.search(filters, after_seq=after_seq, limit=limit, newest_first=newest_first)

    def unacknowledged(self, filters: Filters, before_seq: int | None = None) -> Iterator[Found]:
        """Those among them whose callers were told that it was not known whether they are stored, the newest first."""
        late = [one.seq for one in unacknowledged_decisions(self.store)]
        for seq in sorted(late, reverse=True):
            if before_seq is None or seq < before_seq:
                found = self._experience.search.search(filters, after_seq=seq - 1, limit=1)
                yield from (decision for decision in found if decision.seq == seq)

    def after(self, filters: Filters, after_seq: int) -> list[Found]:
        """Decisions that are found behind a place in the log, in its order."""
        self.follow()
        return self._experience.search.search(filters, after_seq=after_seq)

    def counts(self) -> dict[str, int]:
        """Decisions by verdict."""
        return self._experience.search.counts()

    def policies(self) -> Iterator[PolicyEntry]:
        """Every policy that decided, the first one first."""
        self.follow()
        for policy_hash, _, since, count in self._experience.search.policies():
            entry = self.store.by_id(policy_hash)
            assert entry is not None
            assert entry.payload is not None, "policies are never erased"
            table = load(entry.payload, policy_hash).table
            yield PolicyEntry(policy_hash, table.policy_id, table.policy_version, since, count)

    def pack(self, decision_id: str, at: int | None = None) -> bytes:
        """The decision pack, a ZIP; see write_pack."""
        return write_pack(self.store, self._experience, decision_id, at)

    def packs(self, decision_ids: Iterable[str], log: ProvedLog) -> Iterator[tuple[str, bytes]]:
        """The packs of many decisions, each with its id, all of them proved in the log at one size."""
        for decision_id in decision_ids:
            yield decision_id, write_pack(self.store, self._experience, decision_id, log.checkpoint.size, log)

    def proved_log(self, size: int | None = None) -> ProvedLog:
        """The log at a size, or as it is now, to prove many entries in. A million entries take about a second."""
        return ProvedLog(self.store, size)

    def checkpoint(self) -> Checkpoint:
        """The log as it is now. A million entries take about a second."""
        return checkpoint_of(self.store)

    def erase(self, entry_id: str, *, reason: str, actor: str) -> Erased:
        """Delete what a record or an event says, and keep that it was there, and why it went.

        errors: EntryNotFoundError, StoreError
        """
        entry = self.store.by_id(entry_id)
        if entry is None or entry.kind not in {"record", "event"}:
            raise EntryNotFoundError(entry_id)
        created_at = _now().created_at
        said: JsonObject = {
            "schema_version": "erasure.v0",
            "entry_id": entry_id,
            "created_at": created_at,
            "actor": actor,
            "reason": reason,
        }
        erased = self.store.erase(
            entry_id, created_at=created_at, payload=canonical(said), deadline_seconds=_DEADLINE_SECONDS
        )
        # The search file knows what a record says, too.
        self.follow()
        return attrs.evolve(erased, is_wiped=self._experience.search.wipe(_DEADLINE_SECONDS) and erased.is_wiped)

    def erasure_of(self, entry_id: str) -> dict[str, Any] | None:
        """Who erased an entry, when and why; None where it was not erased."""
        entry = self.store.by_id(erasure_id(entry_id))
        return None if entry is None or entry.payload is None else json.loads(entry.payload)

    def unacknowledged_count(self) -> int:
        """How many decisions were stored without their callers being told so."""
        return sum(1 for _ in unacknowledged_decisions(self.store))

    def erasure_count(self) -> int:
        """How many entries were erased."""
        return sum(1 for _ in self.store.with_prefix(ERASURE_PREFIX))

    def close(self) -> None:
        """Let go of the files."""
        self._experience.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def read_checkpoints(content: bytes) -> list[Checkpoint]:
    """The checkpoints of a file, one after the other. Raises CheckpointError where one is none, and where there are none."""
    starts = [0] if content.startswith(_ORIGIN) else []
    at = content.find(b"\n" + _ORIGIN)
    while at >= 0:
        starts.append(at + 1)
        at = content.find(b"\n" + _ORIGIN, at + 1)
    starts = starts or [0]
    return [parse_checkpoint(content[start:end]) for start, end in zip(starts, [*starts[1:], None], strict=True)]


_ORIGIN: Final = ORIGIN_PREFIX.encode()


def _now() -> Moment:
    return Moment.now(system_clock, system_ids)
