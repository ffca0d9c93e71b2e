"""Cut the power at some moments of a recording, and look at the stores that may be left."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

import attrs
import pytest

from lumyn.store.errors import StoreError
from lumyn.store.sqlite import SqliteStore
from tests.store.derived import derived
from tests.store.disk import Change, Disk, Loss
from tests.store.recorded_gateway import CAN_NOT_RECORD
from tests.store.stores import PATIENCE_SECONDS, record, wrong

__all__ = ["Cut", "cuts", "look", "recorded"]

ROOT = Path(__file__).parents[2]

# Where it is there, flushes cost nothing.
_MEMORY = Path("/dev/shm")  # noqa: S108

_LOSSES: tuple[Loss, ...] = ("all", "some", "none")


@attrs.frozen
class Cut:
    """What may be found after a power cut.

    at:           how many changes had happened
    acknowledged: what callers had been told by then to be stored, by its id
    left:         files by their names
    """

    at: int
    loss: Loss
    acknowledged: dict[str, bytes]
    left: dict[str, bytes]


def recorded(folder: Path, decision_count: int, synchronous: str = "FULL") -> list[Change]:
    """What a gateway that decided so often has done to its disk. Skips where that can't be recorded."""
    recording, store = folder / "recording", folder / "store"
    shutil.rmtree(store, ignore_errors=True)
    store.mkdir()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.store.recorded_gateway",
            str(store),
            str(recording),
            str(decision_count),
            synchronous,
        ],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode == CAN_NOT_RECORD:
        pytest.skip(f"NO POWER WAS CUT: {done.stderr}")
    assert done.returncode == 0, done.stderr
    changes: list[Change] = pickle.loads(recording.read_bytes())  # noqa: S301
    return changes


def cuts(changes: list[Change], moments: Iterable[tuple[int, Loss]], chance: Random) -> Iterator[Cut]:
    """States of the disk after so many changes, with that loss of what was uncertain."""
    disk, done = Disk(), 0
    for at, loss in sorted(moments, key=lambda moment: moment[0]):
        for change in changes[done:at]:
            disk.apply(change)
        done = at
        yield Cut(at, loss, dict(disk.acknowledged), disk.left(loss, chance))


def some_moments(changes: list[Change], count: int, chance: Random) -> list[tuple[int, Loss]]:
    """Moments at random, and losses that are large, partial or none."""
    losses = chance.choices(_LOSSES, weights=(4, 5, 1), k=count)
    return [(chance.randint(0, len(changes)), loss) for loss in losses]


def look(cut: Cut, chance: Random, *, is_derived_compared: bool = False) -> Counter[str]:
    """Open what is left as a store; what was found, counted: cuts, stores, acknowledged, lost, damaged.

    is_derived_compared: whether the derived file that is left must say, once it has followed, what a new one says
    """
    counts = Counter(cuts=1, acknowledged=len(cut.acknowledged), lost=0, damaged=0)
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as name:
        folder = Path(name)
        for file_name, content in cut.left.items():
            (folder / file_name).write_bytes(content)
        path = folder / "lumyn.db"
        if chance.random() < 0.5:
            # Shared memory is a file, too, and may be left as anything.
            (folder / "lumyn.db-shm").write_bytes(chance.randbytes(32768))
        counts["stores"] = path.exists()
        try:
            with SqliteStore.open(path, create=True) as store:
                stored = {entry.entry_id: entry.payload for entry in store.scan()}
                if is_derived_compared:
                    left, new = (derived(folder / file_name, store) for file_name in ("lumyn.db.search", "new.search"))
                    assert left == new
                store.submit(record("afterwards")).wait(PATIENCE_SECONDS)
            counts["lost"] = sum(stored.get(entry_id) != content for entry_id, content in cut.acknowledged.items())
            counts["damaged"] = bool(wrong(path))
        except StoreError:
            counts["damaged"] = 1
    return counts
