"""A gateway says what its log is, as it grows, and nothing that goes wrong with that is a caller's."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs
import pytest

from lumyn.archive import read_checkpoints
from lumyn.checkpoint_file import add_checkpoint, last_checkpoint
from lumyn.checkpointing import Checkpointer
from lumyn.export import checkpoint_of
from lumyn.gateway import GatewaySettings
from lumyn.store.checkpoint import Checkpoint, write_checkpoint
from lumyn.store.errors import CheckpointError
from lumyn.store.sqlite import SqliteStore
from lumyn.store.verify import verify
from lumyn.telemetry import Telemetry
from tests.lumyn.test_gateway import opened, request
from tests.store.stores import PATIENCE_SECONDS, eventually, record


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """Now."""
        return self.seconds


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """A log with its first entry."""
    with SqliteStore.open(tmp_path / "lumyn.db", create=True) as store:
        yield store


@pytest.fixture
def clock() -> Clock:
    """At zero."""
    return Clock()


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The file of checkpoints, which is not there yet."""
    return tmp_path / "checkpoints"


@pytest.fixture
def checkpointer(store: SqliteStore, clock: Clock, kept: Path) -> Checkpointer:
    """Looks when the test says so, and not by itself."""
    return Checkpointer(store, Telemetry(()), path=kept, every_seconds=60, now=clock)


def _grow(store: SqliteStore, count: int) -> None:
    pending = [store.submit(record(os.urandom(4).hex())) for _ in range(count)]
    for one in pending:
        one.wait(PATIENCE_SECONDS)


def _sizes(kept: Path) -> list[int]:
    content = kept.read_bytes() if kept.exists() else b""
    return [checkpoint.size for checkpoint in read_checkpoints(content)] if content else []


def test_one_a_minute_while_the_log_grows(
    store: SqliteStore, clock: Clock, kept: Path, checkpointer: Checkpointer, tmp_path: Path
) -> None:
    """None of a log that doesn't; each is what the whole log says of itself."""
    for second in range(0, 400, 10):
        clock.seconds = second
        if second in {10, 130, 190, 300}:
            _grow(store, 3)
        checkpointer.look()
    assert _sizes(kept) == [4, 7, 10, 13]
    assert checkpointer.age_seconds == 0
    assert last_checkpoint(kept) == checkpoint_of(store)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert list(verify(tmp_path / "lumyn.db", checkpoints=read_checkpoints(kept.read_bytes()))) == []
    checkpointer.close()
    assert len(_sizes(kept)) == 4


def test_one_at_the_end(store: SqliteStore, kept: Path, checkpointer: Checkpointer) -> None:
    """However short the time was; none where nothing happened."""
    _grow(store, 1)
    checkpointer.look()
    assert _sizes(kept) == []
    checkpointer.close()
    assert _sizes(kept) == [2]
    Checkpointer(store, Telemetry(()), path=kept, every_seconds=60).close()
    assert _sizes(kept) == [2]


def test_what_a_crash_left_is_made_up_for(store: SqliteStore, kept: Path, clock: Clock) -> None:
    """Entries behind the last checkpoint of the file are under the next one, also where the log grows no more."""
    add_checkpoint(kept, lambda: checkpoint_of(store))
    _grow(store, 2)
    after = Checkpointer(store, Telemetry(()), path=kept, every_seconds=60, now=clock)
    clock.seconds = 60
    after.look()
    assert _sizes(kept) == [1, 3]


def test_each_leaf_is_read_once(
    store: SqliteStore, clock: Clock, checkpointer: Checkpointer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a checkpoint costs what is new, however long the log is."""
    read: list[tuple[int, int]] = []
    leaves = store.leaves

    def counted(start: int, stop: int) -> Iterator[bytes]:
        read.append((start, stop))
        return leaves(start, stop)

    monkeypatch.setattr(store, "leaves", counted)
    for minute in range(1, 4):
        _grow(store, 600)
        clock.seconds = 60 * minute
        checkpointer.look()
    assert [pair for pair in read if pair[0] != pair[1]] == [(0, 601), (601, 1201), (1201, 1801)]


def test_a_fault_is_said_and_ends(store: SqliteStore, clock: Clock, kept: Path, checkpointer: Checkpointer) -> None:
    """A folder where the file should be, then none; the age says since when."""
    kept.mkdir()
    _grow(store, 1)
    clock.seconds = 60
    checkpointer.look()
    assert "directory" in checkpointer.fault
    clock.seconds = 90
    checkpointer.look()
    assert checkpointer.age_seconds == 90
    kept.rmdir()
    checkpointer.look()
    assert (checkpointer.fault, checkpointer.age_seconds, _sizes(kept)) == ("", 0, [2])


def test_a_log_that_became_shorter_has_no_checkpoint(
    store: SqliteStore, clock: Clock, kept: Path, checkpointer: Checkpointer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said instead: what was there is gone."""
    _grow(store, 3)
    clock.seconds = 60
    checkpointer.look()
    monkeypatch.setattr(store, "size", lambda: 2)
    clock.seconds = 120
    checkpointer.look()
    assert "has 2 entries, and had 4 before" in checkpointer.fault
    assert _sizes(kept) == [4]


def test_a_full_disk_leaves_no_half_of_one(store: SqliteStore, kept: Path) -> None:
    """What was written of it is taken back."""
    whole = add_checkpoint(kept, lambda: checkpoint_of(store))
    other = attrs.evolve(whole, size=whole.size + 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (kept.stat().st_size + 20, hard))
    try:
        with pytest.raises(OSError, match="large"):
            add_checkpoint(kept, lambda: other)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert read_checkpoints(kept.read_bytes()) == [whole]
    add_checkpoint(kept, lambda: other)
    assert read_checkpoints(kept.read_bytes()) == [whole, other]


def test_many_add_to_one_file(kept: Path) -> None:
    """Each whole; the same one twice is one."""

    def add(number: int) -> None:
        checkpoint = Checkpoint("a" * 32, number, bytes(32))
        add_checkpoint(kept, lambda: checkpoint)
        add_checkpoint(kept, lambda: checkpoint)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(100)))
    assert set(_sizes(kept)) == set(range(100))


@pytest.mark.parametrize("content", [b"nonsense\n", b"lumyn/a\n1\nx\n"])
def test_what_is_no_file_of_checkpoints_has_no_last_one(kept: Path, content: bytes) -> None:
    """And is not taken for an empty one."""
    assert last_checkpoint(kept) is None
    kept.touch()
    assert last_checkpoint(kept) is None
    kept.write_bytes(content)
    with pytest.raises(CheckpointError):
        last_checkpoint(kept)


def test_a_pipe_or_a_folder_keeps_nobody_waiting(kept: Path, tmp_path: Path) -> None:
    """In its place, it is an error at once."""
    os.mkfifo(kept)
    (tmp_path / "folder").mkdir()
    for path in (kept, tmp_path / "folder"):
        with pytest.raises(OSError, match=r"regular file|directory"):
            last_checkpoint(path)


def test_the_last_one_of_a_long_file_is_found_at_its_end(kept: Path) -> None:
    """Whatever stands before it."""
    texts = [write_checkpoint(Checkpoint("a" * 32, size, bytes(32))) for size in range(3_000)]
    kept.write_bytes(b"".join(texts))
    assert kept.stat().st_size > 3 * 2**16
    last = last_checkpoint(kept)
    assert last is not None
    assert last.size == 2_999


def test_a_gateway_makes_them_by_itself(folder: Path) -> None:
    """While it is open and when it is closed; decisions hear nothing of a file that can't be written."""
    kept = folder / "checkpoints"
    with opened(folder, GatewaySettings(checkpoint_path=kept, checkpoint_seconds=1.0)) as gateway:
        gateway.decide(request())
        eventually(lambda: _sizes(kept) == [3])
        gateway.decide(request())
        eventually(lambda: _sizes(kept) == [3, 4])
        eventually(lambda: gateway.metrics().checkpoint_size == 4)
        kept.rename(folder / "away")
        kept.mkdir()
        assert gateway.decide(request()).is_persisted
        eventually(lambda: "directory" in gateway.metrics().checkpoint_fault)
        assert gateway.decide(request()).is_persisted
        kept.rmdir()
    assert _sizes(folder / "away") == [3, 4]
    assert _sizes(kept)[-1] == 6
