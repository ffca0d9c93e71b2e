"""Experience Memory: situations that people have labelled, and how much a new one is like them.

Situations with the same features are kept once, with counts, so a look-up costs what distinct situations cost, however
many labels there are. Nothing is shared between tenants or between types of action.
"""

from bisect import bisect_left, insort
from heapq import nlargest, nsmallest
from threading import Lock
from typing import Final

from lumyn.canonical import canonical, digest_of
from lumyn.features import weight_of
from lumyn.record import RiskReport, Similar, SimilarityReport

__all__ = ["LABELS", "Memory", "Scope", "situation_id"]

LABELS: Final = ("failure", "success", "near_miss")

# Whose, and of what type of action.
Scope = tuple[str | None, str]

# A near miss counts among failures: what nearly went wrong should be looked at again.
_FAILURES: Final = ("failure", "near_miss")
_SUCCESSES: Final = ("success",)
_SITUATIONS_MAX: Final = 4_000
_TOP: Final = 3
_RECALLS_KEPT: Final = 4_096


def situation_id(features: tuple[str, ...]) -> str:
    """Name of a situation: the same wherever it is seen."""
    return f"sit_{digest_of(canonical(list(features))).removeprefix('sha256:')[:16]}"


class Memory:
    """What was labelled, by scope. Safe for threads.

    situations_max: per scope; the one that was labelled longest ago goes first
    """

    def __init__(self, situations_max: int = _SITUATIONS_MAX) -> None:
        self._situations_max = situations_max
        self._scopes: dict[Scope, _Remembered] = {}

    def learn(self, scope: Scope, features: tuple[str, ...], label: str) -> None:
        """Count a label for a situation."""
        self._remembered(scope).change(features, label, 1)

    def forget(self, scope: Scope, features: tuple[str, ...], label: str) -> None:
        """Take a label back that another one has replaced."""
        self._remembered(scope).change(features, label, -1)

    def recall(self, scope: Scope, features: tuple[str, ...]) -> RiskReport:
        """What is remembered of situations like this. At most about a millisecond; most situations come again."""
        remembered = self._scopes.get(scope)
        return _NOTHING if remembered is None else remembered.recall(features)

    def lines(self, scope: Scope) -> list[bytes]:
        """What is remembered, a canonical line for each situation and label: what a snapshot is the digest of."""
        remembered = self._scopes.get(scope)
        return [] if remembered is None else remembered.lines()

    def _remembered(self, scope: Scope) -> "_Remembered":
        return self._scopes.get(scope) or self._scopes.setdefault(scope, _Remembered(self._situations_max))


class _Side:
    """Situations with one sort of label, ready to be compared: each as the bits of its features."""

    def __init__(self) -> None:
        self._bits: dict[str, int] = {}
        self._double = 0
        # Bits, weight, id and count, by features.
        self._situations: dict[tuple[str, ...], tuple[int, int, str, int]] = {}

    def put(self, features: tuple[str, ...], count: int) -> None:
        """Set how many labels a situation has."""
        if not count:
            self._situations.pop(features, None)
            return
        known = self._situations.get(features)
        if known is None:
            known = (self._bits_of(features), sum(map(weight_of, features)), situation_id(features), 0)
        self._situations[features] = (*known[:3], count)

    def most_alike(self, features: tuple[str, ...]) -> SimilarityReport:
        """Weighted Jaccard similarity; ties are broken by the situations' ids."""
        weight = sum(map(weight_of, features))
        own = 0
        for feature in features:
            own |= self._bits.get(feature, 0)
        double = own & self._double
        situations = self._situations.values()
        shared = [(bits & own).bit_count() + (bits & double).bit_count() for bits, _, _, _ in situations]
        scores = [common / (weight + other[1] - common) for common, other in zip(shared, situations, strict=True)]
        least = min(nlargest(_TOP, scores), default=0.0)
        scored = zip(scores, situations, strict=True)
        best = [(-score, identity, count) for score, (_, _, identity, count) in scored if score >= least and score]
        top = tuple(Similar(identity, round(-score, 6), count) for score, identity, count in nsmallest(_TOP, best))
        return SimilarityReport(top[0].similarity if top else 0.0, top)

    def _bits_of(self, features: tuple[str, ...]) -> int:
        bits = 0
        for feature in features:
            bit = self._bits.get(feature)
            if bit is None:
                bit = self._bits[feature] = 1 << len(self._bits)
                if weight_of(feature) == 2:
                    self._double |= bit
            bits |= bit
        return bits


class _Remembered:
    """The situations of one scope."""

    def __init__(self, situations_max: int) -> None:
        self._situations_max = situations_max
        self._lock = Lock()
        # In the order in which they were last labelled.
        self._counts: dict[tuple[str, ...], dict[str, int]] = {}
        self._sorted: list[tuple[str, ...]] = []
        self._lines: dict[tuple[str, ...], bytes] = {}
        self._sides = {_FAILURES: _Side(), _SUCCESSES: _Side()}
        self._snapshot: str | None = None
        self._recalled: dict[tuple[str, ...], RiskReport] = {}

    def change(self, features: tuple[str, ...], label: str, by: int) -> None:
        assert label in LABELS
        with self._lock:
            of_situation = self._counts.pop(features, {})
            of_situation[label] = of_situation.get(label, 0) + by
            of_situation = {name: count for name, count in of_situation.items() if count > 0}
            if of_situation:
                self._counts[features] = of_situation
            self._put(features, of_situation)
            while len(self._counts) > self._situations_max:
                oldest = next(iter(self._counts))
                del self._counts[oldest]
                self._put(oldest, {})
            self._snapshot = None
            # A new dictionary, so that a look-up under way keeps no stale report in it.
            self._recalled = {}

    def recall(self, features: tuple[str, ...]) -> RiskReport:
        report = self._recalled.get(features)
        if report is None:
            with self._lock:
                failure, success = (side.most_alike(features) for side in self._sides.values())
                if self._snapshot is None:
                    self._snapshot = digest_of(b"".join(map(self._lines.__getitem__, self._sorted)))
                report = RiskReport(failure, success, self._snapshot)
                if len(self._recalled) < _RECALLS_KEPT:
                    self._recalled[features] = report
        return report

    def lines(self) -> list[bytes]:
        with self._lock:
            return b"".join(map(self._lines.__getitem__, self._sorted)).splitlines(keepends=True)

    def _put(self, features: tuple[str, ...], of_situation: dict[str, int]) -> None:
        if of_situation:
            if features not in self._lines:
                insort(self._sorted, features)
            spelled = [canonical([list(features), label, count]) for label, count in sorted(of_situation.items())]
            self._lines[features] = b"".join(line + b"\n" for line in spelled)
        elif self._lines.pop(features, None) is not None:
            del self._sorted[bisect_left(self._sorted, features)]
        for labels, side in self._sides.items():
            side.put(features, sum(of_situation.get(label, 0) for label in labels))


_NOTHING = RiskReport(SimilarityReport(), SimilarityReport(), digest_of(b""))
