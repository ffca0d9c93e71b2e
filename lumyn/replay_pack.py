"""Pack → what was verified, and the decision made again."""

import json
from collections.abc import Iterable

import attrs

from lumyn.canonical import canonical, digest_of
from lumyn.errors import ReplayError
from lumyn.features import features_of
from lumyn.memory import LABELS, Labelled, Remembered
from lumyn.pack import Pack, read_pack
from lumyn.replay import Difference, replay_record
from lumyn.store.checkpoint import Checkpoint
from lumyn_runtime import ArtifactError, CompiledPolicy, load

__all__ = ["ReplayReport", "replay_pack"]


@attrs.frozen
class ReplayReport:
    """What a replay found.

    verified:    what holds, a sentence each
    unverified:  what could not be looked at, and why
    differences: in what the record is not what its own inputs give; empty for the same record, byte for byte
    """

    decision_id: str
    verdict: str
    verified: tuple[str, ...]
    unverified: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def is_same(self) -> bool:
        """Whether deciding again gives the same record."""
        return not self.differences

    def to_dict(self) -> dict[str, object]:
        """As plain JSON values."""
        return {**attrs.asdict(self), "is_same": self.is_same}


def replay_pack(content: bytes, checkpoint: Checkpoint | None = None) -> ReplayReport:
    """Verify every digest and proof of a pack, and decide again.

    checkpoint: one that was kept elsewhere; the pack has to be of the very log that it is of
    errors:     ReplayError, where it can't be verified
    """
    pack = read_pack(content)
    entry = pack.record.entry
    assert entry.payload is not None
    policy = _policy(pack)
    differences = list(replay_record(entry.payload, policy))
    record = json.loads(entry.payload)
    if record["decision_id"] != entry.entry_id:
        raise ReplayError(f"the log has it as {entry.entry_id}, and the record calls itself {record['decision_id']}")
    verified = [
        f"its record is entry {entry.seq} of the log {pack.checkpoint.store_id}, at {pack.checkpoint.size} entries",
        f"its policy is {policy.policy_id} {policy.policy_version}, {policy.policy_hash}",
        f"{len(pack.events)} events follow it in that log",
    ]
    unverified = []
    if pack.memory is None:
        unverified.append("what was remembered can't be said any more: labels were erased since")
    else:
        differences += _recalled(record, policy, pack.memory)
        verified.append(f"it remembered {len(pack.memory)} situations")
    if checkpoint is None:
        unverified.append("the log itself: give --checkpoint FILE with one that was kept elsewhere")
    else:
        _tie(pack, checkpoint)
        verified.append("the log is the one of the checkpoint that was given")
    return ReplayReport(entry.entry_id, record["verdict"], tuple(verified), tuple(unverified), tuple(differences))


def _policy(pack: Pack) -> CompiledPolicy:
    assert pack.policy.entry.payload is not None
    try:
        return load(pack.policy.entry.payload, pack.policy.entry.entry_id)
    except ArtifactError as error:
        raise ReplayError(f"policy.lpack: {error}") from error


def _recalled(
    record: dict[str, dict[str, object]], policy: CompiledPolicy, lines: tuple[bytes, ...]
) -> list[Difference]:
    """In what the record's risk signals are not those of what was remembered."""
    snapshot = digest_of(b"".join(lines))
    stated = record["determinism"]["memory_snapshot"]
    if snapshot != stated:
        return [Difference("/determinism/memory_snapshot", stated, snapshot)]
    request: dict[str, object] = record["request"]
    report = Remembered(_labelled(lines)).recall(features_of(policy, request))  # type: ignore[arg-type]
    found = json.loads(canonical(report.to_json()))
    return [] if found == record["risk_signals"] else [Difference("/risk_signals", record["risk_signals"], found)]


def _labelled(lines: Iterable[bytes]) -> Iterable[Labelled]:
    for line in lines:
        try:
            features, label, count = json.loads(line)
            if label not in LABELS or type(count) is not int or not all(isinstance(name, str) for name in features):
                raise ReplayError("memory.jsonl: a line is no situation")
        except (ValueError, TypeError, RecursionError) as error:
            raise ReplayError("memory.jsonl: a line is no situation") from error
        yield Labelled(tuple(features), label, count)


def _tie(pack: Pack, checkpoint: Checkpoint) -> None:
    of_pack = pack.checkpoint
    if checkpoint.store_id != of_pack.store_id:
        raise ReplayError(f"the checkpoint is of the log {checkpoint.store_id}, and the pack of {of_pack.store_id}")
    if checkpoint.size != of_pack.size:
        raise ReplayError(
            f"the checkpoint is at {checkpoint.size} entries, and the pack at {of_pack.size}; export it with"
            f" --at {checkpoint.size}"
        )
    if checkpoint.root != of_pack.root:
        raise ReplayError("the log of the pack is not the one of the checkpoint: it was rewritten")
