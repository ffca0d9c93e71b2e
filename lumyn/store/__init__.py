"""The durable, append-only log: what every backend offers, and how one is opened."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import attrs

from lumyn.store.entry import Draft, Entry, EntryKind, erasure_id
from lumyn.store.pending import Committed, Pending

__all__ = ["Committed", "Draft", "Entry", "EntryKind", "Erased", "Pending", "RecordStore", "erasure_id"]


@attrs.frozen
class Erased:
    """An entry whose payload is gone.

    seq:      where the log says so
    is_wiped: True when its bytes are in none of the store's files any more; False when a reader of another program kept
              the write-ahead log, which is emptied as soon as that reader has gone
    """

    seq: int
    is_wiped: bool


class RecordStore(Protocol):
    """One append-only log. Every method may be called from any thread; reading and writing don't wait for each other.

    A store belongs to the process that opened it: after a fork, only the parent may use it.
    Every method but `close` raises StoreClosedError once the store is closed; every method that reads raises
    StoreUnreadableError when the database can't be read and StoreReplacedError when it is not the one that was opened.
    """

    @property
    def store_id(self) -> str:
        """Random id of the log, which its entry 0 and its checkpoints carry."""

    @property
    def key(self) -> bytes:
        """The store's own 32 secret bytes: what request_mac is computed with. It is in no entry and in no log."""

    @property
    def queue_depth(self) -> int:
        """Entries that wait to be taken into a transaction."""

    @property
    def fault(self) -> str:
        """What keeps entries from being stored right now, in words; empty while nothing does."""

    def submit(self, draft: Draft, companions: Sequence[Draft] = ()) -> Pending:
        """Queue an entry, at once.

        draft: a record, event, policy or erasure. Idempotent: the same (tenant, request_id) or the same id with the same
            request_mac is a replay, and is answered with the bytes of the first; with another request_mac it is an error
        companions: entries that the same transaction writes before it where the log does not have their ids yet, such as the
            policy that a record was decided by
        cost: one SHA-256 of the payload; companions cost nothing once they are in the log
        raises: QueueFullError, StoreClosedError; UnicodeEncodeError when a field holds a lone surrogate
        """

    def entry(self, seq: int) -> Entry | None:
        """The entry at an index; None beyond the end."""

    def by_id(self, entry_id: str) -> Entry | None:
        """The entry of an id; None when there is none. Raises EntryAlteredError, as the next two do."""

    def by_request(self, tenant: str | None, request_id: str) -> Entry | None:
        """The record that was stored for a request_id; None when there is none."""

    def of_decision(self, decision_id: str) -> tuple[Entry, ...]:
        """The events of a decision, in log order."""

    def with_prefix(self, prefix: str) -> Iterator[Entry]:
        """Entries whose id begins with a prefix, in order of ids: all policies ("blake3:"), all erasures ("erasure:")."""

    def scan(self, from_seq: int = 0, to_seq: int | None = None) -> Iterator[Entry]:
        """Entries in log order, from one index up to another, that one excluded; None is the size at the first step.

        Read in batches, so that nothing is held up however slowly they are taken.
        """

    def leaves(self, from_seq: int, to_seq: int) -> Iterator[bytes]:
        """Leaf hashes in log order, as proofs read them."""

    def size(self) -> int:
        """How many entries the log has."""

    def erase(self, entry_id: str, *, created_at: str, payload: bytes, deadline_seconds: float) -> Erased:
        """Append an entry that says why (payload), delete the payload and salt of a record or event, and wipe their bytes.

        An entry that was erased already is wiped again, and the log says nothing new.

        raises: EntryNotFoundError, StorageUnavailableError, QueueFullError
        """

    def backup(self, path: Path) -> int:
        """Write a verified copy of the store and of its key to a new file; its size in entries.

        raises: StoreExistsError; StoreUnreadableError, also when the copy doesn't verify; OSError of where it is written
        """

    def close(self, timeout_seconds: float = 5.0) -> bool:
        """Store what is queued, then let go of everything; False when the time was too short, and entries were refused."""
