"""Kill gateways at random moments, round after round, and look each time whether all that was acknowledged is there."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

import attrs

from lumyn.store.checkpoint import Checkpoint
from lumyn.store.connections import connect_reader
from lumyn.store.entry import Entry
from lumyn.store.rows import as_entry, select_range
from lumyn.store.sqlite import SqliteStore
from lumyn.store.verify import verify
from tests.store.derived import derived
from tests.store.doomed_gateways import NOTE_HEAD, SHARED, Round
from tests.store.refunds import write_policy

__all__ = ["Crashes", "Note", "check_order"]

ROOT = Path(__file__).parents[2]

# The others may die while they open the store, too.
_LET_DECIDE_SHARE = 0.8


@attrs.frozen
class Note:
    """What one call was told: when it began and when it was answered (ns), and the bytes of the record or event."""

    began: int
    answered: int
    content: bytes

    @property
    def entry_id(self) -> str:
        """Of the entry that was acknowledged."""
        said = json.loads(self.content)
        return str(said.get("event_id") or said["decision_id"])

    @property
    def shared_id(self) -> str | None:
        """The request_id, where other threads and rounds used it as well."""
        request_id = json.loads(self.content).get("request", {}).get("request_id")
        return request_id if request_id is not None and request_id.startswith(SHARED) else None


class Crashes:
    """Rounds on one store; a context manager, which ends the process that forks.

    counts: rounds, those of them in which something was acknowledged, decisions and labels that were acknowledged, and,
            after check_all, entries of the log
    """

    def __init__(self, folder: Path, chance: Random, threads: int = 12) -> None:
        self.counts: Counter[str] = Counter()
        self._folder = folder
        self._chance = chance
        self._threads = threads
        self._path = folder / "lumyn.db"
        self._notes = folder / "notes"
        self._notes.mkdir()
        self._checkpoint: Checkpoint | None = None
        self._acknowledged: dict[str, bytes] = {}
        self._forking = subprocess.Popen(
            [sys.executable, "-m", "tests.store.doomed_gateways", str(write_policy(folder))],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._forking.communicate()

    def round(self, seconds_max: float) -> None:
        """One gateway lives and dies; its store is looked at as it was left."""
        self.counts["rounds"] += 1
        name = f"round{self.counts['rounds']}"
        doomed = Round(
            str(self._path),
            str(self._notes),
            name,
            self._threads,
            seconds=self._chance.uniform(0.0, seconds_max),
            is_let_decide=self._chance.random() < _LET_DECIDE_SHARE,
        )
        assert self._forking.stdin is not None
        assert self._forking.stdout is not None
        self._forking.stdin.write(f"{json.dumps(attrs.asdict(doomed))}\n")
        self._forking.stdin.flush()
        assert int(self._forking.stdout.readline()) == signal.SIGKILL, "it ended by itself"
        notes = sorted(self._read_notes(name), key=lambda note: note.began)
        if not self._path.exists():
            assert not notes
            return
        known_size = 0 if self._checkpoint is None else self._checkpoint.size
        # That all entries up to the last round's are as they were is what the checkpoint proves.
        self._checkpoint = _verified(self._path, self._checkpoint)
        with closing(connect_reader(self._path)) as connection:
            rows = select_range(connection, known_size, self._checkpoint.size)
        self._check(notes, {entry.entry_id: entry for entry in map(as_entry, rows)})

    def check_all(self) -> None:
        """Everything that was ever acknowledged, byte for byte; and the derived file, as it was left, against a new one."""
        with SqliteStore.open(self._path) as store:
            stored = {entry.entry_id: entry for entry in store.scan()}
            assert [entry.seq for entry in stored.values()] == list(range(store.size()))
            for entry_id, content in self._acknowledged.items():
                assert stored[entry_id].payload == content
            request_ids = Counter(entry.request_id for entry in stored.values() if entry.request_id is not None)
            assert set(request_ids.values()) <= {1}
            new = self._folder / "new.search"
            new.unlink(missing_ok=True)
            assert derived(self._path.with_name("lumyn.db.search"), store) == derived(new, store)
            self.counts["entries"] = store.size()

    def _read_notes(self, name: str) -> Iterator[Note]:
        """What the threads of a round were told; a last note that the kill has cut off was not finished."""
        for path in self._notes.glob(f"{name}-*"):
            noted = path.read_bytes()
            path.unlink()
            at = 0
            while at + NOTE_HEAD.size <= len(noted):
                began, answered, size = NOTE_HEAD.unpack_from(noted, at)
                at += NOTE_HEAD.size + size
                if at <= len(noted):
                    yield Note(began, answered, noted[at - size : at])

    def _check(self, notes: list[Note], entries: dict[str, Entry]) -> None:
        for note in notes:
            entry = entries.get(note.entry_id)
            known = self._acknowledged.setdefault(note.entry_id, note.content)
            assert known == note.content
            if entry is None:
                assert note.shared_id is not None, f"{note.entry_id} was acknowledged and is not in the log"
            else:
                assert entry.payload == note.content
            self.counts["labels" if note.entry_id.startswith("evt_") else "decisions"] += 1
        check_order([(note, entries[note.entry_id].seq) for note in notes if note.shared_id is None])
        self.counts["rounds with acknowledgements"] += bool(notes)


def check_order(told: list[tuple[Note, int]]) -> None:
    """An answer that had arrived before another call began stands before that call's entry.

    told: notes with the seq of their entries, in the order in which the calls began
    """
    answers = sorted(told, key=lambda one: one[0].answered)
    answered_count, highest = 0, -1
    for note, seq in told:
        while answers[answered_count][0].answered < note.began:
            highest = max(highest, answers[answered_count][1])
            answered_count += 1
        assert highest < seq, f"entry {highest} was acknowledged before entry {seq} was asked for"


def _verified(path: Path, checkpoint: Checkpoint | None) -> Checkpoint:
    """Verify a store, and return the log as it is."""
    steps = verify(path, checkpoints=[] if checkpoint is None else [checkpoint])
    while True:
        try:
            finding = next(steps)
        except StopIteration as end:
            return Checkpoint(end.value.store_id, end.value.size, end.value.root)
        assert not finding.is_wrong, str(finding)
