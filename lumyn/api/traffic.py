"""What a worker of the service counts of its calls, for whoever watches it; for one event loop."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from typing import Final

from lumyn.metrics import Histogram

__all__ = ["CALL_BOUNDS", "METHODS", "NO_ROUTE", "Traffic"]

# Seconds; from a decision at rest to what a deadline allows.
CALL_BOUNDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# For calls that no route answers: what they name is a caller's, and there may be any number of names.
NO_ROUTE: Final = "none"


class Traffic:
    """Calls by method, route template and class of the status, and how long those of a route took.

    known: methods and templates whose counts are there before there is a call, so that a rate sees the first one
    """

    def __init__(self, known: Iterable[tuple[str, str]] = ()) -> None:
        self.counts: Counter[tuple[str, str, str]] = Counter(
            {(*one, status): 0 for one in known for status in ("2xx", "4xx", "5xx")}
            | {("GET", NO_ROUTE, status): 0 for status in ("4xx", "5xx")}
        )
        self._buckets: dict[tuple[str, str], list[int]] = {}
        self._sums: dict[tuple[str, str], float] = {}

    def answered(self, method: str, template: str, status: int, seconds: float) -> None:
        """Count a call; one microsecond.

        status: 0 where the caller was gone before there was an answer
        """
        method = method if method in METHODS else "other"
        self.counts[method, template, f"{status // 100}xx" if status else "none"] += 1
        buckets = self._buckets.get((method, template))
        if buckets is None:
            buckets = self._buckets[method, template] = [0] * (len(CALL_BOUNDS) + 1)
        buckets[bisect_left(CALL_BOUNDS, seconds)] += 1
        self._sums[method, template] = self._sums.get((method, template), 0.0) + seconds

    def durations(self) -> dict[tuple[str, str], Histogram]:
        """By method and route template."""
        return {key: Histogram(CALL_BOUNDS, tuple(buckets), self._sums[key]) for key, buckets in self._buckets.items()}
