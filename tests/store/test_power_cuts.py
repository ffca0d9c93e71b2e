"""A power cut takes nothing away that was acknowledged, whatever it takes of what was not synced.

How the disk is watched: tests/store/recording_vfs.py. What may be left of it: tests/store/disk.py. The store is the real
one, in a gateway that runs in a process of its own; `make powercut` tries many more moments.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.store.disk import (
    Acknowledged,
    Change,
    Disk,
    FolderSynced,
    Loss,
    Named,
    Renamed,
    SyncBegun,
    SyncEnded,
    Unlinked,
    Written,
)
from tests.store.power_cuts import Cut, cuts, look, recorded, some_moments


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> list[Change]:
    """What a gateway did to its disk while it decided 150 times."""
    return recorded(tmp_path_factory.mktemp("recorded"), 150)


@pytest.mark.xdist_group("power cuts")
def test_nothing_that_was_acknowledged_is_lost(changes: list[Change]) -> None:
    """At random moments, and right after acknowledgements with everything gone that was not synced."""
    chance = Random()
    told = [at for at, change in enumerate(changes, 1) if isinstance(change, Acknowledged)]
    moments = [*((at, "all") for at in chance.sample(told, 40)), *some_moments(changes, 80, chance)]
    counts: Counter[str] = Counter()
    for cut in cuts(changes, moments, chance):
        counts += look(cut, chance, is_derived_compared=chance.random() < 0.1)
    assert (counts["lost"], counts["damaged"]) == (0, 0)
    assert counts["acknowledged"] > 40


@pytest.mark.xdist_group("power cuts")
def test_a_store_is_made_whole_or_not_at_all(changes: list[Change]) -> None:
    """Whenever the power goes while it is made, the next one opens it or makes it."""
    chance = Random()
    first = next(at for at, change in enumerate(changes) if isinstance(change, Acknowledged))
    losses: tuple[Loss, ...] = ("all", "some", "some")
    moments = [(at, loss) for at in range(min(first, 45)) for loss in losses]
    counts: Counter[str] = Counter()
    for cut in cuts(changes, moments, chance):
        assert ("lumyn.db" in cut.left) <= ("lumyn.db.key" in cut.left)
        counts += look(cut, chance)
    assert counts["damaged"] == 0
    assert 0 < counts["stores"] < counts["cuts"]


@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_a_store_that_does_not_sync_its_commits_is_caught(tmp_path: Path, synchronous: str) -> None:
    """Which shows that a loss would be seen."""
    chance = Random()
    changes = recorded(tmp_path, 40, synchronous)
    told = [at for at, change in enumerate(changes, 1) if isinstance(change, Acknowledged)]
    found: Counter[str] = Counter()
    for cut in cuts(changes, [(at, "all") for at in told[::4]], chance):
        found += look(cut, chance)
    assert found["lost"] > 0


def test_what_is_left_is_what_was_synced_and_any_part_of_the_rest() -> None:
    """Names as far as their folder was synced, bytes as far as their file was, in whole sectors."""
    disk, chance = Disk(), Random()
    for change in (Named(1, "a"), Written(1, 0, b"x" * 1024), SyncBegun(1), Written(1, 0, b"y" * 1024), SyncEnded(1)):
        disk.apply(change)
    assert disk.left("all", chance) == {}
    assert disk.everything() == {"a": b"y" * 1024}
    disk.apply(FolderSynced())
    assert disk.left("all", chance) == {"a": b"x" * 1024}
    lefts = {disk.left("some", chance)["a"] for _ in range(200)}
    assert lefts == {first * 512 + second * 512 for first in (b"x", b"y") for second in (b"x", b"y")}
    disk.apply(Renamed("a", "b"))
    disk.apply(Unlinked("b"))
    assert {tuple(disk.left("some", chance)) for _ in range(200)} == {("a",), ("b",), ()}
    disk.apply(FolderSynced())
    assert disk.left("all", chance) == {}


def test_a_file_that_was_cut_off_may_still_be_long() -> None:
    """Until that is synced."""
    disk, chance = Disk(), Random()
    for change in (Named(1, "a"), FolderSynced(), Written(1, 0, b"x" * 8), SyncBegun(1), SyncEnded(1)):
        disk.apply(change)
    disk.apply(Written(1, 2, b"", 2))
    assert {disk.left("some", chance)["a"] for _ in range(200)} == {b"xx", b"x" * 8}
    disk.apply(Written(1, 4, b"z"))
    assert disk.everything() == {"a": b"xx\0\0z"}


def test_a_loss_would_be_counted() -> None:
    """An acknowledgement of what is in no file."""
    counts = look(Cut(1, "all", {"dec_gone": b"{}"}, {}), Random())
    assert (counts["lost"], counts["damaged"], counts["stores"]) == (1, 0, 0)
