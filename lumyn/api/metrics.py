"""`GET /metrics`: what an operator watches, in Prometheus' text format, of the worker that answers."""

import os
from collections.abc import Iterator, Mapping
from typing import Final

from starlette.responses import Response

from lumyn.api.endpoint import Call, Guard, route
from lumyn.api.parameters import read_parameters
from lumyn.api.prometheus import MEDIA_TYPE, Family, text_of
from lumyn.api.reading import off_loop
from lumyn.api.service import Service
from lumyn.metrics import Metrics
from lumyn.refusal import REFUSING_REASONS
from lumyn.version import __version__
from lumyn_runtime.vocabulary import VERDICTS

__all__ = ["METRICS", "families"]

_FAULTS: Final = ("policy", "store", "search", "checkpoint", "telemetry")


async def _metrics(call: Call) -> Response:
    read_parameters(call.request)
    service = call.service
    now = await off_loop(service.gateway.metrics)
    # Each worker counts for itself; the label keeps their counts apart where several answer at one address.
    return Response(text_of(families(service, now), {"worker": str(os.getpid())}), media_type=MEDIA_TYPE)


def families(service: Service, now: Metrics) -> Iterator[Family]:
    """All there is to watch."""
    yield from _of_gateway(now)
    yield from _of_log(now)
    yield from _of_calls(service)


def _of_gateway(now: Metrics) -> Iterator[Family]:
    counts = now.counts
    named = {
        "version": __version__,
        "store_id": now.store_id,
        "policy_id": now.policy_id,
        "policy_version": now.policy_version,
        "policy_hash": now.policy_hash,
    }
    yield Family("lumyn_info", "gauge", "1; its labels say what decides, and where it is recorded.", [(named, 1)])
    # What is alerted on is there at 0: of a counter that begins at 1, no rate sees the first.
    yield _counter(
        "lumyn_decisions_total",
        "Decisions, each once, those that could not be stored too.",
        "verdict",
        dict.fromkeys(VERDICTS, 0) | {**counts.decisions},
    )
    abstentions = dict.fromkeys(REFUSING_REASONS, 0) | {**counts.abstentions}
    yield _counter("lumyn_abstentions_total", "Decisions with ABSTAIN, by each reason.", "reason_code", abstentions)
    yield _counter("lumyn_refusals_total", "Requests that were not decided.", "reason_code", counts.refusals)
    yield _single("lumyn_replays_total", "counter", "Answers with a record that was stored before.", counts.replays)
    commits = "From a decision to the answer of the store."
    yield Family("lumyn_commit_seconds", "histogram", commits, [({}, counts.commits)])
    yield _single("lumyn_queue_depth", "gauge", "Decisions that wait to be stored.", now.queue_depth)
    yield _single("lumyn_queue_max", "gauge", "Decisions that may wait to be stored.", now.queue_max)
    faulty = {part: bool(getattr(now, f"{part}_fault")) for part in _FAULTS}
    faulty["search"] |= not now.has_followed
    faults = [({"part": part}, int(is_faulty)) for part, is_faulty in faulty.items()]
    yield Family("lumyn_fault", "gauge", "1 while this part can't do its work.", faults)
    dropped = "Answers that no listener of telemetry heard of."
    yield _single("lumyn_telemetry_dropped_total", "counter", dropped, now.telemetry_dropped)


def _of_log(now: Metrics) -> Iterator[Family]:
    yield _single("lumyn_log_size", "gauge", "Entries of the log.", now.log_size)
    yield _single("lumyn_search_lag", "gauge", "Entries that search and memory have not seen yet.", now.search_lag)
    yield _single("lumyn_checkpoint_size", "gauge", "Entries under the newest checkpoint.", now.checkpoint_size)
    age = "Since every entry was known to be under a checkpoint."
    yield _single("lumyn_checkpoint_age_seconds", "gauge", age, now.checkpoint_age_seconds)
    yield _single("lumyn_disk_free_bytes", "gauge", "Where the log is.", now.disk_free_bytes)


def _of_calls(service: Service) -> Iterator[Family]:
    traffic = service.traffic
    counted = [
        ({"method": method, "route": template, "status": status}, count)
        for (method, template, status), count in sorted(traffic.counts.items())
    ]
    yield Family("lumyn_http_requests_total", "counter", "Calls, by route and class of the status.", counted)
    lasted = [
        ({"method": method, "route": template}, histogram)
        for (method, template), histogram in sorted(traffic.durations().items())
    ]
    yield Family("lumyn_http_request_seconds", "histogram", "From a call's head to the end of its answer.", lasted)
    yield _single("lumyn_http_decisions_in_flight", "gauge", "Decisions under way.", service.flights.count)
    yield _single("lumyn_http_decisions_in_flight_max", "gauge", "Decisions that may be.", service.flights.limit)


def _counter(name: str, said: str, label: str, counts: Mapping[str, int]) -> Family:
    return Family(name, "counter", said, [({label: key}, count) for key, count in sorted(counts.items())])


def _single(name: str, kind: str, said: str, value: float | None) -> Family:
    """One sample, and none of what can't be known right now."""
    return Family(name, kind, said, [] if value is None else [({}, value)])


METRICS: Final = route("/metrics", _metrics, method="GET", guard=Guard.READ)
