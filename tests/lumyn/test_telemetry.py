"""What an operator sees of a gateway, and that nothing of it can change, delay or break an answer."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from lumyn.errors import RequestError
from lumyn.gateway import Gateway, GatewaySettings
from lumyn.logs import write_logs
from lumyn.metrics import COMMIT_BOUNDS, Meter
from lumyn.otel import OpenTelemetry
from lumyn.telemetry import Decided, Listener, Source, Telemetry
from tests.lumyn.test_gateway import opened, request
from tests.store.stores import eventually

CANARY = "canary-4711"


def _secretive(number: int) -> dict[str, Any]:
    """A request with something in every place that nobody may hear of."""
    document = request(number, card=CANARY, approved=True)
    document["action"]["intent"] = f"Refund {CANARY}"
    document["request_id"] = f"r-{number}-{CANARY}"
    return document


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Log lines, at every level."""
    stream = io.StringIO()
    write_logs("debug", stream)
    yield stream
    write_logs("off")


def _said(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


class Traced:
    """OpenTelemetry with everything kept in memory."""

    def __init__(self, exporter: SpanExporter | None = None) -> None:
        self.spans = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(exporter or self.spans))
        self.reader = InMemoryMetricReader()
        self.listener = OpenTelemetry(self.tracers, MeterProvider([self.reader]))

    def settings(self) -> GatewaySettings:
        """Of a gateway that tells all of it here."""
        return GatewaySettings(listeners=(self.listener,))

    def points(self) -> dict[str, list[tuple[dict[str, Any], Any]]]:
        """Metrics by name: attributes, but for the store's, and the point."""
        data = self.reader.get_metrics_data()
        found: dict[str, list[tuple[dict[str, Any], Any]]] = {}
        for metric in [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics] if data else []:
            for point in metric.data.data_points:
                attributes = dict(point.attributes or {})
                assert attributes.pop("lumyn.store_id")
                found.setdefault(metric.name, []).append((attributes, point))
        return found


def test_each_answer_is_a_span_with_ids_verdict_and_reasons(folder: Path) -> None:
    """Below the span that its caller was in, with the times of the decision; from event loops too."""
    traced = Traced()

    async def decide_on_a_loop(gateway: Gateway) -> str:
        with traced.tracers.get_tracer("host").start_as_current_span("task"):
            return (await gateway.adecide(request(2))).decision_id

    with opened(folder, traced.settings()) as gateway:
        begun = time.time_ns()
        with traced.tracers.get_tracer("host").start_as_current_span("refund") as outer:
            first = gateway.decide(request(1, value=500))
        ended = time.time_ns()
        second = asyncio.run(decide_on_a_loop(gateway))
        policy_hash = gateway.policy_hash
    spans = {str((span.attributes or {}).get("lumyn.decision_id")): span for span in traced.spans.get_finished_spans()}
    span = spans[first.decision_id]
    assert span.name == "lumyn.decide"
    assert span.parent is not None
    assert span.parent.span_id == outer.get_span_context().span_id
    assert begun - 1_000_000 <= (span.start_time or 0) < (span.end_time or 0) <= ended + 1_000_000
    attributes = dict(span.attributes or {})
    assert attributes.pop("lumyn.store_id")
    assert attributes == {
        "lumyn.decision_id": first.decision_id,
        "lumyn.verdict": "ESCALATE",
        "lumyn.reason_codes": ("NO_MATCH_DEFAULT_ESCALATE",),
        "lumyn.policy_hash": policy_hash,
        "lumyn.mode": "enforce",
        "lumyn.is_persisted": True,
        "lumyn.is_replay": False,
    }
    task = next(span for span in traced.spans.get_finished_spans() if span.name == "task")
    parent = spans[second].parent
    assert parent is not None
    assert task.context is not None
    assert parent.span_id == task.context.span_id


def test_metrics_say_what_an_operator_asks_first(folder: Path) -> None:
    """The same as a snapshot and in OpenTelemetry."""
    traced = Traced()
    with opened(folder, traced.settings()) as gateway:
        for number, value in enumerate((5, 5, 500)):
            gateway.decide(request(number, value=value))
        gateway.decide(request(0))
        with pytest.raises(RequestError):
            gateway.decide(request(0, value=6))
        with pytest.raises(RequestError):
            gateway.decide(b"nonsense")
        eventually(lambda: gateway.metrics().search_lag == 0)
        eventually(lambda: traced.points()["lumyn.commit.duration"][0][1].count == 4)
        points = traced.points()
        now = gateway.metrics()
    assert now.counts.decisions == {"TRUST": 2, "ESCALATE": 1}
    assert now.counts.replays == 1
    assert now.counts.refusals == {"REQUEST_ID_REUSED": 1, "INVALID_REQUEST_SCHEMA": 1}
    assert (now.counts.commits.count, now.counts.commits.bounds) == (3, COMMIT_BOUNDS)
    assert 0 < now.counts.commits.sum_seconds < 6
    assert (now.queue_depth, now.queue_max, now.log_size, now.search_lag) == (0, 4_096, 5, 0)
    assert (now.store_fault, now.search_fault, now.checkpoint_fault, now.telemetry_fault) == ("", "", "", "")
    assert (now.disk_free_bytes or 0) > 0
    assert 0 <= now.checkpoint_age_seconds < 60

    values = {
        name: [(attributes, point.value) for attributes, point in found]
        for name, found in points.items()
        if name != "lumyn.commit.duration"
    }
    assert sorted(map(str, values.pop("lumyn.decisions"))) == sorted(
        map(str, [({"lumyn.verdict": "TRUST"}, 2), ({"lumyn.verdict": "ESCALATE"}, 1)])
    )
    assert len(values.pop("lumyn.refusals")) == 2
    assert values.pop("lumyn.policy") == [
        ({"lumyn.policy_hash": now.policy_hash, "lumyn.policy_id": "refunds", "lumyn.policy_version": "1"}, 1)
    ]
    assert values.pop("lumyn.disk.free")[0][1] > 0
    assert values.pop("lumyn.checkpoint.age")[0][1] >= 0
    assert "lumyn.abstentions" not in values
    assert {name: found[0][1] for name, found in values.items()} == {
        "lumyn.replays": 1,
        "lumyn.telemetry.dropped": 0,
        "lumyn.queue.depth": 0,
        "lumyn.log.size": 5,
        "lumyn.search.lag": 0,
        "lumyn.policy.fault": 0,
        "lumyn.store.fault": 0,
        "lumyn.search.fault": 0,
        "lumyn.checkpoint.fault": 0,
    }
    assert "lumyn.queue.depth" not in traced.points(), "a closed gateway is not there any more"


def test_what_was_not_stored_is_counted_and_seen(folder: Path, lines: io.StringIO) -> None:
    """ABSTAIN by reason, the store's fault, a span with an error, a warning."""
    traced = Traced()
    settings = GatewaySettings(deadline_seconds=0.2, listeners=(traced.listener,))
    with opened(folder, settings) as gateway:
        gateway.decide(request(1))
        (folder / "lumyn.db").rename(folder / "away")
        record = gateway.decide(request(2))
        now = gateway.metrics()
        points = traced.points()
        (folder / "away").rename(folder / "lumyn.db")
    assert record.reason_codes == ("STORAGE_UNAVAILABLE",)
    assert now.counts.abstentions == {"STORAGE_UNAVAILABLE": 1}
    assert "deleted" in now.store_fault
    assert now.log_size is None
    assert now.search_lag is None
    assert [point.value for _, point in points["lumyn.store.fault"]] == [1]
    assert "lumyn.log.size" not in points
    failed = traced.spans.get_finished_spans()[-1]
    assert (failed.status.is_ok, failed.status.description) == (False, "STORAGE_UNAVAILABLE")
    warned = [line for line in _said(lines) if line["level"] == "warning" and line["event"] == "decision"]
    assert [line["decision_id"] for line in warned] == [record.decision_id]


def test_nothing_of_a_request_is_heard(folder: Path, lines: io.StringIO) -> None:
    """Neither in lines nor in spans nor in metrics; whatever is said is one line of ASCII."""
    traced = Traced()
    with opened(folder, traced.settings()) as gateway:
        for number in range(3):
            gateway.decide(_secretive(number))
        with pytest.raises(RequestError):
            gateway.decide({**_secretive(0), CANARY: 1})
        with pytest.raises(RequestError):
            gateway.decide(request(0) | {"request_id": f"r-0-{CANARY}"})
        (folder / "policy.lumyn").write_text("no policy\x1b[2J")
        assert gateway.refresh() is not None
        metrics = repr(gateway.metrics()) + repr(traced.points())
    spans = "".join(span.to_json() for span in traced.spans.get_finished_spans())
    assert len(traced.spans.get_finished_spans()) == 3
    assert "TRUST" in spans
    assert CANARY not in spans + metrics + lines.getvalue()
    assert lines.getvalue().isascii()
    assert "\x1b" not in lines.getvalue()
    events = [line["event"] for line in _said(lines)]
    assert (events[0], events.count("decision"), events.count("policy refused")) == ("gateway opened", 3, 1)


class Odd:
    """A listener, an exporter and a log handler that are no good."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.is_stuck = Event()
        self.may_go_on = Event()
        self._seconds = seconds

    def opened(self, source: Source) -> None:
        """Raise."""
        raise KeyError(source)

    closed = opened

    def decided(self, answer: Decided) -> None:
        """Take its time, and raise."""
        self.is_stuck.set()
        self.may_go_on.wait(self._seconds)
        raise ValueError(answer)


class _OddExporter(SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        raise OSError(f"{len(spans)} are too many")


class _OddProcessor(SimpleSpanProcessor):
    def on_end(self, span: ReadableSpan) -> None:
        raise OSError(span.name)


class _OddHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise OSError(record.getMessage())


def _expected(folder: Path) -> list[tuple[str, tuple[str, ...], bool]]:
    with opened(folder, GatewaySettings(listeners=())) as gateway:
        return [_answer(gateway, number) for number in range(5)]


def _answer(gateway: Gateway, number: int) -> tuple[str, tuple[str, ...], bool]:
    record = gateway.decide(request(value=number * 10))
    return str(record.verdict), record.reason_codes, record.proceeds


@pytest.mark.parametrize("odd", ["listener", "exporter", "processor", "handler"])
def test_whoever_raises_changes_no_answer(folder: Path, odd: str) -> None:
    """What it said is kept for the operator."""
    traced = Traced(_OddExporter() if odd == "exporter" else None)
    if odd == "processor":
        traced.tracers.add_span_processor(_OddProcessor(traced.spans))
    listener: Listener = Odd() if odd == "listener" else traced.listener
    logger, handler = logging.getLogger("lumyn"), _OddHandler()
    if odd == "handler":
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    logging.getLogger("opentelemetry.sdk").setLevel(logging.CRITICAL)
    try:
        with opened(folder, GatewaySettings(listeners=(listener,))) as gateway:
            answers = [_answer(gateway, number) for number in range(5)]
            asyncio.run(gateway.adecide(request()))
            # OpenTelemetry's own processors keep what an exporter raises to themselves.
            eventually(lambda: bool(gateway.metrics().telemetry_fault) or odd == "exporter")
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
        logging.getLogger("opentelemetry.sdk").setLevel(logging.NOTSET)
    assert answers == _expected(folder)


def test_whoever_is_slow_delays_no_answer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too much for it is dropped and counted, and closing waits two seconds at most."""
    monkeypatch.setattr("lumyn.telemetry._QUEUE_MAX", 10)
    monkeypatch.setattr("lumyn.telemetry._CLOSE_SECONDS", 0.2)
    odd = Odd(seconds=30)
    gateway = opened(folder, GatewaySettings(listeners=(odd,)))
    gateway.decide(request())
    assert odd.is_stuck.wait(10)
    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        records = list(pool.map(lambda number: gateway.decide(request(number)), range(200)))
    assert time.monotonic() - begun < 10
    assert {str(record.verdict) for record in records} == {"TRUST"}
    assert gateway.metrics().telemetry_dropped >= 180
    begun = time.monotonic()
    gateway.close()
    assert time.monotonic() - begun < 5
    odd.may_go_on.set()


def test_log_lines_are_written_once_whoever_asks(lines: io.StringIO) -> None:
    """The last call counts; "off" writes none."""
    other = io.StringIO()
    write_logs("warning", other)
    telemetry = Telemetry(())
    telemetry.said(logging.INFO, "quiet")
    telemetry.said(logging.WARNING, "odd", detail="a\nb", size=3)
    telemetry.close()
    write_logs("off")
    logging.getLogger("lumyn").warning("nobody hears this")
    (said,) = _said(other)
    assert said.pop("time").endswith("Z")
    assert said == {"level": "warning", "event": "odd", "detail": "a\nb", "size": 3}
    assert lines.getvalue() == ""


def test_counts_add_up_whatever_the_number_of_threads() -> None:
    """No decision is lost between two of them."""
    meter = Meter()

    def count(number: int) -> None:
        for _ in range(500):
            meter.decided("ABSTAIN" if number % 2 else "TRUST", ("A", "B"), number / 10)
            meter.refused("X")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    counts = meter.counts()
    assert counts.decisions == {"TRUST": 2_000, "ABSTAIN": 2_000}
    assert counts.abstentions == {"A": 2_000, "B": 2_000}
    assert counts.refusals == {"X": 4_000}
    assert counts.commits.count == 4_000
    assert counts.commits.counts[COMMIT_BOUNDS.index(0.1)] == 500
