"""Log → decision pack."""

import json
from typing import Final

from lumyn.errors import Problem, ReplayError, RequestError
from lumyn.experience import Experience
from lumyn.pack import Pack, ProvedEntry, pack_bytes
from lumyn.store import RecordStore
from lumyn.store.checkpoint import Checkpoint
from lumyn.store.entry import Entry
from lumyn.store.merkle import node_hash, root_of

__all__ = ["ProvedLog", "checkpoint_of", "write_pack"]


def checkpoint_of(store: RecordStore, size: int | None = None) -> Checkpoint:
    """The log as it is, or as it was at a size. O(size): about a second for a million entries."""
    size = store.size() if size is None else size
    return Checkpoint(store.store_id, size, root_of(store.leaves(0, size)))


class ProvedLog:
    """A log at a size, with its checkpoint, that proves one entry after the other.

    cost: reading every leaf once, about a second for a million; then about 2 ms for each entry
    """

    def __init__(
        self, store: RecordStore, size: int | None = None, complete: dict[tuple[int, int], bytes] | None = None
    ) -> None:
        """See the class.

        complete: roots of the complete subtrees that a former one read of the same log, which are the same in it for ever;
                  those that this one reads are added, about 150 bytes for a thousand entries
        """
        self._store = store
        self._complete = {} if complete is None else complete
        # Those at the edge, which are of this size alone.
        self._incomplete: dict[tuple[int, int], bytes] = {}
        self._size = store.size() if size is None else size
        self.checkpoint = Checkpoint(store.store_id, self._size, self._root(0, self._size))

    def proved(self, entry: Entry) -> ProvedEntry:
        """An entry with the hashes that lead from its leaf to the checkpoint's root."""
        path: list[bytes] = []
        start, stop = 0, self._size
        while stop - start > 1:
            middle = _middle(start, stop)
            if entry.seq < middle:
                path.append(self._root(middle, stop))
                stop = middle
            else:
                path.append(self._root(start, middle))
                start = middle
        return ProvedEntry(entry, tuple(reversed(path)))

    def _root(self, start: int, stop: int) -> bytes:
        """Root over a subtree; large ones are asked for again and again."""
        if stop - start <= _LEAVES_AT_ONCE:
            return root_of(self._store.leaves(start, stop))
        count = stop - start
        roots = self._incomplete if count & (count - 1) else self._complete
        root = roots.get((start, stop))
        if root is None:
            middle = _middle(start, stop)
            root = node_hash(self._root(start, middle), self._root(middle, stop))
            roots[start, stop] = root
        return root


_LEAVES_AT_ONCE: Final = 1_024


def _middle(start: int, stop: int) -> int:
    """Where a subtree is divided (RFC 6962): the largest power of two that leaves something is on the left."""
    return start + (1 << (stop - start - 1).bit_length() - 1)


def write_pack(
    store: RecordStore,
    experience: Experience,
    decision_id: str,
    at: int | None = None,
    log: ProvedLog | None = None,
) -> bytes:
    """The pack of a decision, at a size of the log; as large as it is now where that is left out.

    log:    proved once for many packs, at the size that they are all of
    errors: RequestError for an id that is no decision's; ReplayError where it was erased or the size is none
    """
    record = store.by_id(decision_id)
    if record is None or record.kind != "record":
        raise RequestError([Problem("", f"there is no decision {decision_id}")], "DECISION_NOT_FOUND")
    if record.payload is None:
        raise ReplayError(f"{decision_id} was erased")
    size = store.size()
    if at is not None and not record.seq < at <= size:
        raise ReplayError(
            f"the log has {size} entries, and {decision_id} is number {record.seq}: no pack can be at {at}"
        )
    content = json.loads(record.payload)
    policy = store.by_id(content["policy"]["policy_hash"])
    if policy is None or policy.payload is None:
        raise ReplayError(f"the policy of {decision_id} is not in the log")
    log = log or ProvedLog(store, at)
    events = [event for event in store.of_decision(decision_id) if event.seq < log.checkpoint.size]
    remembered = experience.remembered_at(
        (record.tenant, content["request"]["action"]["type"]), record.seq, content["determinism"]["memory_snapshot"]
    )
    return pack_bytes(
        Pack(
            record=log.proved(record),
            policy=log.proved(policy),
            events=tuple(log.proved(event) for event in events if event.payload is not None),
            memory=None if remembered is None else tuple(remembered.lines),
            checkpoint=log.checkpoint,
        )
    )
