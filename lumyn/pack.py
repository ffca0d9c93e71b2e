"""Decision packs: one decision with all that it takes to verify and repeat it, offline, in years.

A pack is a ZIP of a fixed list of members, stored as they are under a fixed date, so the same decision at the same size of
the log gives the same bytes. It is read in memory, within limits, and never unpacked to a disk.
"""

import base64
import json
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, Final

import attrs

from lumyn.canonical import canonical, parse_canonical
from lumyn.errors import JsonError, ReplayError
from lumyn.store.checkpoint import Checkpoint, parse_checkpoint, write_checkpoint
from lumyn.store.entry import SALT_SIZE, Entry, commitment_of, header_of
from lumyn.store.errors import CheckpointError
from lumyn.store.merkle import is_included, leaf_hash
from lumyn.strict_json import JsonValue

__all__ = ["MEMBERS", "Pack", "ProvedEntry", "pack_bytes", "read_pack", "readme"]

# Every member, and how many bytes it may have.
MEMBERS: Final = {
    "README.md": 64 * 1024,
    "record.json": 2 * 2**20,
    "request.json": 2 * 2**20,
    "events.jsonl": 64 * 2**20,
    "policy.lpack": 32 * 2**20,
    "memory.jsonl": 64 * 2**20,
    "entries.json": 64 * 2**20,
    "checkpoint.txt": 64 * 1024,
}
_LINES_MAX: Final = 500_000
_PACK_BYTES_MAX: Final = 256 * 2**20

# Stands for what was remembered where that can't be said any more.
_UNKNOWN: Final = b"unknown\n"

# The earliest date that a ZIP can say.
_DATE: Final = (1980, 1, 1, 0, 0, 0)


@attrs.frozen
class ProvedEntry:
    """An entry of the log and the proof that it is in it.

    proof: of inclusion in the log of the pack's checkpoint
    """

    entry: Entry
    proof: tuple[bytes, ...]

    def to_json(self) -> dict[str, JsonValue]:
        """As it stands in a pack, without the payload, which is a member of its own."""
        entry = self.entry
        assert entry.salt is not None
        return {
            "seq": entry.seq,
            "kind": entry.kind,
            "id": entry.entry_id,
            "decision_id": entry.decision_id,
            "created_at": entry.created_at,
            "tenant": entry.tenant,
            "request_id": entry.request_id,
            "request_mac": entry.request_mac,
            "salt": entry.salt.hex(),
            "payload_commitment": entry.commitment.hex(),
            "inclusion_proof": [base64.b64encode(step).decode() for step in self.proof],
        }


@attrs.frozen
class Pack:
    """What a pack holds.

    record:     its entry, with the payload
    policy:     likewise, the artifact
    events:     likewise, in the order of the log
    memory:     lines of what was remembered; None where the pack leaves that out
    checkpoint: of the log that the proofs are for
    """

    record: ProvedEntry
    policy: ProvedEntry
    events: tuple[ProvedEntry, ...]
    memory: tuple[bytes, ...] | None
    checkpoint: Checkpoint


def pack_bytes(pack: Pack) -> bytes:
    """The ZIP."""
    return _zip({"README.md": readme(pack), **_members_of(pack)})


def read_pack(content: bytes) -> tuple[Pack, bytes]:
    """What a pack holds, each entry proved to be in the log of its checkpoint; and its README, which nothing proves.

    errors: ReplayError, which says what is wrong with it
    """
    members = _members(content)
    try:
        checkpoint = parse_checkpoint(members["checkpoint.txt"])
    except CheckpointError as error:
        raise ReplayError(f"checkpoint.txt: {error}") from error
    for name in ("events.jsonl", "memory.jsonl"):
        # Each line takes memory, however short it is.
        if members[name].count(b"\n") + members[name].count(b"\r") > _LINES_MAX:
            raise ReplayError(f"{name}: more than {_LINES_MAX:,} lines")
    events = members["events.jsonl"].split(b"\n")
    if events.pop() != b"":
        raise ReplayError("events.jsonl: its last line does not end")
    payloads = [members["record.json"], members["policy.lpack"], *events]
    listed = _listed(members["entries.json"])
    if len(listed) != len(payloads):
        raise ReplayError(f"entries.json: it proves {len(listed)} entries, and the pack has {len(payloads)}")
    proved = [_proved(one, payload, checkpoint) for one, payload in zip(listed, payloads, strict=True)]
    record, policy, *rest = (one.entry for one in proved)
    if (record.kind, policy.kind) != ("record", "policy") or any(one.kind != "event" for one in rest):
        raise ReplayError("entries.json: it has to prove the record, the policy, and then events alone")
    seqs = [policy.seq, record.seq, *(one.seq for one in rest)]
    if seqs != sorted(set(seqs)) or any(one.decision_id != record.entry_id for one in rest):
        raise ReplayError("entries.json: the policy has to stand before the record, and events of it alone behind it")
    lines = tuple(members["memory.jsonl"].splitlines(keepends=True))
    memory = None if lines == (_UNKNOWN,) else lines
    pack = Pack(proved[0], proved[1], tuple(proved[2:]), memory, checkpoint)
    # What is not looked at elsewhere has one spelling as well: dates, bits of base64, what stands between members.
    if _zip({"README.md": members["README.md"], **_members_of(pack)}) != content:
        raise ReplayError("it is not spelled as packs are: some bytes of the ZIP, or of a member, were changed")
    return pack, members["README.md"]


def _members_of(pack: Pack) -> dict[str, bytes]:
    """Every member but the README."""
    record = _payload(pack.record)
    try:
        request = canonical(json.loads(record)["request"])
    except (ValueError, RecursionError, TypeError, KeyError) as error:
        raise ReplayError("record.json: it is no record") from error
    entries: list[JsonValue] = [entry.to_json() for entry in (pack.record, pack.policy, *pack.events)]
    return {
        "record.json": record,
        "request.json": request,
        "events.jsonl": b"".join(_payload(event) + b"\n" for event in pack.events),
        "policy.lpack": _payload(pack.policy),
        "memory.jsonl": b"".join((_UNKNOWN,) if pack.memory is None else pack.memory),
        "entries.json": canonical(entries),
        "checkpoint.txt": write_checkpoint(pack.checkpoint),
    }


def _zip(members: Mapping[str, bytes]) -> bytes:
    assert members.keys() == MEMBERS.keys()
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, _DATE)
            # The same on every system: readable by all, made on Unix.
            member.create_system, member.external_attr = 3, 0o644 << 16
            archive.writestr(member, content)
    return made.getvalue()


def _members(content: bytes) -> dict[str, bytes]:
    """Every member, once, within its limit, stored as it is."""
    if len(content) > _PACK_BYTES_MAX:
        raise ReplayError(f"the pack has more than {_PACK_BYTES_MAX:,} bytes")
    members: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            if sorted(names) != sorted(MEMBERS):
                odd = sorted(set(names) ^ set(MEMBERS)) or sorted(names)
                raise ReplayError(f"a pack has the members {', '.join(MEMBERS)}, and this differs in {odd[0]!r}")
            for info in infos:
                if info.compress_type != zipfile.ZIP_STORED or info.file_size > MEMBERS[info.filename]:
                    raise ReplayError(f"{info.filename}: it is compressed, or larger than a pack's may be")
                members[info.filename] = archive.read(info)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise ReplayError(f"it is no pack: {error}") from error
    return members


def _proved(listed: dict[str, Any], payload: bytes, checkpoint: Checkpoint) -> ProvedEntry:
    """An entry whose payload, header and proof all fit the checkpoint."""
    try:
        salt, commitment = bytes.fromhex(listed["salt"]), bytes.fromhex(listed["payload_commitment"])
        if len(salt) != SALT_SIZE:
            raise ReplayError("entries.json: a salt has another length")
        proof = tuple(base64.b64decode(step, validate=True) for step in listed["inclusion_proof"])
        entry = Entry(
            seq=listed["seq"],
            kind=listed["kind"],
            entry_id=listed["id"],
            decision_id=listed["decision_id"],
            created_at=listed["created_at"],
            tenant=listed["tenant"],
            request_id=listed["request_id"],
            request_mac=listed["request_mac"],
            payload=payload,
            salt=salt,
            commitment=commitment,
            leaf=b"",
        )
        entry = attrs.evolve(entry, leaf=leaf_hash(header_of(entry, commitment)))
        is_in = type(entry.seq) is int and 0 <= entry.seq < checkpoint.size and all(len(step) == 32 for step in proof)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReplayError(f"entries.json: an entry is not as it should be: {error}") from error
    if commitment_of(salt, payload) != commitment:
        raise ReplayError(f"{entry.entry_id}: its bytes are not those that the log committed to")
    if not is_in or not is_included(entry.leaf, entry.seq, checkpoint.size, proof, checkpoint.root):
        raise ReplayError(f"{entry.entry_id}: it is not in the log of the checkpoint")
    return ProvedEntry(entry, proof)


def _listed(content: bytes) -> list[dict[str, Any]]:
    try:
        listed: Any = parse_canonical(content)
    except JsonError as error:
        raise ReplayError(f"entries.json: {error}") from error
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise ReplayError("entries.json: it is no list of entries")
    return listed


def _payload(proved: ProvedEntry) -> bytes:
    assert proved.entry.payload is not None
    return proved.entry.payload


def readme(pack: Pack) -> bytes:
    """What a person reads first."""
    record = json.loads(_payload(pack.record))
    lines: Sequence[str] = [
        f"# Decision {record['decision_id']}",
        "",
        (
            f"{record['verdict']} for `{record['request']['action']['type']}` at {record['created_at']}, because of"
            f" {', '.join(record['reason_codes'])}."
        ),
        "",
        "| file | what it is |",
        "| --- | --- |",
        "| record.json | the Decision Record, the very bytes that were stored and returned |",
        "| request.json | the request, as it was kept |",
        "| events.jsonl | what was said of the decision afterwards, one a line |",
        "| policy.lpack | the policy that decided; `tail -n +2 policy.lpack \\| b3sum` prints its hash |",
        "| memory.jsonl | what was remembered when it was decided, one situation a line, or `unknown` |",
        "| entries.json | the entries of the log, with the proofs that they are in it |",
        "| checkpoint.txt | the log that the proofs are for |",
        "",
        "Verify all of it and decide again, on any machine, with no network and no store:",
        "",
        "    lumyn replay decision_pack.zip",
        "",
        "Every member is proved, but nothing proves that none was cut: whoever hands a pack on can leave events out, and",
        "put `unknown` for what was remembered. Where that counts, ask for the pack where the log is.",
        "",
    ]
    return "\n".join(lines).encode()
