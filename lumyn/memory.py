"""Experience Memory: situations that people have labelled, and how much a new one is like them.

Situations with the same features are kept once, with counts, so a look-up costs what distinct situations cost, however
many labels there are. Of each label, the situations that got it longest ago are left out first where there are too many.
Nothing is shared between tenants or between types of action.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final

import attrs

from lumyn.canonical import canonical, digest_of
from lumyn.features import weight_of
from lumyn.record import RiskReport, Similar, SimilarityReport

__all__ = ["SITUATIONS_MAX", "Labelled", "Memory", "Remembered", "Scope", "situation_id"]

# Whose, and of what type of action.
Scope = tuple[str | None, str]

# A near miss counts among failures: what nearly went wrong should be looked at again.
_FAILURES: Final = ("failure", "near_miss")
_SUCCESSES: Final = ("success",)
# Of each label. A limit that labels shared would let successes push failures out.
SITUATIONS_MAX: Final = 4_000
_TOP: Final = 3
_RECALLS_MAX: Final = 512
_RECALLED_CHARACTERS_MAX: Final = 65_536
_SCOPES_MAX: Final = 1_024
_BYTES_MAX: Final = 128 << 20


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

    labelled:   of a scope, in the order in which it was last labelled
    version:    of a scope: it rises whenever what was labelled there changes
    scopes_max: how many are held; more are read again when they are asked for, the one that was read first before others
    bytes_max:  roughly what they may take together; the one that was read last is held in any case
    """

    def __init__(
        self,
        labelled: Callable[[Scope], Iterable[Labelled]],
        version: Callable[[Scope], int],
        scopes_max: int = _SCOPES_MAX,
        bytes_max: int = _BYTES_MAX,
    ) -> None:
        self._labelled = labelled
        self._scopes_max = scopes_max
        self._bytes_max = bytes_max
        self._version = version
        self._scopes: dict[Scope, tuple[int, Remembered]] = {}
        self._bytes = 0
        self._lock = Lock()

    def of(self, scope: Scope) -> "Remembered":
        """What is remembered of a scope. Raises what reading raises."""
        known = self._scopes.get(scope)
        return self._renewed(scope) if known is None else known[1]

    def renew(self) -> None:
        """Read anew what has changed. Whoever decides meanwhile finds what was remembered before, and never waits."""
        with self._lock:
            known = list(self._scopes.items())
        for scope, (version, _) in known:
            if version != self._version(scope):
                self._renewed(scope)

    def _renewed(self, scope: Scope) -> "Remembered":
        """Read a scope, and hold it."""
        version, remembered = self._read(scope)
        if self._version(scope) != version:
            # Who renewed while this was read may not have found the scope here. From now on everybody does.
            _, remembered = self._read(scope)
        return remembered

    def _read(self, scope: Scope) -> "tuple[int, Remembered]":
        # The version first: labels that come in between are read once more, and none is missed.
        version = self._version(scope)
        return version, self._held(scope, version, Remembered(self._labelled(scope)))

    def _held(self, scope: Scope, version: int, remembered: "Remembered") -> "Remembered":
        """Hold what was read, unless what another thread has read is at least as new."""
        with self._lock:
            known = self._scopes.get(scope)
            if known is not None:
                if known[0] >= version:
                    return known[1]
                self._drop(scope)
            self._scopes[scope] = version, remembered
            self._bytes += remembered.size
            while len(self._scopes) > 1 and (len(self._scopes) > self._scopes_max or self._bytes > self._bytes_max):
                self._drop(next(iter(self._scopes)))
        return remembered

    def _drop(self, scope: Scope) -> None:
        self._bytes -= self._scopes.pop(scope)[1].size


class Remembered:
    """The situations of one scope. It does not change.

    labelled:       in the order in which it was last labelled; of too many situations with one label the first are left
                    out, so that only failures make failures forgotten
    situations_max: how many are kept of each label
    size:           bytes that it takes, roughly
    """

    def __init__(self, labelled: Iterable[Labelled], situations_max: int = SITUATIONS_MAX) -> None:
        by_label: dict[str, dict[tuple[str, ...], int]] = {}
        for item in labelled:
            counts = by_label.setdefault(item.label, {})
            # Behind all others: the one in front was labelled longest ago.
            counts.pop(item.features, None)
            counts[item.features] = item.count
            if len(counts) > situations_max:
                del counts[next(iter(counts))]
        self.lines = [
            canonical([list(features), label, count]) + b"\n"
            for features, label, count in sorted(
                (features, label, count) for label, counts in by_label.items() for features, count in counts.items()
            )
        ]
        self.snapshot = digest_of(b"".join(self.lines))
        self._failures = _Side([by_label.get(label, {}) for label in _FAILURES])
        self._successes = _Side([by_label.get(label, {}) for label in _SUCCESSES])
        self.size = 2 * sum(map(len, self.lines)) + self._failures.size + self._successes.size
        self.nothing = None if by_label else RiskReport(SimilarityReport(), SimilarityReport(), self.snapshot)
        self._recalled: dict[tuple[str, ...], RiskReport] = {}
        self._recalled_characters = 0

    def recall(self, features: tuple[str, ...]) -> RiskReport:
        """How much a situation is like these. Some 0.1 ms among thousands; most situations come again."""
        report = self.nothing or self._recalled.get(features)
        if report is None:
            report = RiskReport(
                self._failures.most_alike(features), self._successes.most_alike(features), self.snapshot
            )
            characters = self._recalled_characters + sum(map(len, features))
            if len(self._recalled) < _RECALLS_MAX and characters <= _RECALLED_CHARACTERS_MAX:
                self._recalled[features] = report
                self._recalled_characters = characters
        return report


class _Side:
    """Situations with one sort of label, ready to be compared: for each feature the bits of the situations that have it.

    All of them are compared at once: what they share with another situation is added up in columns of bits, so a look-up
    costs what the features cost, and hardly anything for a situation more.

    counts: of situations, by label
    size:   bytes that it takes, roughly
    """

    def __init__(self, counts: Iterable[dict[tuple[str, ...], int]]) -> None:
        self._having: dict[str, int] = {}
        self._of_weight: dict[int, int] = {}
        # Id and count; in the order of ids, so that the lowest of several bits is the one that ties are broken for.
        self._situations: list[tuple[str, int]] = []
        total: Counter[tuple[str, ...]] = Counter()
        for of_label in counts:
            total.update(of_label)
        kept = sorted((situation_id(features), features, count) for features, count in total.items())
        for position, (identity, features, count) in enumerate(kept):
            self._situations.append((identity, count))
            bit = 1 << position
            for feature in features:
                self._having[feature] = self._having.get(feature, 0) | bit
            weight = sum(map(weight_of, features))
            self._of_weight[weight] = self._of_weight.get(weight, 0) | bit
        self.size = sum(len(feature) + bits.bit_length() // 8 + 200 for feature, bits in self._having.items())

    def most_alike(self, features: tuple[str, ...]) -> SimilarityReport:
        """Weighted Jaccard similarity; ties are broken by the situations' ids."""
        own_weight = sum(map(weight_of, features))
        by_score: dict[float, int] = {}
        for shared, situations in self._by_shared_weight(features):
            for weight, of_weight in self._of_weight.items():
                if alike := situations & of_weight:
                    score = shared / (own_weight + weight - shared)
                    by_score[score] = by_score.get(score, 0) | alike
        top: list[Similar] = []
        for score in sorted(by_score, reverse=True):
            left = by_score[score]
            while left and len(top) < _TOP:
                lowest = left & -left
                identity, count = self._situations[lowest.bit_length() - 1]
                top.append(Similar(identity, round(score, 6), count))
                left ^= lowest
        return SimilarityReport(top[0].similarity if top else 0.0, tuple(top))

    def _by_shared_weight(self, features: tuple[str, ...]) -> list[tuple[int, int]]:
        """By the weight of what they share with some features, above none, the bits of situations."""
        # The sum for every situation, in binary: one number for each place, a bit in it for each situation.
        places: list[int] = []
        for feature in features:
            carry = self._having.get(feature, 0)
            place = weight_of(feature) - 1
            while carry:
                places += [0] * (place + 1 - len(places))
                places[place], carry = places[place] ^ carry, places[place] & carry
                place += 1
        groups = [(0, (1 << len(self._situations)) - 1)]
        for place in reversed(range(len(places))):
            split: list[tuple[int, int]] = []
            for shared, situations in groups:
                if more := situations & places[place]:
                    split.append((shared + (1 << place), more))
                if less := situations & ~places[place]:
                    split.append((shared, less))
            groups = split
        return [(shared, situations) for shared, situations in groups if shared]
