"""A pack proves what it holds, has one spelling, and is refused in plain words for anything else."""

from __future__ import annotations

import io
import json
import struct
import warnings
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from lumyn.archive import Archive
from lumyn.canonical import canonical, digest_of
from lumyn.errors import ReplayError
from lumyn.gateway import Gateway
from lumyn.pack import MEMBERS
from lumyn.replay_pack import replay_pack
from lumyn.store.checkpoint import Checkpoint, parse_checkpoint, write_checkpoint
from lumyn.store.entry import commitment_of, header_bytes
from lumyn.store.merkle import leaf_hash, root_of
from tests.lumyn.test_gateway import POLICY, request
from tests.profiles import examples

DATE = (1980, 1, 1, 0, 0, 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log in which something was learned."""
    made = tmp_path_factory.mktemp("packs")
    (made / "policy.lumyn").write_text(POLICY)
    with Gateway.open(made / "policy.lumyn", f"sqlite:{made / 'lumyn.db'}", create=True) as gateway:
        first = gateway.decide(request(1))
        gateway.label(first.decision_id, "failure", actor="kim")
        record = gateway.decide(request(2, card="9111"))
        for summary in ("one", "two"):
            gateway.append_event(record.decision_id, {"type": "note", "actor": "kim", "summary": summary})
        (made / "id").write_text(record.decision_id)
        (made / "size").write_text(str(gateway._store.size()))
        gateway.decide(request(3))
    return made


@pytest.fixture(scope="module")
def archive(folder: Path) -> Iterator[Archive]:
    """That log."""
    with Archive.open(f"sqlite:{folder / 'lumyn.db'}") as opened:
        yield opened


@pytest.fixture(scope="module")
def pack(archive: Archive, folder: Path) -> bytes:
    """The pack of its second decision."""
    return archive.pack((folder / "id").read_text(), int((folder / "size").read_text()))


def members(pack: bytes) -> dict[str, bytes]:
    """What is in a pack, by name."""
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def zipped(
    contents: dict[str, bytes] | list[tuple[str, bytes]],
    compression: int = zipfile.ZIP_STORED,
    *,
    is_zip64: bool = False,
) -> bytes:
    """A ZIP as packs are, unless something else is wished for."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in contents.items() if isinstance(contents, dict) else contents:
            info = zipfile.ZipInfo(name, DATE)
            info.create_system, info.external_attr, info.compress_type = 3, 0o644 << 16, compression
            with archive.open(info, "w", force_zip64=is_zip64) as member:
                member.write(content)
    return made.getvalue()


def refused(content: bytes) -> str:
    """What is said of something that is no pack."""
    with pytest.raises(ReplayError) as caught:
        replay_pack(content)
    return str(caught.value)


def test_a_pack_has_one_spelling(pack: bytes, archive: Archive, folder: Path) -> None:
    """Whenever it is written: a fixed list of members, stored as they are, under a fixed date."""
    with zipfile.ZipFile(io.BytesIO(pack)) as zipped_pack:
        infos = zipped_pack.infolist()
    assert [info.filename for info in infos] == list(MEMBERS)
    assert {(info.date_time, info.compress_type, info.extra, info.comment) for info in infos} == {(DATE, 0, b"", b"")}
    assert archive.pack((folder / "id").read_text(), int((folder / "size").read_text())) == pack
    assert zipped(members(pack)) == pack
    report = replay_pack(pack)
    assert report.is_same
    assert any("2 events" in sentence for sentence in report.verified)


def test_every_byte_of_a_pack_counts(pack: bytes) -> None:
    """Whichever bit of it is another one, nobody says that the record is the same. A sample, where all take too long."""
    random = Random(3)
    places = random.sample(range(len(pack)), min(len(pack), examples(4_000)))
    # What stands between and behind the members is where a ZIP has room for changes.
    places += range(len(pack) - 700, len(pack))
    for place in places:
        changed = bytearray(pack)
        changed[place] ^= 1 << random.randrange(8)
        assert refused(bytes(changed))


def test_every_beginning_of_a_pack_is_no_pack(pack: bytes) -> None:
    """Nor is one with something before it or behind it."""
    for size in [*range(40), *Random(4).sample(range(len(pack)), examples(500))]:
        assert refused(pack[:size])
    assert refused(pack + b"\0")
    assert refused(b"\0" + pack)
    assert refused(b"PK" + pack)
    assert refused(pack + pack)


def _without(name: str) -> Callable[[dict[str, bytes]], bytes]:
    return lambda held: zipped({key: value for key, value in held.items() if key != name})


def _with(name: str, content: bytes) -> Callable[[dict[str, bytes]], bytes]:
    return lambda held: zipped({**held, name: content})


def _doubled(held: dict[str, bytes]) -> bytes:
    with warnings.catch_warnings(action="ignore"):
        return zipped([*held.items(), ("record.json", held["record.json"])])


def _encrypted(held: dict[str, bytes]) -> bytes:
    """The flag alone is enough to be asked for a password."""
    made = bytearray(zipped(held))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = made.find(signature)
        while at >= 0:
            made[at + offset] |= 1
            at = made.find(signature, at + 4)
    return bytes(made)


def _of_said_size(held: dict[str, bytes]) -> bytes:
    """A member that says to have four gigabytes."""
    made = bytearray(zipped(held))
    at = made.find(b"PK\x01\x02")
    made[at + 20 : at + 28] = struct.pack("<II", 0xFFFFFFF0, 0xFFFFFFF0)
    return bytes(made)


def _with_comment(held: dict[str, bytes]) -> bytes:
    made = io.BytesIO(zipped(held))
    with zipfile.ZipFile(made, "a") as archive:
        archive.comment = b"hello"
    return made.getvalue()


def _otherwise(name: str, change: Callable[[Any], object]) -> Callable[[dict[str, bytes]], bytes]:
    """The pack with a JSON member that was changed."""

    def changed(held: dict[str, bytes]) -> bytes:
        value = json.loads(held[name])
        change(value)
        return zipped({**held, name: canonical(value)})

    return changed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        *((_without(name), name) for name in MEMBERS),
        (_with("extra.txt", b""), "extra.txt"),
        (_with("../record.json", b""), "../record.json"),
        (_doubled, "record.json"),
        (lambda held: zipped(held, zipfile.ZIP_DEFLATED), "compressed"),
        (lambda held: zipped(held, zipfile.ZIP_BZIP2), "compressed"),
        (lambda held: zipped(held, zipfile.ZIP_LZMA), "compressed"),
        (lambda held: zipped(held, is_zip64=True), "not spelled as packs are"),
        (lambda held: zipped(dict(reversed(held.items()))), "not spelled as packs are"),
        (_encrypted, "no pack"),
        (_of_said_size, "README.md"),
        (_with_comment, "not spelled as packs are"),
        (_with("checkpoint.txt", b"x" * (64 * 1024 + 1)), "checkpoint.txt: it is compressed, or larger"),
        (_with("checkpoint.txt", b"x"), "checkpoint.txt"),
        (_with("record.json", b"{}"), "not those that the log committed to"),
        (_with("request.json", b"{}"), "not spelled as packs are"),
        (_with("policy.lpack", b""), "not those that the log committed to"),
        (_with("events.jsonl", b""), "it proves 4 entries, and the pack has 2"),
        (_with("events.jsonl", b"{}"), "its last line does not end"),
        (_with("events.jsonl", b"{}\n{}\n"), "not those that the log committed to"),
        (_with("entries.json", b"[" * 100_000), "entries.json: not usable: nested too deeply"),
        (_with("entries.json", b'[{"seq":NaN}]'), "entries.json"),
        (_with("entries.json", b"{}"), "no list of entries"),
        (_with("entries.json", b"[{},{},{},{}]"), "an entry is not as it should be"),
        (_otherwise("entries.json", lambda listed: listed[0].update(seq=4.5)), "it is not in the log"),
        (_otherwise("entries.json", lambda listed: listed[0].update(salt=5)), "an entry is not as it should be"),
        (_otherwise("entries.json", lambda listed: listed[0].update(salt="00")), "a salt has another length"),
        (_otherwise("entries.json", lambda listed: listed[0].update(id="dec_X")), "dec_X: it is not in the log"),
        (_otherwise("entries.json", lambda listed: listed[0].update(id=None)), "an entry is not as it should be"),
        (_otherwise("entries.json", lambda listed: listed[0].update(more=1)), "not spelled as packs are"),
        (_otherwise("entries.json", lambda listed: listed[0]["inclusion_proof"].pop()), "it is not in the log"),
        (
            _otherwise("entries.json", lambda listed: listed[0]["inclusion_proof"].append("AA==")),
            "it is not in the log",
        ),
        (_otherwise("entries.json", lambda listed: listed[0].update(inclusion_proof=[1])), "not as it should be"),
        (_otherwise("entries.json", lambda listed: listed.reverse()), "not those that the log committed to"),
        (_otherwise("entries.json", lambda listed: listed[0].update(salt=listed[0]["salt"].upper())), "not spelled"),
    ],
)
def test_what_is_no_pack_is_refused_in_plain_words(
    pack: bytes, change: Callable[[dict[str, bytes]], bytes], said: str
) -> None:
    """Members missing, more, doubled, compressed, encrypted, too large, in another order, and proofs that prove nothing."""
    assert said in refused(change(members(pack)))


def forged(pack: bytes, record: bytes) -> bytes:
    """The pack of a log of its own, in which everything is proved, and the record is other bytes."""
    held = members(pack)
    salt = bytes(16)
    listed = json.loads(held["entries.json"])
    leaves: list[bytes] = []
    for one, payload in zip((listed[1], listed[0]), (held["policy.lpack"], record), strict=True):
        commitment = commitment_of(salt, payload)
        one |= {"seq": len(leaves), "salt": salt.hex(), "payload_commitment": commitment.hex()}
        names = ("kind", "decision_id", "created_at", "tenant", "request_id", "request_mac")
        leaves.append(
            leaf_hash(header_bytes(entry_id=one["id"], commitment=commitment, **{name: one[name] for name in names}))
        )
    for one, other in ((listed[1], leaves[1]), (listed[0], leaves[0])):
        one["inclusion_proof"] = [b64encode(other).decode()]
    changed = {
        "record.json": record,
        "events.jsonl": b"",
        "entries.json": canonical(listed[:2]),
        "checkpoint.txt": write_checkpoint(Checkpoint("forged", 2, root_of(leaves))),
    }
    return zipped({**held, **changed})


def test_what_is_forged_consistently_is_decided_again(pack: bytes) -> None:
    """A log of one's own proves anything, but not that the policy says so."""
    record = json.loads(members(pack)["record.json"])
    assert record["verdict"] == "ESCALATE"
    assert replay_pack(forged(pack, canonical(record))).is_same
    record["verdict"] = "TRUST"
    assert [one.path for one in replay_pack(forged(pack, canonical(record))).differences] == ["/verdict"]
    record["extensions"] = {"lumyn": {"persisted": False}}
    with pytest.raises(ReplayError, match="it says that it is not stored"):
        replay_pack(forged(pack, canonical(record)))


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"null",
        b"{}",
        b'{"request":NaN}',
        b'{"request":1e999}',
        b'{"request":"\\ud800"}',
        b'{"request":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"request":' + b"9" * 5_000 + b"}",
        b"\xff",
        b"[" * 200_000,
    ],
)
def test_records_that_are_none_are_refused_in_plain_words(pack: bytes, record: bytes) -> None:
    """However well they are proved."""
    assert "record" in refused(forged(pack, record)) or "what it says" in refused(forged(pack, record))


def test_a_readme_is_not_rested_on(pack: bytes) -> None:
    """One that says something else is pointed at; the rest stands."""
    report = replay_pack(zipped({**members(pack), "README.md": b"All is well."}))
    assert report.is_same
    assert any(sentence.startswith("README.md, which is not") for sentence in report.unverified)


@pytest.mark.parametrize(
    "lines",
    [
        b"",
        b"nonsense\n",
        b'[["a"],"failure",1]\n',
        b"unknown\nunknown\n",
        b"unknown",
        b"[" * 100_000 + b"\n",
    ],
)
def test_what_was_remembered_is_the_snapshot_of_the_record(pack: bytes, lines: bytes) -> None:
    """Other lines than those are a difference, whatever they are."""
    assert members(pack)["memory.jsonl"].count(b"\n") == 1
    report = replay_pack(zipped({**members(pack), "memory.jsonl": lines}))
    assert [one.path for one in report.differences] == ["/determinism/memory_snapshot"]


def test_another_version_is_named(pack: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is the same if deciding again gives the same; who decided is said."""
    monkeypatch.setattr("lumyn.replay_pack.__version__", "99.0")
    report = replay_pack(pack)
    assert (report.is_same, report.is_same_bytes) == (True, False)
    assert any("and Lumyn 99.0 decided again" in sentence for sentence in report.unverified)


def test_a_checkpoint_that_was_kept_ties_a_pack_to_its_log(pack: bytes, archive: Archive) -> None:
    """One of the same size among many is enough; what is wrong with others is said."""
    own = parse_checkpoint(members(pack)["checkpoint.txt"])
    later = archive.checkpoint()
    assert any("the log is the one" in sentence for sentence in replay_pack(pack, [later, own]).verified)
    for checkpoints, said in (
        ([later], f"is at {later.size} entries, and the pack at {own.size}; export it with --at {later.size}"),
        ([Checkpoint(own.store_id, 1, b"x" * 32)], "which is before the decision"),
        ([Checkpoint("other", own.size, own.root)], "is of the log other"),
        ([own, Checkpoint(own.store_id, own.size, b"x" * 32)], "it was rewritten"),
    ):
        with pytest.raises(ReplayError, match=said):
            replay_pack(pack, checkpoints)


def test_what_can_be_cut_from_a_pack_is_not_said_to_be_proved(pack: bytes) -> None:
    """Its memory: nothing says why it is not there, and the record is not said to be the same bytes."""
    assert replay_pack(pack).is_same_bytes
    report = replay_pack(zipped({**members(pack), "memory.jsonl": b"unknown\n"}))
    assert (report.is_same, report.is_same_bytes) == (True, False)
    assert any("memory_snapshot" in what for what in report.uncompared)
    assert any("or somebody took it out" in sentence for sentence in report.unverified)
    assert any("leave events out" in sentence for sentence in report.unverified)


_SITUATION = b'[["f%d"],"failure",1]\n'


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("memory.jsonl", b"\n" * 1_000_000, "memory.jsonl: more than 500,000 lines"),
        ("events.jsonl", b"\n" * 1_000_000, "events.jsonl: more than 500,000 lines"),
        ("memory.jsonl", b"".join(_SITUATION % n for n in range(12_001)), "more than is ever remembered"),
        ("memory.jsonl", b'[["' + b"x" * 2**21 + b'"],"failure",1]\n', "more than is ever remembered"),
        (
            "memory.jsonl",
            b"".join(canonical([[f"{n}-{m}" for m in range(1_000)], "failure", 1]) + b"\n" for n in range(200)),
            "more than is ever remembered",
        ),
    ],
    ids=range(5),
)
def test_a_pack_never_takes_much_memory(pack: bytes, name: str, content: bytes, said: str) -> None:
    """However little of it many short lines or names take where they are written, and whatever the record says of them."""
    held = {**members(pack), name: content}
    record = json.loads(held["record.json"])
    record["determinism"]["memory_snapshot"] = digest_of(held["memory.jsonl"])
    lying = members(forged(pack, canonical(record)))
    with pytest.raises(ReplayError, match=said):
        replay_pack(zipped({**lying, name: content}))
