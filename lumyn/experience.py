"""The link between log and memory: labels are followed in the background, and recalled when a decision is made."""

import json
import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, Final

from lumyn.features import features_of
from lumyn.memory import SITUATIONS_MAX, Labelled, Memory, Remembered, Scope
from lumyn.record import RiskReport
from lumyn.store import RecordStore
from lumyn.store.entry import Entry
from lumyn.store.errors import StorageUnavailableError, StoreClosedError
from lumyn.store.search import SearchFile
from lumyn.store.search_labels import Situation
from lumyn.strict_json import JsonValue
from lumyn_runtime import ArtifactError, CompiledPolicy, load

__all__ = ["Experience"]

JsonObject = dict[str, JsonValue]

_EVERY_SECONDS: Final = 1.0
# For so long, a decision may not know of a label.
_BEHIND_SECONDS: Final = 5.0
# Labels by which a decision may have been behind the log.
_LAG_MAX: Final = 64


class Experience:
    """What a gateway remembers.

    search:        the derived file, which is also what is searched
    followed_size: entries of the log that search and memory have seen
    lag_at_start:  entries that they had not seen when this was opened
    has_followed:  whether the end of the log was reached once
    fault:         why the log could not be followed; empty while it can. What was known is remembered meanwhile, until
                   there are labels or erasures that have not been followed for some seconds
    """

    def __init__(self, store: RecordStore, path: Path, patience_seconds: float = 2.0) -> None:
        """Open the derived file of a log.

        patience_seconds: how long a decision waits for what was labelled before this was opened
        """
        self._store = store
        self._process_id = os.getpid()
        self._patience_seconds = patience_seconds
        self._policy = lru_cache(maxsize=16)(self._load_policy)
        self.search = SearchFile(path, store, self._features)
        self.followed_size = self.search.next_seq
        self.lag_at_start = max(0, store.size() - self.followed_size)
        self.fault = ""
        self.has_followed = False
        self._memory = Memory(self._labelled, self.search.scope_version)
        self._change_count: int | None = None
        self._seeing = Lock()
        # Nothing was labelled or erased before this time that memory does not know, or it was looked for up to that entry.
        self._seen_at = monotonic()
        self._seen_size = self.followed_size
        # Whether it was tried to reach the end of the log.
        self._has_tried = Event()
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="lumyn-follow", daemon=True)
        self._thread.start()

    def recall(self, policy: CompiledPolicy, persisted: JsonObject, tenant: str | None, action_type: str) -> RiskReport:
        """What memory says of a request as persisted.

        errors: DatabaseError, StoreError where it can't be read, or has not seen what was labelled long ago
        """
        if os.getpid() != self._process_id:
            # A lock that another thread of the parent held would never be let go of.
            raise StoreClosedError
        if not self.has_followed:
            self._has_tried.wait(self._patience_seconds)
            if not self.has_followed:
                # A failure that was labelled and is not remembered would let through what it should stop.
                why = self.fault or "it is still following the log"
                raise StorageUnavailableError("not_stored", why)
        if monotonic() - self._seen_at > _BEHIND_SECONDS:
            self._see()
        remembered = self._memory.of((tenant, action_type))
        # Where nothing is remembered, what the situation is makes no difference.
        return remembered.nothing or remembered.recall(features_of(policy, persisted))

    def remembered_at(self, scope: Scope, seq: int, snapshot: str) -> Remembered | None:
        """What a decision remembered: what had been labelled before it, or a little earlier, by its snapshot's digest.

        seq: of its record. Labels that were just being followed, or of decisions that were erased since, can make it None
        """
        self.search.catch_up()
        for before in (seq, *self.search.label_seqs_before(scope, seq, _LAG_MAX)):
            remembered = Remembered(_counted(self.search.situations_before(scope, before)))
            if remembered.snapshot == snapshot:
                return remembered
        return None

    def follow(self) -> None:
        """Follow the log to where it ends now. Raises DatabaseError, StoreError."""
        begun_at = monotonic()
        self.search.catch_up()
        self.followed_size = self.search.next_seq
        change_count = self.search.change_count()
        if change_count != self._change_count:
            self._memory.renew()
            self._change_count = change_count
        self._seen_at = max(self._seen_at, begun_at)
        self.has_followed = True
        # Last: it may take long, and what was erased is not remembered any more.
        self.search.wipe()

    def close(self) -> None:
        """Follow no more."""
        self._stopped.set()
        self._thread.join(5.0)
        self.search.close()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self.follow()
                self.fault = ""
            except Exception as error:  # noqa: BLE001 - whatever it is, it must be said, and the next second may be better
                self.fault = str(error) or type(error).__name__
            self._has_tried.set()
            self._stopped.wait(_EVERY_SECONDS)

    def _see(self) -> None:
        """Look whether anything was labelled or erased that was not followed. Raises StorageUnavailableError, StoreError.

        Whoever decides does so: what follows may be held up by anything.
        """
        with self._seeing:
            begun_at = monotonic()
            start = max(self._seen_size, self.followed_size)
            for entry in self._store.scan(start):
                if _is_change(entry):
                    why = self.fault or "following is slow, or somebody keeps the search file locked"
                    raise StorageUnavailableError("not_stored", f"labels were not followed for seconds: {why}")
                self._seen_size = entry.seq + 1
            self._seen_at = max(self._seen_at, begun_at)

    def _labelled(self, scope: Scope) -> Iterable[Labelled]:
        situations = self.search.situations(scope, SITUATIONS_MAX)
        if self.search.next_seq < self.followed_size:
            # Not all that was known is there.
            raise StorageUnavailableError("not_stored", "the search file is being made anew")
        return _counted(situations)

    def _features(self, record: dict[str, Any]) -> tuple[str, ...] | None:
        policy = self._policy(record["policy"]["policy_hash"])
        return None if policy is None else features_of(policy, record["request"])

    def _load_policy(self, policy_hash: str) -> CompiledPolicy | None:
        entry = self._store.by_id(policy_hash)
        if entry is None or entry.payload is None:
            return None
        try:
            return load(entry.payload, policy_hash)
        except ArtifactError:
            return None


def _is_change(entry: Entry) -> bool:
    """Whether memory may change by an entry."""
    if entry.kind != "event" or entry.payload is None:
        return entry.kind == "erasure"
    return bool(json.loads(entry.payload).get("type") == "label")


def _counted(situations: Iterable[Situation]) -> list[Labelled]:
    return [Labelled(item.features, item.label, item.count) for item in situations]
