"""A gateway that decides while everything that it does to the disk is recorded.

`python -m tests.store.recorded_gateway FOLDER RECORDING DECISIONS SYNCHRONOUS`. The recording is pickled.
"""

from __future__ import annotations

import pickle
import sqlite3
import sys
from pathlib import Path
from threading import Thread

from lumyn.canonical import canonical
from lumyn.gateway import Gateway, GatewaySettings
from lumyn.store import wal_keeper
from lumyn.store.writer import Writer
from tests.store.disk import Acknowledged
from tests.store.recorder import Recorder
from tests.store.recording_vfs import LibraryNotFoundError
from tests.store.refunds import refund, write_policy

__all__ = ["CAN_NOT_RECORD"]

# Exit status.
CAN_NOT_RECORD = 77

_THREAD_COUNT = 8
_PATIENCE_SECONDS = 60.0


def main() -> int:
    """Record a gateway from before its store is made until after it is closed."""
    folder, recording, decision_count, synchronous = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    policy = write_policy(recording.parent)
    try:
        recorder = Recorder(folder)
    except LibraryNotFoundError as error:
        sys.stderr.write(f"{error}\n")
        return CAN_NOT_RECORD
    _hasten_keeper()
    _weaken(synchronous)
    settings = GatewaySettings(deadline_seconds=_PATIENCE_SECONDS)
    with Gateway.open(policy, f"sqlite:{folder / 'lumyn.db'}", settings, create=True) as gateway:
        threads = [
            Thread(target=_decide, args=(gateway, recorder, range(first, decision_count, _THREAD_COUNT)))
            for first in range(_THREAD_COUNT)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    recorder.check_complete()
    recording.write_bytes(pickle.dumps(recorder.changes))
    return 0


def _decide(gateway: Gateway, recorder: Recorder, numbers: range) -> None:
    for number in numbers:
        record = gateway.decide(refund(number, request_id=f"r-{number}"))
        assert record.is_persisted
        recorder.note(Acknowledged(record.decision_id, record.content))
        if number % 5 == 0:
            event = gateway.label(record.decision_id, "failure", actor="reviewer")
            recorder.note(Acknowledged(str(event["event_id"]), canonical(event)))


def _hasten_keeper() -> None:
    """Move, restart and truncate the write-ahead log after a few decisions already, so that each is cut into often."""
    wal_keeper._WAKE_BYTES = 20_000
    wal_keeper._RESTART_FRAMES = 60
    wal_keeper._TRUNCATE_BYTES = 500_000


def _weaken(synchronous: str) -> None:
    """Let commits be less than durable; FULL is what the store asks for itself."""
    connected = Writer._connected

    def weakened(writer: Writer) -> sqlite3.Connection:
        connection = connected(writer)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        return connection

    if synchronous != "FULL":
        Writer._connected = weakened  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    sys.exit(main())
