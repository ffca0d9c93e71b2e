"""A gateway in OpenTelemetry: a span for each answer, and its metrics. Needs the extra `otel`."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from threading import Lock
from typing import Final

from opentelemetry import metrics, trace
from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation
from opentelemetry.trace import Status, StatusCode, TracerProvider

from lumyn.metrics import COMMIT_BOUNDS, Metrics
from lumyn.telemetry import Decided, Source
from lumyn.version import __version__

__all__ = ["OpenTelemetry", "default"]

_NAME: Final = "lumyn"

Read = Callable[[Metrics], Iterable[Observation]]


class OpenTelemetry:
    """Listens to any number of gateways.

    tracer_provider, meter_provider: where spans and metrics go; None is what the host has set for the whole process
    """

    def __init__(
        self, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        self._sources: list[Source] = []
        self._lock = Lock()
        self._tracer = trace.get_tracer(_NAME, __version__, tracer_provider)
        meter = metrics.get_meter(_NAME, __version__, meter_provider)
        self._commits = meter.create_histogram(
            "lumyn.commit.duration",
            unit="s",
            description="From a decision to the answer of the store.",
            explicit_bucket_boundaries_advisory=COMMIT_BOUNDS,
        )
        for name, unit, description, read in _COUNTERS:
            meter.create_observable_counter(name, [self._observing(read)], unit=unit, description=description)
        for name, unit, description, read in _GAUGES:
            meter.create_observable_gauge(name, [self._observing(read)], unit=unit, description=description)

    def opened(self, source: Source) -> None:
        """See Listener."""
        with self._lock:
            self._sources.append(source)

    def closed(self, source: Source) -> None:
        """See Listener."""
        with self._lock:
            self._sources.remove(source)

    def decided(self, answer: Decided) -> None:
        """See Listener. The span belongs to the one that the caller was in, and has the times of the decision."""
        span = self._tracer.start_span(
            "lumyn.decide",
            start_time=answer.started_ns,
            attributes={
                "lumyn.store_id": answer.store_id,
                "lumyn.decision_id": answer.decision_id,
                "lumyn.verdict": answer.verdict,
                "lumyn.reason_codes": answer.reason_codes,
                "lumyn.policy_hash": answer.policy_hash,
                "lumyn.mode": answer.mode,
                "lumyn.is_persisted": answer.is_persisted,
                "lumyn.is_replay": answer.is_replay,
            },
        )
        if not answer.is_persisted:
            span.set_status(Status(StatusCode.ERROR, answer.reason_codes[0]))
        span.end(answer.ended_ns)
        self._commits.record(answer.commit_seconds, {"lumyn.store_id": answer.store_id})

    def _observing(self, read: Read) -> Callable[[CallbackOptions], list[Observation]]:
        def observe(_: CallbackOptions) -> list[Observation]:
            with self._lock:
                sources = list(self._sources)
            return [observation for source in sources for observation in read(source.metrics())]

        return observe


@cache
def default() -> OpenTelemetry:
    """The one for whatever providers the host sets: instruments are made once a process."""
    return OpenTelemetry()


def _each(name: str, counts: Mapping[str, int], store_id: str) -> Iterable[Observation]:
    return [Observation(count, {"lumyn.store_id": store_id, name: key}) for key, count in counts.items()]


def _one(read: Callable[[Metrics], float | None]) -> Read:
    """One value of a gateway; none while it can't be known."""

    def observed(now: Metrics) -> Iterable[Observation]:
        value = read(now)
        return [] if value is None else [Observation(value, {"lumyn.store_id": now.store_id})]

    return observed


def _policy(now: Metrics) -> Iterable[Observation]:
    names = {"lumyn.policy_id": now.policy_id, "lumyn.policy_version": now.policy_version}
    return [Observation(1, {"lumyn.store_id": now.store_id, "lumyn.policy_hash": now.policy_hash, **names})]


# name, unit, description, how it is read
_COUNTERS: Final[tuple[tuple[str, str, str, Read], ...]] = (
    (
        "lumyn.decisions",
        "{decision}",
        "Decisions by verdict.",
        lambda now: _each("lumyn.verdict", now.counts.decisions, now.store_id),
    ),
    (
        "lumyn.abstentions",
        "{decision}",
        "Decisions with ABSTAIN, by reason code.",
        lambda now: _each("lumyn.reason_code", now.counts.abstentions, now.store_id),
    ),
    (
        "lumyn.refusals",
        "{request}",
        "Requests that were not decided, by reason code.",
        lambda now: _each("lumyn.reason_code", now.counts.refusals, now.store_id),
    ),
    ("lumyn.replays", "{answer}", "Answers that were stored before.", _one(lambda now: now.counts.replays)),
    ("lumyn.telemetry.dropped", "{answer}", "Answers without a span.", _one(lambda now: now.telemetry_dropped)),
)
_GAUGES: Final[tuple[tuple[str, str, str, Read], ...]] = (
    ("lumyn.queue.depth", "{decision}", "Decisions that wait to be stored.", _one(lambda now: now.queue_depth)),
    ("lumyn.log.size", "{entry}", "Entries of the log.", _one(lambda now: now.log_size)),
    ("lumyn.search.lag", "{entry}", "Entries that search and memory have not seen.", _one(lambda now: now.search_lag)),
    (
        "lumyn.checkpoint.age",
        "s",
        "Since every entry was known to be under a checkpoint.",
        _one(lambda now: now.checkpoint_age_seconds),
    ),
    ("lumyn.disk.free", "By", "Free space where the log is.", _one(lambda now: now.disk_free_bytes)),
    ("lumyn.policy.fault", "1", "1 while the policy file can't be used.", _one(lambda now: bool(now.policy_fault))),
    ("lumyn.store.fault", "1", "1 while entries can't be stored.", _one(lambda now: bool(now.store_fault))),
    (
        "lumyn.search.fault",
        "1",
        "1 while the log can't be followed, or has not been to its end yet.",
        _one(lambda now: bool(now.search_fault) or not now.has_followed),
    ),
    (
        "lumyn.checkpoint.fault",
        "1",
        "1 while no checkpoint can be written.",
        _one(lambda now: bool(now.checkpoint_fault)),
    ),
    ("lumyn.policy", "1", "The policy that decides: always 1.", _policy),
)
