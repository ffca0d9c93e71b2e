"""Many callers of many gateways: no record is lost, doubled or torn."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Barrier

from lumyn.decision_record import DecisionRecord
from lumyn.gateway import Gateway, GatewaySettings
from lumyn.store.sqlite import SqliteStore
from tests.store.refunds import refund, write_policy
from tests.store.stores import PATIENCE_SECONDS, wrong

ROOT = Path(__file__).parents[2]
SETTINGS = GatewaySettings(deadline_seconds=PATIENCE_SECONDS)


def stored(path: Path) -> dict[str, bytes | None]:
    """Records by their ids, of a log that verifies and has no gap."""
    assert wrong(path) == []
    with SqliteStore.open(path) as store:
        entries = list(store.scan())
    assert [entry.seq for entry in entries] == list(range(len(entries)))
    return {entry.entry_id: entry.payload for entry in entries if entry.kind == "record"}


def test_64_threads_get_what_is_stored(tmp_path: Path) -> None:
    """Each of its own decisions, once."""
    path = tmp_path / "lumyn.db"
    with Gateway.open(write_policy(tmp_path), f"sqlite:{path}", SETTINGS, create=True) as gateway:

        def decide(thread: int) -> list[DecisionRecord]:
            return [gateway.decide(refund(64 * index + thread)) for index in range(10)]

        with ThreadPoolExecutor(64) as pool:
            told = [record for records in pool.map(decide, range(64)) for record in records]
    assert all(record.is_persisted for record in told)
    assert len(told) == 640
    assert stored(path) == {record.decision_id: record.content for record in told}


def test_4_processes_of_16_threads_make_one_record_a_request(tmp_path: Path) -> None:
    """Though each request is made by all four, and the store too."""
    path = tmp_path / "lumyn.db"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.store.deciding_processes",
            str(write_policy(tmp_path)),
            str(path),
            "4",
            "16",
            "8",
        ],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    told = [line.split() for line in done.stdout.splitlines()]
    assert len(told) == 4 * 16 * 8
    assert len({(request_id, decision_id) for request_id, decision_id, _ in told}) == 16 * 8
    hashes = {decision_id: sha256(content or b"").hexdigest() for decision_id, content in stored(path).items()}
    assert hashes == {decision_id: digest for _, decision_id, digest in told}


def test_1000_callers_who_race_for_one_request_id_all_get_the_one_record(tmp_path: Path) -> None:
    """Nobody came first before they began."""
    path = tmp_path / "lumyn.db"
    with Gateway.open(write_policy(tmp_path), f"sqlite:{path}", SETTINGS, create=True) as gateway:
        barrier = Barrier(1_000)

        def decide(_: int) -> bytes:
            barrier.wait(PATIENCE_SECONDS)
            return gateway.decide(refund(7, request_id="r")).content

        with ThreadPoolExecutor(1_000) as pool:
            told = set(pool.map(decide, range(1_000)))
    assert told == set(stored(path).values())
    assert len(told) == 1
