"""Many threads, many processes, one log."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import sleep

import pytest

from lumyn.store.errors import RequestIdReusedError
from lumyn.store.sqlite import SqliteStore
from tests.store.stores import PATIENCE_SECONDS, record, wrong

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store is to be."""
    return tmp_path / "lumyn.db"


def test_64_threads_lose_nothing_and_share_their_commits(path: Path) -> None:
    """Every entry is there once, with the seq and the bytes that its caller was told."""
    with SqliteStore.open(path, create=True) as store:
        commits = Counter[str]()
        store.submit(record("first")).wait(PATIENCE_SECONDS)
        connection = store._committer._writer._connection
        assert connection is not None
        connection.set_trace_callback(lambda statement: commits.update([statement]))

        def write(thread: int) -> dict[int, bytes]:
            told = {}
            for index in range(10):
                draft = record(f"{thread}-{index}", tenant=f"t{thread}", request_id=f"r{index}")
                committed = store.submit(draft).wait(PATIENCE_SECONDS)
                assert (committed.payload, committed.is_replay) == (draft.payload, False)
                told[committed.seq] = committed.payload
            return told

        with ThreadPoolExecutor(64) as pool:
            told = {seq: payload for part in pool.map(write, range(64)) for seq, payload in part.items()}
        assert sorted(told) == list(range(2, 642))
        assert {entry.seq: entry.payload for entry in store.scan(2)} == told
        assert commits["COMMIT"] < 640
    assert wrong(path) == []


def test_1000_callers_of_one_request_id_make_one_record_and_all_get_it(path: Path) -> None:
    """Those who say something else under it are refused."""
    with SqliteStore.open(path, create=True) as store:

        def write(caller: int) -> bytes | None:
            mac = "other" if caller % 10 == 9 else "mac"
            try:
                pending = store.submit(record(str(caller), request_id="r", mac=mac))
                return pending.wait(PATIENCE_SECONDS).payload
            except RequestIdReusedError:
                return None

        store.submit(record("first", request_id="r", mac="mac")).wait(PATIENCE_SECONDS)
        with ThreadPoolExecutor(64) as pool:
            answers = Counter(pool.map(write, range(1000)))
        assert answers == {record("first").payload: 900, None: 100}
        assert store.size() == 2


def test_callers_who_race_for_a_new_request_id_agree(path: Path) -> None:
    """Nobody came first before they began."""
    with SqliteStore.open(path, create=True) as store:
        for round_index in range(20):
            barrier = Barrier(16)

            def write(caller: int, name: str = str(round_index), barrier: Barrier = barrier) -> tuple[bytes, bool]:
                barrier.wait()
                committed = store.submit(record(f"{name}-{caller}", request_id=name)).wait(PATIENCE_SECONDS)
                return committed.payload, committed.is_replay

            with ThreadPoolExecutor(16) as pool:
                answers = list(pool.map(write, range(16)))
            assert len({payload for payload, _ in answers}) == 1
            assert sum(not is_replay for _, is_replay in answers) == 1
        assert store.size() == 21


def test_two_stores_on_one_file_in_one_process_share_the_log(path: Path) -> None:
    """Each sees what the other wrote."""
    with SqliteStore.open(path, create=True) as one, SqliteStore.open(path) as other:
        for index in range(20):
            store = (one, other)[index % 2]
            assert store.submit(record(str(index), request_id=str(index // 2))).wait(PATIENCE_SECONDS).is_replay == (
                index % 2 == 1
            )
        assert one.size() == other.size() == 11


@pytest.mark.parametrize("process_count", [2, 4])
def test_processes_that_race_for_the_same_requests_make_one_log(path: Path, process_count: int) -> None:
    """Also where they race to create it."""
    processes = [start(path, f"p{index}", 8, 10) for index in range(process_count)]
    told = [line for process in processes for line in finish(process)]
    assert len(told) == process_count * 80
    with SqliteStore.open(path) as store:
        entries = {entry.seq: entry for entry in store.scan()}
        assert len(entries) == 82
        assert len({entry.request_id for entry in entries.values() if entry.kind == "record"}) == 80
        for entry_id, seq, is_replay in told:
            assert (entries[seq].entry_id == entry_id) != is_replay
    assert sum(not is_replay for *_, is_replay in told) == 80
    assert wrong(path) == []


def test_a_kill_while_a_store_is_made_leaves_none_or_a_whole_one(tmp_path: Path) -> None:
    """Either way the next one makes or opens it."""
    chance = random.Random()
    for round_index in range(5):
        path = tmp_path / f"{round_index}.db"
        process = start(path, "a", 1, 1)
        for _ in range(2_000):
            if path.with_name(f"{path.name}.lock").exists():
                break
            sleep(0.005)
        sleep(chance.uniform(0.0, 0.02))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if path.exists():
            assert wrong(path) == []
        with SqliteStore.open(path, create=True) as store:
            store.submit(record("a")).wait(PATIENCE_SECONDS)
        assert wrong(path) == []


def test_a_process_that_was_forked_off_can_not_use_its_parents_store(path: Path) -> None:
    """And closing it there closes nothing here."""
    code = f"""
import os, sys
from lumyn.store.errors import StoreClosedError
from lumyn.store.sqlite import SqliteStore
from tests.store.stores import record
store = SqliteStore.open({str(path)!r}, create=True)
store.submit(record("a")).wait(60)
if (child := os.fork()) == 0:
    try:
        store.submit(record("b"))
    except StoreClosedError:
        store.close()
        os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert store.submit(record("c")).wait(60).seq == 2
store.close()
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=PATIENCE_SECONDS)
    assert wrong(path) == []


def start(path: Path, name: str, thread_count: int, entry_count: int) -> subprocess.Popen[bytes]:
    """A process that will write when it is told to; it says when it has opened the store."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.writer", str(path), name, str(thread_count), str(entry_count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def finish(process: subprocess.Popen[bytes]) -> list[tuple[str, int, bool]]:
    """What it was told, when it has ended well."""
    output, _ = process.communicate(b"go\n", timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    return told_by(output.removeprefix(b"ready\n"))


def told_by(output: bytes) -> list[tuple[str, int, bool]]:
    """Id, seq and whether it was a replay, of every acknowledged entry."""
    lines = [line.split() for line in output.decode().splitlines()]
    return [(entry_id, int(seq), is_replay == "1") for entry_id, seq, is_replay in lines]
