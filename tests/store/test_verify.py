"""Tampering, with the triggers dropped by hand."""

# The tests write SQL as somebody who tampers would.
# ruff: noqa: S608

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import attrs
import pytest

from lumyn.store.checkpoint import Checkpoint
from lumyn.store.entry import Entry, commitment_of, header_of
from lumyn.store.errors import NewerSchemaError, NotAStoreError, StoreMissingError
from lumyn.store.findings import Finding, Verified
from lumyn.store.merkle import leaf_hash
from lumyn.store.schema import SCHEMA_VERSION, expected_objects
from lumyn.store.sqlite import SqliteStore
from lumyn.store.verify import verify
from tests.profiles import examples
from tests.store.stores import checkpoint_of, fill, record, run_sql, wrong

TRIGGERS = {
    name: sql for (kind, name), sql in expected_objects(SCHEMA_VERSION).items() if kind == "trigger" and sql is not None
}

# seq of what `fill` writes: the policy, record and event 0, record and event 1, and so on, and the erasure at the end.
POLICY, RECORD, EVENT, ERASED, ERASURE, SIZE = 1, 2, 3, 4, 14, 15

COLUMNS = "seq, kind, id, decision_id, created_at, tenant, request_id, request_mac, commitment, leaf"


@attrs.frozen
class Filled:
    """A closed store with every kind of entry."""

    path: Path
    entries: list[Entry]
    checkpoint: Checkpoint

    def copy(self, folder: Path) -> Path:
        """A copy to be changed."""
        return Path(shutil.copy(self.path, folder))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Made once."""
    path = tmp_path_factory.mktemp("filled") / "lumyn.db"
    with SqliteStore.open(path, create=True) as store:
        fill(store)
        filled = Filled(path, list(store.scan()), checkpoint_of(store))
    assert [entry.kind for entry in filled.entries[:4]] == ["genesis", "policy", "record", "event"]
    assert (filled.entries[ERASED].payload, filled.entries[ERASURE].kind) == (None, "erasure")
    assert len(filled.entries) == SIZE
    return filled


def tamper(path: Path, *statements: str) -> None:
    """Change rows, and leave the triggers as if nothing had happened."""
    run_sql(
        path,
        *(f"DROP TRIGGER {name}" for name in TRIGGERS),
        *statements,
        *TRIGGERS.values(),
    )


def names(findings: list[Finding]) -> set[tuple[str, int | None, int | None]]:
    """Findings without their words."""
    return {(finding.code, finding.first, finding.last) for finding in findings}


def test_a_store_that_nobody_changed_verifies_and_says_what_was_erased(filled: Filled) -> None:
    """And returns the log that a checkpoint can be made of."""
    seen: list[tuple[int, int]] = []
    steps = verify(filled.path, checkpoints=[filled.checkpoint], progress=lambda *counts: seen.append(counts))
    findings = [next(steps)]
    with pytest.raises(StopIteration) as stop:
        next(steps)
    assert stop.value.value == Verified(filled.checkpoint.store_id, SIZE, filled.checkpoint.root)
    assert [str(finding) for finding in findings] == ["erased: entry 4 (dec_1): its payload was erased"]
    assert not findings[0].is_wrong
    assert seen == [(SIZE, SIZE)]


@pytest.mark.parametrize("seq", [0, POLICY, RECORD, EVENT, ERASED, ERASURE])
@pytest.mark.parametrize(
    "change",
    [
        "kind = CASE kind WHEN 'event' THEN 'record' ELSE 'event' END",
        "id = id || 'x'",
        "decision_id = 'dec_other'",
        "created_at = '2025-01-01T00:00:00.000Z'",
        "tenant = 'other'",
        "request_id = 'other'",
        "request_mac = 'other'",
        "commitment = randomblob(32)",
        "leaf = randomblob(32)",
    ],
)
def test_a_changed_column_is_found_at_its_entry(filled: Filled, tmp_path: Path, seq: int, change: str) -> None:
    """Records, events, policies, erasures and the genesis entry alike."""
    path = filled.copy(tmp_path)
    tamper(path, f"UPDATE entries SET {change} WHERE seq = {seq}")
    assert ("header", seq, seq) in names(wrong(path))


@pytest.mark.parametrize("seq", [0, POLICY, RECORD, EVENT, ERASURE])
@pytest.mark.parametrize(
    "change",
    ["payload = CAST(payload || x'20' AS BLOB)", "payload = x''", "payload = randomblob(50)", "salt = randomblob(16)"],
)
def test_a_changed_payload_is_found_at_its_entry(filled: Filled, tmp_path: Path, seq: int, change: str) -> None:
    """Or its salt."""
    path = filled.copy(tmp_path)
    tamper(path, f"UPDATE payloads SET {change} WHERE seq = {seq}")
    assert names(wrong(path)) == {("payload", seq, seq)}


def test_every_byte_of_a_payload_counts(filled: Filled, tmp_path: Path) -> None:
    """One at a time."""
    path = filled.copy(tmp_path)
    payload = filled.entries[RECORD].payload
    assert payload is not None
    run_sql(path, *(f"DROP TRIGGER {name}" for name in TRIGGERS))
    for index in range(len(payload)):
        changed = bytearray(payload)
        changed[index] ^= 1
        run_sql(path, f"UPDATE payloads SET payload = x'{changed.hex()}' WHERE seq = {RECORD}")
        assert ("payload", RECORD, RECORD) in names(wrong(path))


@pytest.mark.parametrize("seq", [0, POLICY, RECORD, EVENT, ERASURE])
def test_a_deleted_payload_is_found_at_its_entry(filled: Filled, tmp_path: Path, seq: int) -> None:
    """Where no erasure says so."""
    path = filled.copy(tmp_path)
    tamper(path, f"DELETE FROM payloads WHERE seq = {seq}")
    assert ("payload", seq, seq) in names(wrong(path))


@pytest.mark.parametrize("seq", [0, POLICY, RECORD, EVENT, ERASED, ERASURE - 1])
def test_a_deleted_entry_is_found_as_a_gap(filled: Filled, tmp_path: Path, seq: int) -> None:
    """With its payload or without."""
    path = filled.copy(tmp_path)
    tamper(path, f"DELETE FROM entries WHERE seq = {seq}")
    with_payload = names(wrong(path))
    assert ("gap", seq, seq) in with_payload
    assert ("payload", seq, seq) in with_payload
    tamper(path, f"DELETE FROM payloads WHERE seq = {seq}")
    assert names(wrong(path)) >= {("gap", seq, seq)}
    assert names(wrong(path, filled.checkpoint)) >= {("gap", seq, seq), ("history", 0, SIZE - 1)}


@pytest.mark.parametrize("seq", [0, POLICY, RECORD, EVENT, ERASURE])
def test_an_end_that_was_cut_off_is_found_by_a_checkpoint(filled: Filled, tmp_path: Path, seq: int) -> None:
    """It names what is missing."""
    path = filled.copy(tmp_path)
    tamper(path, f"DELETE FROM payloads WHERE seq >= {seq}", f"DELETE FROM entries WHERE seq >= {seq}")
    assert ("history", seq, SIZE - 1) in names(wrong(path, filled.checkpoint))


@pytest.mark.parametrize("seq", [POLICY, RECORD, EVENT, ERASURE])
def test_an_entry_that_was_inserted_between_others_is_found_by_a_checkpoint(
    filled: Filled, tmp_path: Path, seq: int
) -> None:
    """Consistent in itself, with everything behind it moved by one."""
    path = filled.copy(tmp_path)
    forged = consistent(filled.entries[RECORD], entry_id="dec_forged", request_id=None)
    tamper(
        path,
        *(f"UPDATE payloads SET seq = {index + 1} WHERE seq = {index}" for index in range(SIZE - 1, seq - 1, -1)),
        *(f"UPDATE entries SET seq = {index + 1} WHERE seq = {index}" for index in range(SIZE - 1, seq - 1, -1)),
        *inserts(forged, seq),
    )
    assert names(wrong(path)) == set()
    assert names(wrong(path, filled.checkpoint)) == {("history", 0, SIZE - 1)}


def test_entries_that_changed_places_are_found_by_a_checkpoint(filled: Filled, tmp_path: Path) -> None:
    """Each is whole."""
    path = filled.copy(tmp_path)
    tamper(
        path,
        *(
            f"UPDATE {table} SET seq = {after} WHERE seq = {before}"
            for table in ("payloads", "entries")
            for before, after in ((RECORD, 99), (EVENT, RECORD), (99, EVENT))
        ),
    )
    assert names(wrong(path)) == set()
    assert names(wrong(path, filled.checkpoint)) == {("history", 0, SIZE - 1)}


def test_a_consistent_rewrite_is_found_between_the_checkpoints_around_it(tmp_path: Path) -> None:
    """The one before it still holds."""
    path = tmp_path / "lumyn.db"
    with SqliteStore.open(path, create=True) as store:
        checkpoints = [checkpoint_of(store)]
        for name in "abcdef":
            store.submit(record(name)).wait(60)
            checkpoints.append(checkpoint_of(store))
        entries = list(store.scan())
    assert wrong(path, *checkpoints) == []
    forged = consistent(entries[4], payload=b"{}")
    tamper(path, "DELETE FROM payloads WHERE seq = 4", "DELETE FROM entries WHERE seq = 4", *inserts(forged, 4))
    assert names(wrong(path)) == set()
    assert names(wrong(path, *checkpoints[:4], checkpoints[-1])) == {("history", 4, 6)}
    assert names(wrong(path, *checkpoints)) == {("history", 4, 4), ("history", 4, 5), ("history", 4, 6)}


def test_checkpoints_of_other_sizes_cost_an_entry_nothing(filled: Filled) -> None:
    """As many as a gateway writes in years: each entry is compared with those of its size alone."""
    sizes_read = 0

    class Counting(int):
        def __ne__(self, other: object) -> bool:
            nonlocal sizes_read
            sizes_read += 1
            return int(self) != other

        def __eq__(self, other: object) -> bool:
            nonlocal sizes_read
            sizes_read += 1
            return int(self) == other

        __hash__ = int.__hash__

    beyond = [attrs.evolve(filled.checkpoint, size=Counting(SIZE + number)) for number in range(1, 201)]
    assert names(wrong(filled.path, filled.checkpoint, *beyond)) == {
        ("history", SIZE, SIZE + n - 1) for n in range(1, 201)
    }
    assert sizes_read <= 2 * len(beyond)


def test_an_erasure_that_was_forged_or_undone_is_found(filled: Filled, tmp_path: Path) -> None:
    """Headers say what may be gone."""
    path = filled.copy(tmp_path)
    for change in ("salt = randomblob(16)", "payload = x'01'"):
        tamper(path, f"UPDATE payloads SET {change} WHERE seq = {ERASED}")
        assert names(wrong(path)) == {("erasure", ERASED, ERASED), ("payload", ERASED, ERASED)}

    path = filled.copy(tmp_path)
    forged = consistent(filled.entries[ERASURE], entry_id="erasure:blake3:1")
    tamper(path, *inserts(forged, SIZE), f"DELETE FROM payloads WHERE seq = {POLICY}")
    assert names(wrong(path)) == {("erasure", SIZE, SIZE), ("payload", POLICY, POLICY)}


def test_a_log_of_another_store_is_found(filled: Filled, tmp_path: Path) -> None:
    """By the checkpoint's origin, and by the genesis entry."""
    path = filled.copy(tmp_path)
    other = Checkpoint("00ff", 1, filled.checkpoint.root)
    assert names(wrong(path, other)) == {("history", None, None)}
    tamper(path, "UPDATE meta SET store_id = '00ff'")
    assert names(wrong(path)) == {("genesis", 0, 0)}


@pytest.mark.parametrize("name", sorted(TRIGGERS))
def test_a_trigger_that_is_missing_or_changed_is_found(filled: Filled, tmp_path: Path, name: str) -> None:
    """By name."""
    path = filled.copy(tmp_path)
    run_sql(path, f"DROP TRIGGER {name}")
    assert [finding.detail for finding in wrong(path)] == [f"the trigger {name} is missing"]
    run_sql(path, TRIGGERS[name].replace("RAISE(ABORT", "max('ABORT'"))
    assert [finding.detail for finding in wrong(path)] == [f"the trigger {name} was changed"]


def test_what_does_not_belong_in_the_schema_is_found(filled: Filled, tmp_path: Path) -> None:
    """A trigger of one's own, or an index that is gone, with the duplicates that it kept away."""
    path = filled.copy(tmp_path)
    run_sql(path, "CREATE TRIGGER mine AFTER INSERT ON entries BEGIN SELECT 1; END", "DROP INDEX records_by_request")
    forged = consistent(filled.entries[RECORD], entry_id="dec_twin")
    tamper(path, *inserts(forged, SIZE))
    findings = wrong(path)
    assert ("duplicate", RECORD, SIZE) in names(findings)
    assert {finding.detail for finding in findings if finding.code == "schema"} == {
        "the trigger mine does not belong there",
        "the index records_by_request is missing",
    }


def test_a_file_that_is_no_store_is_no_finding(tmp_path: Path) -> None:
    """It is a mistake of whoever named it."""
    with pytest.raises(StoreMissingError):
        wrong(tmp_path / "none.db")
    path = tmp_path / "other.db"
    run_sql(path, "CREATE TABLE mine (a)")
    with pytest.raises(NotAStoreError):
        wrong(path)


def test_a_flipped_byte_is_found_wherever_it_changes_what_is_stored(filled: Filled, tmp_path: Path) -> None:
    """Anywhere in the file: every byte is found, or every row, page and object is as it was."""
    original = filled.path.read_bytes()
    stored = dump(filled.path)
    path = tmp_path / "lumyn.db"
    chance = random.Random(1)
    offsets = [*range(100), *chance.sample(range(100, len(original)), min(len(original) - 100, examples(3_000)))]
    found_count = 0
    for offset in offsets:
        flipped = bytearray(original)
        flipped[offset] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        try:
            is_found = bool(wrong(path, filled.checkpoint))
        except (NotAStoreError, NewerSchemaError):
            is_found = True
        found_count += is_found
        if not is_found:
            assert dump(path) == stored, offset
    assert found_count


def test_damaged_pages_are_named_and_the_rest_is_checked(tmp_path: Path) -> None:
    """One page of payloads that was overwritten."""
    path = tmp_path / "lumyn.db"
    with SqliteStore.open(path, create=True) as store:
        for one in [store.submit(record(str(index), size=6000)) for index in range(300)]:
            one.wait(60)
    data = bytearray(path.read_bytes())
    page = next(
        start for start in range(0, len(data), 4096) if b'"decision_id": "dec_150"' in data[start : start + 4096]
    )
    data[page : page + 4096] = b"\xff" * 4096
    path.write_bytes(data)
    findings = wrong(path)
    named = {seq for finding in findings if finding.first is not None for seq in range(finding.first, finding.last + 1)}  # type: ignore[operator]
    assert 151 in named
    assert len(named) < 20


def consistent(entry: Entry, **changes: object) -> Entry:
    """An entry changed so that its hashes agree."""
    changed = attrs.evolve(entry, **changes)  # type: ignore[arg-type]
    assert changed.salt is not None
    assert changed.payload is not None
    commitment = commitment_of(changed.salt, changed.payload)
    return attrs.evolve(changed, commitment=commitment, leaf=leaf_hash(header_of(changed, commitment)))


def inserts(entry: Entry, seq: int) -> list[str]:
    """SQL that writes an entry somewhere."""

    def quoted(text: str | None) -> str:
        return "NULL" if text is None else f"'{text}'"

    assert entry.salt is not None
    assert entry.payload is not None
    texts = [
        entry.kind,
        entry.entry_id,
        entry.decision_id,
        entry.created_at,
        entry.tenant,
        entry.request_id,
        entry.request_mac,
    ]
    header = ", ".join(map(quoted, texts))
    return [
        f"INSERT INTO entries VALUES ({seq}, {header}, x'{entry.commitment.hex()}', x'{entry.leaf.hex()}')",
        f"INSERT INTO payloads VALUES ({seq}, x'{entry.salt.hex()}', x'{entry.payload.hex()}')",
    ]


def dump(path: Path) -> list[object]:
    """All that a database holds."""
    with closing(sqlite3.connect(path)) as connection:
        return [
            connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall(),
            connection.execute("SELECT * FROM meta").fetchall(),
            connection.execute("SELECT * FROM entries ORDER BY seq").fetchall(),
            connection.execute("SELECT * FROM payloads ORDER BY seq").fetchall(),
        ]
