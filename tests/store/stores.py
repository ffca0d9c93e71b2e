"""What the tests of the store write into it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from time import monotonic, sleep

from lumyn.store import RecordStore
from lumyn.store.checkpoint import Checkpoint
from lumyn.store.entry import Draft
from lumyn.store.findings import Finding
from lumyn.store.merkle import root_of
from lumyn.store.sqlite import SqliteStore
from lumyn.store.verify import verify

NOW = "2026-01-01T00:00:00.000Z"

# Long enough for any machine; no test waits for it unless something is broken.
PATIENCE_SECONDS = 60.0


def record(
    name: str, *, tenant: str | None = None, request_id: str | None = None, mac: str | None = None, size: int = 0
) -> Draft:
    """A record that is told from others by its name."""
    payload = json.dumps({"decision_id": f"dec_{name}", "filler": "x" * size}).encode()
    if request_id is not None and mac is None:
        mac = hashlib.sha256(request_id.encode()).hexdigest()
    return Draft("record", f"dec_{name}", f"dec_{name}", NOW, tenant, request_id, mac, payload)


def event(name: str, decision: str, *, mac: str | None = "mac", text: str = "said") -> Draft:
    """An event about a record."""
    payload = json.dumps({"event_id": f"evt_{name}", "text": text}).encode()
    return Draft("event", f"evt_{name}", f"dec_{decision}", NOW, None, None, mac, payload)


def policy(name: str = "1") -> Draft:
    """A policy snapshot."""
    return Draft("policy", f"blake3:{name}", None, NOW, None, None, None, b"policy " + name.encode())


def fill(store: SqliteStore, count: int = 6) -> None:
    """Records with a policy, an event for each, and one erasure: every kind of entry."""
    for index in range(count):
        draft = record(f"{index}", tenant=f"t{index % 2}", request_id=f"r{index}", size=50)
        store.submit(draft, [policy()]).wait(PATIENCE_SECONDS)
        store.submit(event(f"{index}", f"{index}")).wait(PATIENCE_SECONDS)
    store.erase("dec_1", created_at=NOW, payload=b'{"reason":"asked"}', deadline_seconds=PATIENCE_SECONDS)


def checkpoint_of(store: SqliteStore) -> Checkpoint:
    """The log as it is now."""
    size = store.size()
    return Checkpoint(store.store_id, size, root_of(store.leaves(0, size)))


def wrong(path: Path, *checkpoints: Checkpoint) -> list[Finding]:
    """What verify says to be wrong."""
    return [finding for finding in verify(path, checkpoints=checkpoints) if finding.is_wrong]


def run_sql(path: Path, *statements: str) -> None:
    """Do something to a database behind the store's back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    stop_at = monotonic() + PATIENCE_SECONDS
    while not holds():
        assert monotonic() < stop_at
        sleep(0.005)


@contextmanager
def hanging_commit(store: RecordStore) -> Iterator[Event]:
    """Let the next commit hang; the event says when it does."""
    assert isinstance(store, SqliteStore)
    connection = store._committer._writer._connection
    assert connection is not None
    is_hanging, may_go_on = Event(), Event()

    def trace(statement: str) -> None:
        if statement == "COMMIT":
            is_hanging.set()
            # At once from the second commit on: nobody can take the callback away while the connection is in use.
            may_go_on.wait(PATIENCE_SECONDS)

    connection.set_trace_callback(trace)
    try:
        yield is_hanging
    finally:
        may_go_on.set()
