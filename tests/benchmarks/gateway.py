"""What a gateway adds: to the decision itself, and to a durable insert. Storing is timed by the clock on the wall."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import lumyn
from lumyn.decision import Decider
from lumyn.gateway import Gateway, GatewaySettings
from lumyn.identity import Moment, system_clock, system_ids
from lumyn.memory import Labelled, Remembered
from lumyn.normal_json import Limits, read_normal_json
from lumyn.record import RiskReport, record_bytes
from lumyn.request import read_request
from lumyn.schema import schema
from lumyn.store import Draft
from lumyn.store.sqlite import SqliteStore
from lumyn.strict_json import JsonValue
from lumyn_runtime import RiskSignals
from tests.benchmarks.figures import Effort, Row, microseconds, milliseconds
from tests.benchmarks.requests import mixed_requests
from tests.benchmarks.starter import starter_artifact, starter_policy
from tests.benchmarks.timing import seconds_each

__all__ = ["many_callers", "memory", "one_caller", "without_store"]

_CALLER_COUNT = 64
_SITUATION_COUNT = 4_000
# What one caller does before the other has its turn: long enough for a rhythm, short enough to share a busy moment.
_TURN = 50


def without_store(effort: Effort) -> Iterator[Row]:
    """From the bytes of a request to the bytes of its record, in time of the processor, beside its parts."""
    bodies = _bodies(1_000)
    policy = starter_policy()
    decider = Decider(policy, mode=None, profile="default", key=None, limits=Limits(), engine_version=lumyn.__version__)
    remembered = Remembered([])

    def recall(_: dict[str, JsonValue], __: str | None) -> RiskReport:
        return remembered.recall(())

    def decide(body: bytes) -> object:
        return decider.decide(decider.read(body), recall, Moment.now(system_clock, system_ids))

    documents = [read_normal_json(body, Limits()) for body in bodies]
    requests = [read_request(body, Limits()) for body in bodies]
    decisions = [decider.decide(request, recall, Moment.now(system_clock, system_ids)) for request in requests]
    parts: dict[str, tuple[Callable[[object], object], Sequence[object]]] = {
        "parse": (lambda body: read_normal_json(body, Limits()), bodies),  # type: ignore[arg-type]
        "validate": (schema("decision_request.v0").fits, documents),  # type: ignore[dict-item]
        "evaluate": (lambda document: policy.evaluate(document, RiskSignals(0.0)), documents),
        "encode and hash": (lambda decision: record_bytes(decision.parts), decisions),  # type: ignore[attr-defined]
    }
    contestants: list[Callable[[object], object]] = [decide, *(call for call, _ in parts.values())]  # type: ignore[list-item]
    inputs: list[Sequence[object]] = [bodies, *(arguments for _, arguments in parts.values())]
    whole, *of_parts = seconds_each(contestants, [[values] * effort.blocks for values in inputs])
    what = "from request bytes to record bytes, not stored"
    yield Row(what, microseconds(whole), "", whole * 1e6, "µs", 120)
    words = " + ".join(f"{name} {seconds * 1e6:.1f}" for name, seconds in zip(parts, of_parts, strict=True))
    yield Row(
        f"{what}, against {words}", microseconds(whole), microseconds(sum(of_parts)), whole / sum(of_parts), "×", None
    )


def one_caller(effort: Effort) -> Iterator[Row]:
    """A lone caller's decision, against one durable insert of the same bytes in a table of SQLite's."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with _gateway(folder) as gateway, closing(_raw(folder / "raw.db")) as raw:
            payload = gateway.decide(_bodies(1)[0]).to_json().encode()
            decided, inserted = [], []
            bodies = _bodies(effort.decision_count)
            for start in range(0, len(bodies), _TURN):
                decided += [_seconds(gateway.decide, body) for body in bodies[start : start + _TURN]]
                inserted += [_seconds(_insert, raw, payload) for _ in range(_TURN)]
    lumyn_p50, raw_p50 = median(decided), median(inserted)
    what = f"decide and store, one caller, p50 of {len(decided):,}, against a raw durable insert of the same bytes"
    yield Row(what, milliseconds(lumyn_p50), milliseconds(raw_p50), lumyn_p50 / raw_p50, "×", 2.0)


def many_callers(effort: Effort) -> Iterator[Row]:
    """64 threads that decide, against 64 that store bytes made before, through the same committer and tables."""
    bodies = _bodies(effort.decision_count)
    with TemporaryDirectory() as name:
        folder = Path(name)
        with _gateway(folder) as gateway:
            payload = gateway.decide(bodies[0]).to_json().encode()
            with SqliteStore.open(folder / "bare.db", create=True) as store:
                drafts = [_draft(index, payload) for index in range(len(bodies))]
                rates: list[tuple[float, float]] = []
                share = max(_CALLER_COUNT, len(bodies) // 10)
                for start in range(0, len(bodies), share):
                    ours = _rate(gateway.decide, bodies[start : start + share])
                    bare = _rate(lambda draft: store.submit(draft).wait(10.0), drafts[start : start + share])
                    rates.append((ours, bare))
    ours, bare = (median(column) for column in zip(*rates, strict=True))
    ratio = median(ours / bare for ours, bare in rates)
    what = f"decide and store, {_CALLER_COUNT} callers, against bytes made before through the same committer"
    yield Row(what, f"{ours:,.0f}/s", f"{bare:,.0f}/s", ratio, "×", 0.5, is_rate=True)


def memory(effort: Effort) -> Iterator[Row]:
    """A look-up of a situation that was never asked for, among as many as one scope holds."""
    chance = Random(1)

    def features() -> tuple[str, ...]:
        drawn = (f"evidence.e{number}={chance.choice('abcdef')}" for number in range(8))
        return tuple(sorted([*drawn, f"amount={chance.choice((1, 2, 5, 10, 20, 50))}", "subject=agent"]))

    situations = {features(): chance.choice(("failure", "success")) for _ in range(_SITUATION_COUNT)}
    remembered = Remembered([Labelled(known, label, 3) for known, label in situations.items()])
    blocks = [[features() for _ in range(20)] for _ in range(effort.blocks)]
    (seconds,) = seconds_each([remembered.recall], [blocks])
    yield Row(f"look up a situation among {len(situations):,}", milliseconds(seconds), "", seconds * 1e3, "ms", 1.0)


def _bodies(count: int) -> list[bytes]:
    """Requests as they arrive, no two with the same request_id."""
    made = []
    for index, request in enumerate(mixed_requests(count, seed=2)):
        made.append(json.dumps({**request, "request_id": f"bench-{index}"}).encode())
    return made


def _gateway(folder: Path) -> Gateway:
    path = folder / "policy.lpack"
    path.write_bytes(starter_artifact())
    # Nobody listens, as in the base install; the development environment has OpenTelemetry.
    settings = GatewaySettings(listeners=())
    return Gateway.open(path, f"sqlite:{folder / 'lumyn.db'}", settings, create=True)


def _raw(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE records (seq INTEGER PRIMARY KEY, payload BLOB NOT NULL)")
    return connection


def _insert(connection: sqlite3.Connection, payload: bytes) -> None:
    connection.execute("INSERT INTO records (payload) VALUES (?)", (payload,))


def _draft(index: int, payload: bytes) -> Draft:
    decision_id = f"dec_{index:026}"
    return Draft(
        kind="record",
        entry_id=decision_id,
        decision_id=decision_id,
        created_at="2026-01-01T00:00:00.000Z",
        tenant="acme",
        request_id=f"bench-{index}",
        request_mac=sha256(str(index).encode()).hexdigest(),
        payload=payload,
    )


def _rate(call: Callable[..., object], values: Sequence[object]) -> float:
    """Calls in a second, by many threads that share the values."""

    def work(share: Sequence[object]) -> None:
        for value in share:
            call(value)

    with ThreadPoolExecutor(_CALLER_COUNT) as callers:
        start = perf_counter()
        for worker in [callers.submit(work, values[first::_CALLER_COUNT]) for first in range(_CALLER_COUNT)]:
            worker.result()
        seconds = perf_counter() - start
    return len(values) / seconds


def _seconds(call: Callable[..., object], *arguments: object) -> float:
    start = perf_counter()
    call(*arguments)
    return perf_counter() - start
