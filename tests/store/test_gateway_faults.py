"""Whatever breaks under a gateway: it abstains in time, acknowledges nothing that is not stored, and heals by itself."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from lumyn.gateway import Gateway, GatewaySettings
from lumyn.store.connections import connect_writer
from lumyn.store.sqlite import SqliteStore
from tests.store.refunds import refund, write_policy
from tests.store.stores import PATIENCE_SECONDS, eventually, run_sql, wrong

_DEADLINE_SECONDS = 0.3
# What a busy machine may take on top; a gateway that waited for the fault to go would never come back.
_MARGIN_SECONDS = 5.0


@contextmanager
def _read_only(gateway: Gateway, path: Path) -> Iterator[None]:
    """As on a file system that was mounted read-only after an error."""

    def connect_reader(database: Path) -> sqlite3.Connection:
        connection = connect_writer(database)
        connection.execute("PRAGMA query_only = ON")
        return connection

    with pytest.MonkeyPatch.context() as changed:
        changed.setattr("lumyn.store.writer.connect_writer", connect_reader)
        _connection(gateway).execute("PRAGMA query_only = ON")
        yield


@contextmanager
def _full_disk(gateway: Gateway, path: Path) -> Iterator[None]:
    """On a small file system of its own."""
    filler = path.with_name("filler")
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1024))
    yield
    filler.unlink()


@contextmanager
def _no_growth(gateway: Gateway, path: Path) -> Iterator[None]:
    """No file may grow, as under a quota."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _locked(gateway: Gateway, path: Path) -> Iterator[None]:
    """Another program is within a transaction."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def _deleted(gateway: Gateway, path: Path) -> Iterator[None]:
    """The file is gone, and comes back."""
    away = path.with_name("away")
    path.rename(away)
    yield
    assert not path.exists(), "another store was made"
    away.rename(path)


@contextmanager
def _swapped(gateway: Gateway, path: Path) -> Iterator[None]:
    """A copy is where the file was."""
    away = path.with_name("away")
    path.rename(away)
    shutil.copy(away, path)
    content = path.read_bytes()
    yield
    assert path.read_bytes() == content
    away.replace(path)


@contextmanager
def _corrupted(gateway: Gateway, path: Path) -> Iterator[None]:
    """Every page but the first is garbage; what connections had read of it, they have to read again."""
    run_sql(path, "PRAGMA user_version = 1", "PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (len(content) - 4096))
    yield
    with path.open("r+b") as file:
        file.write(content)


@contextmanager
def _hanging(gateway: Gateway, path: Path) -> Iterator[None]:
    """A commit does not return."""
    may_go_on = Event()

    def trace(statement: str) -> None:
        if statement == "COMMIT":
            may_go_on.wait(PATIENCE_SECONDS)

    _connection(gateway).set_trace_callback(trace)
    yield
    may_go_on.set()


Fault = Callable[[Gateway, Path], AbstractContextManager[None]]

FAULTS: dict[str, Fault] = {
    "a file that can only be read": _read_only,
    "a full disk": _full_disk,
    "a file that can not grow": _no_growth,
    "a locked database": _locked,
    "a deleted file": _deleted,
    "a swapped file": _swapped,
    "corrupted pages": _corrupted,
    "a commit that hangs": _hanging,
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_ends_in_abstain_and_heals(tmp_path: Path, name: str) -> None:
    """For callers who come one by one and at once; a retry under the same request_id gets the one record."""
    with _folder(tmp_path, is_small=name == "a full disk") as folder:
        path = folder / "lumyn.db"
        settings = GatewaySettings(deadline_seconds=_DEADLINE_SECONDS)
        with Gateway.open(write_policy(tmp_path), f"sqlite:{path}", settings, create=True) as gateway:
            first = gateway.decide(refund(0))
            assert first.is_persisted
            attempted = []
            with FAULTS[name](gateway, path), ThreadPoolExecutor(8) as pool:
                for numbers in (range(1, 2), range(2, 10)):
                    began = monotonic()
                    for record in pool.map(lambda number: gateway.decide(_numbered(number)), numbers):
                        assert (str(record.verdict), record.reason_codes) == ("ABSTAIN", ("STORAGE_UNAVAILABLE",))
                        assert not record.is_persisted
                        assert not record.proceeds
                        attempted.append(record.to_dict()["extensions"]["lumyn"])
                    assert monotonic() - began < _DEADLINE_SECONDS + _MARGIN_SECONDS
            eventually(lambda: gateway.decide(refund(10)).is_persisted)
            assert gateway.get(first.decision_id) == first
            for said in attempted:
                late = gateway.get(said["attempted_decision_id"])
                if late is not None:
                    assert said["outcome"] == "unknown"
                    eventually(lambda late=late: "unacknowledged" in _said_of(gateway, late.decision_id))  # type: ignore[misc]
            for number in range(1, 10):
                again = gateway.decide(_numbered(number))
                assert again.is_persisted
                assert gateway.decide(_numbered(number)) == again == gateway.get(again.decision_id)
        assert wrong(path) == []


def _numbered(number: int) -> dict[str, object]:
    return refund(number, request_id=f"r-{number}")


def _said_of(gateway: Gateway, decision_id: str) -> list[object]:
    return [event["type"] for event in gateway.events(decision_id)]


def _connection(gateway: Gateway) -> sqlite3.Connection:
    """The one that writes."""
    store = gateway._store
    assert isinstance(store, SqliteStore)
    connection = store._committer._writer._connection
    assert connection is not None
    return connection


@contextmanager
def _folder(tmp_path: Path, *, is_small: bool) -> Iterator[Path]:
    """A folder, on a file system of two megabytes where that is asked for; skips where none can be mounted."""
    folder = tmp_path / "store"
    folder.mkdir()
    if not is_small:
        yield folder
        return
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
