"""Experience Memory: situations that people have labelled, and how much a new one is like them.

Situations with the same features are kept once, with counts, so a look-up costs what distinct situations cost, however
many labels there are. Nothing is shared between tenants or between types of action.
"""

from collections.abc import Callable, Iterable
from heapq import nlargest, nsmallest
from typing import Final

import attrs

from lumyn.canonical import canonical, digest_of
from lumyn.features import weight_of
from lumyn.record import RiskReport, Similar, SimilarityReport

__all__ = ["LABELS", "Labelled", "Memory", "Remembered", "Scope", "situation_id"]

LABELS: Final = ("failure", "success", "near_miss")

# Whose, and of what type of action.
Scope = tuple[str | None, str]

# A near miss counts among failures: what nearly went wrong should be looked at again.
_FAILURES: Final = frozenset({"failure", "near_miss"})
_SUCCESSES: Final = frozenset({"success"})
_SITUATIONS_MAX: Final = 4_000
_TOP: Final = 3
_RECALLS_MAX: Final = 4_096


@attrs.frozen
class Labelled:
    """How often a situation got a label.

    features: sorted
    """

    features: tuple[str, ...]
    label: str
    count: int


def situation_id(features: tuple[str, ...]) -> str:
    """Name of a situation: the same wherever it is seen."""
    return f"sit_{digest_of(canonical(list(features))).removeprefix('sha256:')[:16]}"


class Memory:
    """What is remembered, by scope; read when it is first asked for. Safe for threads.

    labelled: of a scope, in the order in which it was last labelled
    """

    def __init__(self, labelled: Callable[[Scope], Iterable[Labelled]]) -> None:
        self._labelled = labelled
        self._scopes: dict[Scope, Remembered] = {}

    def of(self, scope: Scope) -> "Remembered":
        """What is remembered of a scope."""
        remembered = self._scopes.get(scope)
        if remembered is None:
            scopes = self._scopes
            # Where it is forgotten meanwhile, what was read stays with those who asked for it.
            remembered = scopes.setdefault(scope, Remembered(self._labelled(scope)))
        return remembered

    def forget(self) -> None:
        """Read everything anew when it is next asked for: there are new labels."""
        self._scopes = {}


class Remembered:
    """The situations of one scope. It does not change.

    labelled:       in the order in which it was last labelled; of too many situations the first are left out
    situations_max: how many are kept
    """

    def __init__(self, labelled: Iterable[Labelled], situations_max: int = _SITUATIONS_MAX) -> None:
        counts: dict[tuple[str, ...], dict[str, int]] = {}
        for item in labelled:
            # Behind all others: the one in front was labelled longest ago.
            counts[item.features] = {**counts.pop(item.features, {}), item.label: item.count}
        kept = dict(list(counts.items())[-situations_max:])
        self.lines = [
            canonical([list(features), label, count]) + b"\n"
            for features in sorted(kept)
            for label, count in sorted(kept[features].items())
        ]
        self.snapshot = digest_of(b"".join(self.lines))
        self._failures = _Side(kept, _FAILURES)
        self._successes = _Side(kept, _SUCCESSES)
        self._recalled: dict[tuple[str, ...], RiskReport] = {}

    def recall(self, features: tuple[str, ...]) -> RiskReport:
        """How much a situation is like these. At most about a millisecond; most situations come again."""
        report = self._recalled.get(features)
        if report is None:
            report = RiskReport(
                self._failures.most_alike(features), self._successes.most_alike(features), self.snapshot
            )
            if len(self._recalled) < _RECALLS_MAX:
                self._recalled[features] = report
        return report


class _Side:
    """Situations with one sort of label, ready to be compared: each as the bits of its features."""

    def __init__(self, counts: dict[tuple[str, ...], dict[str, int]], labels: frozenset[str]) -> None:
        self._bits: dict[str, int] = {}
        self._double = 0
        # Bits, weight, id and count.
        self._situations: list[tuple[int, int, str, int]] = []
        for features, of_situation in counts.items():
            count = sum(number for label, number in of_situation.items() if label in labels)
            if count:
                weight = sum(map(weight_of, features))
                self._situations.append((self._bits_of(features), weight, situation_id(features), count))

    def most_alike(self, features: tuple[str, ...]) -> SimilarityReport:
        """Weighted Jaccard similarity; ties are broken by the situations' ids."""
        weight = sum(map(weight_of, features))
        own = 0
        for feature in features:
            own |= self._bits.get(feature, 0)
        double = own & self._double
        shared = [(bits & own).bit_count() + (bits & double).bit_count() for bits, _, _, _ in self._situations]
        scores = [common / (weight + other[1] - common) for common, other in zip(shared, self._situations, strict=True)]
        least = min(nlargest(_TOP, scores), default=0.0)
        scored = zip(scores, self._situations, strict=True)
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
