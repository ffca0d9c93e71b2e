"""A gateway's own checkpoints: one a minute while the log grows and one at the end, by a thread of their own."""

import logging
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Final

from lumyn.checkpoint_file import add_checkpoint, last_checkpoint
from lumyn.store import RecordStore
from lumyn.store.checkpoint import Checkpoint, write_checkpoint
from lumyn.store.errors import CheckpointError, StoreError, StoreReplacedError
from lumyn.store.merkle import Frontier
from lumyn.telemetry import Telemetry

__all__ = ["Checkpointer"]

_LOOK_SECONDS: Final = 1.0
# Leaves that are hashed before decisions get their turn of the interpreter: about a quarter of a millisecond.
_CHUNK: Final = 256
_PAUSE_SECONDS: Final = 0.0005
_CLOSE_SECONDS: Final = 10.0


class Checkpointer:
    """Says what a log is, as it grows: to a file and to the log lines. What goes wrong with it harms no decision.

    Each leaf is read once; after that a checkpoint costs the leaves that are new.

    path:          file that they are added to; None leaves them to the log lines
    every_seconds: between two of them
    now:           seconds of a clock that only goes forwards
    fault:         why the last one could not be made; empty where it could
    """

    def __init__(
        self,
        store: RecordStore,
        telemetry: Telemetry,
        *,
        path: Path | None,
        every_seconds: float,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._store = store
        self._telemetry = telemetry
        self._path = path
        self._every_seconds = every_seconds
        self._now = now
        self._lock = Lock()
        self._frontier = Frontier()
        # Entries that are under a checkpoint, as far as this gateway knows.
        self._covered_size = self._size_at_start()
        self._covered_at = self._emitted_at = now()
        self.fault = ""
        self.size: int | None = None
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="lumyn-checkpoints", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def age_seconds(self) -> float:
        """Since every entry was known to be under a checkpoint."""
        return self._now() - self._covered_at

    def look(self) -> None:
        """Make a checkpoint where one is due: the log has grown, and the last one is long enough ago."""
        self._attempt(is_last=False)

    def taken(self) -> Checkpoint:
        """The log as it is now, written nowhere. Raises StoreError."""
        with self._lock:
            return self._taken()

    def close(self) -> None:
        """Make a last checkpoint of a log that has grown, and no more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_SECONDS)
        else:
            self._attempt(is_last=True)

    def _run(self) -> None:
        while not self._stopped.wait(min(_LOOK_SECONDS, self._every_seconds)):
            self.look()
        self._attempt(is_last=True)

    def _attempt(self, *, is_last: bool) -> None:
        try:
            with self._lock:
                self._emit_if_due(is_last=is_last)
            self.fault = ""
        except (StoreError, OSError) as error:
            if str(error) != self.fault:
                self._telemetry.said(logging.WARNING, "checkpoint failed", detail=str(error))
            self.fault = str(error)

    def _emit_if_due(self, *, is_last: bool) -> None:
        now = self._now()
        size = self._store.size()
        if size == self._covered_size:
            self._covered_at = now
        elif is_last or now - self._emitted_at >= self._every_seconds:
            # Most of it before others have to wait with theirs.
            self._extend(size, hurried=is_last)
            checkpoint = self._taken() if self._path is None else add_checkpoint(self._path, self._taken)
            self._covered_size = self.size = checkpoint.size
            self._covered_at = self._emitted_at = now
            self._say(checkpoint)

    def _taken(self) -> Checkpoint:
        self._extend(self._store.size(), hurried=True)
        return Checkpoint(self._store.store_id, self._frontier.size, self._frontier.root())

    def _extend(self, size: int, *, hurried: bool) -> None:
        """Take the leaves up to a size over. A log that became shorter is one that was tampered with."""
        start = self._frontier.size
        if size < start:
            raise StoreReplacedError(self._store.store_id, f"the log has {size} entries, and had {start} before")
        for count, leaf in enumerate(self._store.leaves(start, size), 1):
            self._frontier.append(leaf)
            if not count % _CHUNK and not hurried and not self._stopped.is_set():
                sleep(_PAUSE_SECONDS)

    def _say(self, checkpoint: Checkpoint) -> None:
        self._telemetry.said(
            logging.INFO,
            "checkpoint",
            store_id=checkpoint.store_id,
            size=checkpoint.size,
            root=b64encode(checkpoint.root).decode(),
            checkpoint=write_checkpoint(checkpoint).decode(),
        )

    def _size_at_start(self) -> int:
        """What is under a checkpoint already: what the file says, else all there is, which others have to answer for."""
        try:
            last = None if self._path is None else last_checkpoint(self._path)
        except (CheckpointError, OSError):
            return 0
        return self._store.size() if last is None or last.store_id != self._store.store_id else last.size
