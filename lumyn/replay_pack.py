"""Pack → what was verified, and the decision made again."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import attrs

from lumyn.canonical import canonical, digest_of, parse_canonical
from lumyn.contents import Contents
from lumyn.errors import JsonError, ReplayError
from lumyn.features import features_of
from lumyn.labels import LABELS
from lumyn.memory import SITUATIONS_MAX, Labelled, Remembered
from lumyn.pack import Pack, read_pack, readme
from lumyn.replay import Difference, replay_record
from lumyn.store.checkpoint import Checkpoint
from lumyn.version import __version__
from lumyn_runtime import ArtifactError, CompiledPolicy, load

__all__ = ["ReplayReport", "replay_pack"]


@attrs.frozen
class ReplayReport:
    """What a replay found.

    verified:    what holds, a sentence each
    unverified:  what could not be looked at, and why
    uncompared:  of the record, for which it is taken at its word; empty where all of it was compared
    differences: in what the record is not what its own inputs give
    """

    decision_id: str
    verdict: str
    verified: tuple[str, ...]
    unverified: tuple[str, ...]
    uncompared: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def is_same(self) -> bool:
        """Whether deciding again gives the same record, so far as it was compared."""
        return not self.differences

    @property
    def is_same_bytes(self) -> bool:
        """Whether deciding again gives the same record, byte for byte."""
        return not self.differences and not self.uncompared

    def to_dict(self) -> dict[str, object]:
        """As plain JSON values."""
        return {**attrs.asdict(self), "is_same": self.is_same, "is_same_bytes": self.is_same_bytes}


def replay_pack(content: bytes, checkpoints: Sequence[Checkpoint] = ()) -> ReplayReport:
    """Verify every digest and proof of a pack, and decide again.

    checkpoints: that were kept elsewhere; one of them has to be of the very log, at the very size, that the pack is of
    errors:      ReplayError, where it can't be verified
    """
    pack, text = read_pack(content)
    entry = pack.record.entry
    assert entry.payload is not None
    contents = Contents()
    for proved in (pack.policy, pack.record, *pack.events):
        for problem in contents.problems(proved.entry):
            raise ReplayError(f"{proved.entry.entry_id}: {problem}")
    policy = _policy(pack)
    differences = list(replay_record(entry.payload, policy))
    record = json.loads(entry.payload)
    decided_by = record["determinism"]["engine_version"]
    verified = [
        f"its record is entry {entry.seq} of the log {pack.checkpoint.store_id}, at {pack.checkpoint.size} entries",
        f"its policy is {policy.policy_id} {policy.policy_version}, {policy.policy_hash}",
        f"what the pack holds of what was said of it since is in that log: {_count(len(pack.events), 'event')}",
    ]
    unverified = ["that nothing else was said of it: whoever handed the pack on can leave events out"]
    uncompared = []
    if pack.memory is None:
        unverified.append(
            "what was remembered, which the pack leaves out: labels were erased before it was made, or somebody took it out"
        )
        uncompared.append("determinism.memory_snapshot and risk_signals, which what was remembered is needed for")
    else:
        recalled = _recalled(record, policy, pack.memory)
        differences += recalled
        if not recalled:
            verified.append(f"what was remembered is what its record says: {_count(len(pack.memory), 'situation')}")
    if decided_by != __version__:
        uncompared.append("determinism.engine_version")
        unverified.append(
            f"the version: Lumyn {decided_by} decided, and Lumyn {__version__} decided again; where something"
            f" differs, see what Lumyn {decided_by} says"
        )
    elif text != readme(pack):
        unverified.append("README.md, which is not as this version writes it; nothing rests on it")
    if checkpoints:
        _tie(pack, checkpoints)
        verified.append("the log is the one of the checkpoint that was given")
    else:
        unverified.append("the log itself: give --checkpoint FILE with one that was kept elsewhere")
    return ReplayReport(
        entry.entry_id,
        record["verdict"],
        tuple(verified),
        tuple(unverified),
        tuple(uncompared),
        tuple(differences),
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


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


# Far more than the tags and values that a policy asks for, and the systems of as many situations as are kept.
_FEATURES_MAX: Final = 100_000
_LINE_BYTES_MAX: Final = 2 * 2**20


def _labelled(lines: Sequence[bytes]) -> Iterator[Labelled]:
    """Situations, and never so many or so odd ones that comparing them takes much memory."""
    if len(lines) > len(LABELS) * SITUATIONS_MAX or max(map(len, lines), default=0) > _LINE_BYTES_MAX:
        raise ReplayError("memory.jsonl: more than is ever remembered")
    known: dict[str, str] = {}
    for line in lines:
        try:
            situation: Any = parse_canonical(line.removesuffix(b"\n"))
            features, label, count = situation
        except (JsonError, TypeError, ValueError) as error:
            raise ReplayError("memory.jsonl: a line is no situation") from error
        is_listed = isinstance(features, list) and all(isinstance(name, str) for name in features)
        if not is_listed or label not in LABELS or type(count) is not int or count < 1:
            raise ReplayError("memory.jsonl: a line is no situation")
        named = tuple(known.setdefault(name, name) for name in features)
        if len(known) > _FEATURES_MAX:
            raise ReplayError("memory.jsonl: more than is ever remembered")
        yield Labelled(named, label, count)


def _tie(pack: Pack, checkpoints: Sequence[Checkpoint]) -> None:
    of_pack = pack.checkpoint
    of_log = [one for one in checkpoints if one.store_id == of_pack.store_id]
    if not of_log:
        raise ReplayError(f"the checkpoint is of the log {checkpoints[0].store_id}, and the pack of {of_pack.store_id}")
    of_size = [one for one in of_log if one.size == of_pack.size]
    if not of_size:
        # The smallest that has the record in it.
        sizes = sorted(one.size for one in of_log if one.size > pack.record.entry.seq)
        wish = f"; export it with --at {sizes[0]}" if sizes else ", which is before the decision"
        raise ReplayError(f"the checkpoint is at {of_log[-1].size} entries, and the pack at {of_pack.size}{wish}")
    if any(one.root != of_pack.root for one in of_size):
        raise ReplayError("the log of the pack is not the one of the checkpoint: it was rewritten")
