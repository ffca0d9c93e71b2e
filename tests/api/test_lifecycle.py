"""The service from its start to its end, however it ends: real processes, real signals, under load."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from lumyn.archive import Archive
from lumyn.workspace import Workspace, init
from lumyn_compiler import compile_text
from tests.api.served import Load, Service, children_of, loaded, served
from tests.api.servers import running
from tests.api.signing import SECRET
from tests.store.stores import wrong

REQUEST = (Path(__file__).parents[2] / "examples" / "starter" / "requests" / "refund-small.json").read_bytes()
_JSON = {"Content-Type": "application/json"}
_WORKERS = pytest.mark.parametrize("workers", [1, 2])
# What a busy machine may take on top of what is said.
_MARGIN_SECONDS = 10.0
_CONNECTIONS = 16
# Of the write-ahead log, once some hundred decisions were stored.
_BYTES = 1_000_000


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """With an empty log."""
    return init(tmp_path / "workspace")


@contextmanager
def _under_load(workspace: Workspace, workers: int, notes: Path) -> Iterator[tuple[Service, Load]]:
    """A service that many call, since some of them were answered."""
    signing = ("--secret", SECRET, "--connections", str(_CONNECTIONS))
    with (
        served(workspace.folder, "--workers", str(workers), LUMYN_SIGNING_SECRET=SECRET) as service,
        loaded(f"{service.url}/v0/decide", notes, *signing) as load,
    ):
        log = workspace.database.with_name("lumyn.db-wal")
        _eventually(lambda: log.exists() and log.stat().st_size > _BYTES)
        yield service, load


def _check(workspace: Workspace, load: Load) -> None:
    """Each acknowledged decision is in the log under its id and its request_id, and the log verifies."""
    figures, acknowledged = load.figures(), load.acknowledged()
    assert figures.statuses.keys() == {"200"}
    assert 0 < len(acknowledged) == figures.statuses["200"]
    assert figures.lost <= _CONNECTIONS
    with Archive.open(workspace.storage_url) as archive:
        recorded = {entry.request_id: entry.decision_id for entry in archive.store.scan() if entry.kind == "record"}
    assert acknowledged.items() <= recorded.items()
    assert wrong(workspace.database) == []


@_WORKERS
def test_sigterm_under_load_finishes_what_was_accepted(workspace: Workspace, tmp_path: Path, workers: int) -> None:
    """Nothing that was acknowledged is missing, the last checkpoint has all of the log, and the exit code is 0."""
    with _under_load(workspace, workers, tmp_path / "notes") as (service, load):
        began = time.monotonic()
        assert service.ended(signal.SIGTERM) == 0, service.said()
        assert time.monotonic() - began < workspace.config.shutdown_seconds + _MARGIN_SECONDS
        _check(workspace, load)

    assert f"\n{_size(workspace)}\n" in workspace.checkpoints.read_text()


@_WORKERS
def test_kill_under_load_loses_nothing_and_needs_no_hand(workspace: Workspace, tmp_path: Path, workers: int) -> None:
    """Parent and workers at once; the next start answers."""
    with _under_load(workspace, workers, tmp_path / "notes") as (service, load):
        for process_id in (service.process.pid, *children_of(service.process.pid)):
            os.kill(process_id, signal.SIGKILL)
        service.process.wait()
        _check(workspace, load)
    with served(workspace.folder) as again:
        assert httpx.post(f"{again.url}/v0/decide", content=REQUEST, headers=_JSON).json()["verdict"] == "TRUST"
        # Ctrl-C is no other end.
        assert again.ended(signal.SIGINT) == 0


def test_workers_are_replaced_swap_the_policy_and_do_not_outlive_their_parent(workspace: Workspace) -> None:
    """A refused policy keeps the last good one in all of them, and keeps a new one out until it is mended."""
    with served(workspace.folder, "--workers", "2", "--log-level", "info") as service:
        parent = service.process.pid
        good = _other_policy(workspace, "7.7.7")
        service.process.send_signal(signal.SIGHUP)
        service.await_said('"policy": "replaced"', 2)
        assert _versions(service, 6) == {"7.7.7"}

        workspace.policy_path.write_bytes(good[:-1])
        service.process.send_signal(signal.SIGHUP)
        service.await_said('"policy": "refused"', 2)
        assert _versions(service, 6) == {"7.7.7"}

        first, second = children_of(parent)
        os.kill(first, signal.SIGKILL)
        service.await_said('"detail": "exit code 3"')
        ended = [line for line in map(json.loads, _lines(service)) if line["event"] == "worker ended"]
        assert [(line["level"], line["detail"]) for line in ended][:2] == [
            ("error", "signal 9"),
            ("error", "exit code 3"),
        ]
        assert ended[0]["worker"] == first
        assert _versions(service, 6) == {"7.7.7"}
        workspace.policy_path.write_bytes(good)
        _eventually(lambda: second in (now := children_of(parent)) and len(now) == 2 and _opened(service) == 4)
        assert _versions(service, 6) == {"7.7.7"}

        workers = children_of(parent)
        os.kill(parent, signal.SIGKILL)
        service.process.wait()
        _eventually(lambda: not any(_is_running(worker) for worker in workers))
    assert wrong(workspace.database) == []


def test_where_nobody_asked_for_log_lines_a_lost_worker_is_said_in_words(workspace: Workspace) -> None:
    """As everything else is that the command says."""
    with served(workspace.folder, "--workers", "2") as service:
        lost = children_of(service.process.pid)[0]
        os.kill(lost, signal.SIGKILL)
        service.await_said(f"Worker {lost} ended by signal 9; another one takes its place.")


def test_sighup_swaps_the_policy_under_plain_uvicorn_as_well(workspace: Workspace) -> None:
    """A refused one, a good one; it serves on."""
    with running(workspace.folder, LUMYN_LOG_LEVEL="info") as server:
        service = Service(server.url, server.process, server.log)
        before = _versions(service, 1)
        workspace.policy_path.write_bytes(b"no artifact")
        server.process.send_signal(signal.SIGHUP)
        service.await_said('"policy": "refused"')
        assert _versions(service, 1) == before
        _other_policy(workspace, "8.8.8")
        server.process.send_signal(signal.SIGHUP)
        service.await_said('"policy": "replaced"')
        assert _versions(service, 1) == {"8.8.8"}


def test_a_store_that_hangs_is_answered_in_time_and_never_waited_for(workspace: Workspace) -> None:
    """As many as may be in flight are answered ABSTAIN at the deadline, the others at once; health is said all along.

    And the service still ends when it is told to.
    """
    deadline, in_flight = 0.5, 4
    settings = {"LUMYN_DEADLINE_SECONDS": str(deadline), "LUMYN_IN_FLIGHT_MAX": str(in_flight)}
    with served(workspace.folder, **settings) as service, ThreadPoolExecutor(24) as callers:
        with _locked(workspace), httpx.Client(base_url=service.url) as watcher:
            answers = [callers.submit(_timed_decision, service.url) for _ in range(24)]
            health = []
            while not all(answer.done() for answer in answers):
                began = time.monotonic()
                assert watcher.get("/healthz").status_code == 200
                health.append(time.monotonic() - began)
        found = [answer.result() for answer in answers]
        reasons = [answer.json()["reason_codes"] for answer, _ in found]
        assert {answer.status_code for answer, _ in found} == {503}
        assert {answer.json()["verdict"] for answer, _ in found} == {"ABSTAIN"}
        assert {answer.headers["Retry-After"] for answer, _ in found} == {"1"}
        assert reasons.count(["STORAGE_UNAVAILABLE"]) >= in_flight
        assert reasons.count(["GATEWAY_OVERLOADED"]) > 0
        assert reasons.count(["STORAGE_UNAVAILABLE"]) + reasons.count(["GATEWAY_OVERLOADED"]) == len(found)
        assert max(seconds for _, seconds in found) < deadline + 3.0
        assert len(health) > 2
        assert max(health) < deadline
        _eventually(lambda: _timed_decision(service.url)[0].status_code == 200)

        with _locked(workspace):
            last = callers.submit(_timed_decision, service.url)
            time.sleep(deadline / 2)
            assert service.ended(signal.SIGTERM) == 0
            assert last.result()[0].status_code == 503
    assert wrong(workspace.database) == []


def _timed_decision(url: str) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    answer = httpx.post(f"{url}/v0/decide", content=REQUEST, headers=_JSON, timeout=30)
    return answer, time.monotonic() - began


@contextmanager
def _locked(workspace: Workspace) -> Iterator[None]:
    """Another program is within a transaction that writes."""
    with closing(sqlite3.connect(workspace.database, isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout = 10000")
        other.execute("BEGIN IMMEDIATE")
        yield


def _other_policy(workspace: Workspace, version: str) -> bytes:
    """Put another version of the policy in its place, and return it."""
    (source,) = workspace.sources
    text = source.read_text("utf-8").replace('version "0.1.0"', f'version "{version}"')
    artifact = compile_text(text, source.name).artifact
    workspace.policy_path.write_bytes(artifact)
    return artifact


def _versions(service: Service, count: int) -> set[str]:
    """Which versions of the policy decide, over so many connections."""
    answers = [httpx.post(f"{service.url}/v0/decide", content=REQUEST, headers=_JSON).json() for _ in range(count)]
    return {answer["policy"]["policy_version"] for answer in answers}


def _opened(service: Service) -> int:
    """Gateways that were opened."""
    return service.said().count('"event": "gateway opened"')


def _lines(service: Service) -> list[str]:
    """Its log lines, as far as they are whole."""
    return [line for line in service.said().split("\n")[:-1] if line.startswith("{")]


def _size(workspace: Workspace) -> int:
    with Archive.open(workspace.storage_url) as archive:
        return archive.store.size()


def _is_running(process_id: int) -> bool:
    """A process that nobody has waited for has ended all the same."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _eventually(holds: object) -> None:
    assert callable(holds)
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.05)
