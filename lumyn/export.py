"""Log → decision pack."""

import json

from lumyn.errors import Problem, ReplayError, RequestError
from lumyn.experience import Experience
from lumyn.pack import Pack, ProvedEntry, pack_bytes
from lumyn.store import RecordStore
from lumyn.store.checkpoint import Checkpoint
from lumyn.store.entry import Entry
from lumyn.store.merkle import inclusion_proof, root_of

__all__ = ["checkpoint_of", "write_pack"]


def checkpoint_of(store: RecordStore, size: int | None = None) -> Checkpoint:
    """The log as it is, or as it was at a size. O(size): about a second for a million entries."""
    size = store.size() if size is None else size
    return Checkpoint(store.store_id, size, root_of(store.leaves(0, size)))


def write_pack(store: RecordStore, experience: Experience, decision_id: str, at: int | None = None) -> bytes:
    """The pack of a decision, at a size of the log; as large as it is now where that is left out.

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
    checkpoint = checkpoint_of(store, at)
    content = json.loads(record.payload)
    policy = store.by_id(content["policy"]["policy_hash"])
    if policy is None or policy.payload is None:
        raise ReplayError(f"the policy of {decision_id} is not in the log")
    events = [event for event in store.of_decision(decision_id) if event.seq < checkpoint.size]

    def proved(entry: Entry) -> ProvedEntry:
        return ProvedEntry(entry, inclusion_proof(store.leaves, entry.seq, checkpoint.size))

    remembered = experience.remembered_at(
        (record.tenant, content["request"]["action"]["type"]), record.seq, content["determinism"]["memory_snapshot"]
    )
    return pack_bytes(
        Pack(
            record=proved(record),
            policy=proved(policy),
            events=tuple(proved(event) for event in events if event.payload is not None),
            memory=None if remembered is None else tuple(remembered.lines),
            checkpoint=checkpoint,
        )
    )
