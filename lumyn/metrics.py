"""What an operator watches of a gateway: counts that are kept as decisions are made, and a snapshot of all there is."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Final

import attrs

__all__ = ["COMMIT_BOUNDS", "Counts", "Histogram", "Meter", "Metrics"]

# Seconds; from a quick flush to what a deadline allows.
COMMIT_BOUNDS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


@attrs.frozen
class Histogram:
    """How long something took, as Prometheus and OpenTelemetry count it.

    bounds: upper bounds of the buckets, included, in seconds; the last bucket has none
    counts: of each bucket, one more than bounds
    sum_seconds: of all that was counted
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    sum_seconds: float

    @property
    def count(self) -> int:
        """How many were counted."""
        return sum(self.counts)


@attrs.frozen
class Counts:
    """What was counted since the gateway was opened.

    decisions:   by verdict, each decision once, those that could not be stored too
    abstentions: decisions with ABSTAIN by reason code, each code of a decision
    replays:     answers with a record that was stored before
    refusals:    requests that were not decided, by reason code
    commits:     seconds from a decision to the answer of the store
    """

    decisions: Mapping[str, int]
    abstentions: Mapping[str, int]
    replays: int
    refusals: Mapping[str, int]
    commits: Histogram


@attrs.frozen
class Metrics:
    """A gateway at one moment. What can't be known right now is None.

    queue_depth:            decisions that wait to be stored; queue_max is where the gateway takes no more
    log_size:               entries of the log
    search_lag:             entries that search and memory have not seen yet
    has_followed:           whether they have reached the end of the log once; until then nothing is let through
    checkpoint_size:        entries under the newest checkpoint of this gateway
    checkpoint_age_seconds: since this gateway last knew every entry to be under a checkpoint
    disk_free_bytes:        where the log is
    policy_fault, store_fault, search_fault, checkpoint_fault, telemetry_fault: what goes wrong right now, in words; empty while
        nothing does
    telemetry_dropped:      answers that no listener heard of, because one of them was too slow
    """

    store_id: str
    policy_id: str
    policy_version: str
    policy_hash: str
    counts: Counts
    queue_depth: int
    queue_max: int
    log_size: int | None
    search_lag: int | None
    has_followed: bool
    checkpoint_size: int | None
    checkpoint_age_seconds: float
    disk_free_bytes: int | None
    policy_fault: str
    store_fault: str
    search_fault: str
    checkpoint_fault: str
    telemetry_fault: str
    telemetry_dropped: int


class Meter:
    """Counts, for any number of threads; about a microsecond a decision."""

    __slots__ = ("_abstentions", "_buckets", "_decisions", "_lock", "_refusals", "_replays", "_sum_seconds")

    def __init__(self) -> None:
        self._lock = Lock()
        # A plain dict, whose entries are counted up in half the time of a Counter's.
        self._decisions: dict[str, int] = {}
        self._abstentions: Counter[str] = Counter()
        self._refusals: Counter[str] = Counter()
        self._replays = 0
        self._buckets = [0] * (len(COMMIT_BOUNDS) + 1)
        self._sum_seconds = 0.0

    def decided(self, verdict: str, reason_codes: Iterable[str], commit_seconds: float) -> None:
        """Count a decision."""
        with self._lock:
            self._decisions[verdict] = self._decisions.get(verdict, 0) + 1
            self._buckets[bisect_left(COMMIT_BOUNDS, commit_seconds)] += 1
            self._sum_seconds += commit_seconds
            if verdict == "ABSTAIN":
                self._abstentions.update(reason_codes)

    def replayed(self) -> None:
        """Count an answer that was stored before."""
        with self._lock:
            self._replays += 1

    def refused(self, reason_code: str) -> None:
        """Count a request that was not decided."""
        with self._lock:
            self._refusals[reason_code] += 1

    def counts(self) -> Counts:
        """Everything so far, at one moment."""
        with self._lock:
            return Counts(
                dict(self._decisions),
                dict(self._abstentions),
                self._replays,
                dict(self._refusals),
                Histogram(COMMIT_BOUNDS, tuple(self._buckets), self._sum_seconds),
            )
