"""Did you mean …? The candidate that a misspelt word is closest to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

__all__ = ["CANDIDATES_MAX", "is_beginning", "is_nearly", "nearest", "truth_meant"]

# Nobody misses a help that would have been found beyond these.
CANDIDATES_MAX = 1_000
_LENGTH_MAX = 100
# `chargeback` is as good as `chargeback_risk`, `a` as good as nothing.
_BEGINNING_LENGTH_MIN = 4
# `age` and `ago` are two names, `hti` is `hit`.
_SLIP_LENGTH_MIN = 5
# `ok` is no slip of `or`, `ro` is one.
_LETTERS_KEPT_MAX = 2

_TRUTHS = {
    **dict.fromkeys(("true", "yes", "y", "on", "t", "1"), "true"),
    **dict.fromkeys(("false", "no", "n", "off", "f", "0"), "false"),
}


def truth_meant(word: str) -> str | None:
    """The truth value that a word stands for elsewhere: `yes`, `True`, `off`; None for any other word."""
    return _TRUTHS.get(word.lower())


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate with the fewest slips of the keyboard between it and the word, or None where all are too far.

    Case, and `-` for `_`, count for nothing. Of the part that is not shared up to a dot a third of the letters may be
    wrong, at most three; of candidates equally close the first is taken. Words of two letters are near only to what has
    the same ones, and what has other digits is something else. Where none is near, one that begins with the word is.
    cost: O(letters) a candidate for most, O(letters²) for those that have nearly the same letters
    """
    if len(word) > _LENGTH_MAX:
        return None
    known = list(islice(candidates, CANDIDATES_MAX))
    plain = _plain(word)
    letters = frozenset(plain)
    pieces = _pieces(plain)
    best, limit = None, min(3, max(1, len(plain) // 3))
    for candidate in known:
        other = _plain(candidate)
        if other == plain:
            return candidate
        # One slip changes the length by one at most, and takes or adds at most one letter of each set.
        if abs(len(other) - len(plain)) > limit or len(letters.symmetric_difference(other)) > 2 * limit:
            continue
        if not any(piece in other for piece in pieces) or _has_other_digits(plain, other):
            continue
        distance = _slips(plain, other, limit)
        if distance <= limit and distance < len(plain) and _is_alike(plain, other):
            best, limit = candidate, distance - 1
    return best or _begun_alike(word, known)


def _has_other_digits(word: str, other: str) -> bool:
    digits = _NO_DIGITS.sub("", word)
    return bool(digits) and digits != (_NO_DIGITS.sub("", other) or digits)


_NO_DIGITS = re.compile("[^0-9]+")


def _is_alike(word: str, other: str) -> bool:
    """Whether a near word is near part by part."""
    parts, counterparts = word.split("."), other.split(".")
    return len(parts) != len(counterparts) or all(map(_is_near_part, parts, counterparts))


def _is_near_part(part: str, other: str) -> bool:
    if part == other:
        return True
    if len(part) <= _LETTERS_KEPT_MAX:
        return sorted(part) == sorted(other)
    limit = min(3, max(1, len(part) // 3))
    return _slips(part, other, limit) <= limit


def _pieces(word: str) -> list[str]:
    """Parts of a word of which three slips leave one as it is, since each touches two at most."""
    size = max(1, len(word) // 7)
    return [word[start : start + size] for start in range(0, size * 7, size)]


def is_beginning(word: str, candidate: str) -> bool:
    """Whether a candidate was found only because it goes on where the word ends; something else may be meant."""
    return candidate.startswith(word) and len(candidate) - len(word) > min(3, max(1, len(word) // 3))


def is_nearly(word: str, other: str) -> bool:
    """Whether one slip of the keyboard makes one name of the other; in a short one, only of two letters swapped.

    Names that differ in a digit are meant to.
    """
    word, other = (re.sub("[0-9]", "", text) for text in (word, other))
    if min(len(word), len(other)) < _SLIP_LENGTH_MIN and sorted(word) != sorted(other):
        return False
    return _is_one_slip(word, other)


def _is_one_slip(word: str, other: str) -> bool:
    return abs(len(word) - len(other)) <= 1 and len(word) <= _LENGTH_MAX and _slips(word, other, 1) == 1


def _begun_alike(word: str, known: Sequence[str]) -> str | None:
    """The shortest candidate that goes on where the word ends."""
    if len(word) < _BEGINNING_LENGTH_MIN:
        return None
    longer = (candidate for candidate in known if candidate.startswith(word))
    return min(longer, key=len, default=None)


def _plain(word: str) -> str:
    return word.casefold().replace("-", "_")


def _slips(left: str, right: str, limit: int) -> int:
    """How many letters to insert, drop, replace or swap with their neighbour: the optimal string alignment distance.

    limit: beyond it any greater number is as good, so only what lies near the diagonal is looked at
    """
    beyond = limit + 1
    before: list[int] = []
    last = list(range(len(right) + 1))
    for row, letter in enumerate(left, start=1):
        current = [beyond] * (len(right) + 1)
        current[0] = row
        for column in range(max(1, row - limit), min(len(right), row + limit) + 1):
            other = right[column - 1]
            best = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (letter != other))
            swapped = row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other
            current[column] = min(best, before[column - 2] + 1) if swapped else best
        if min(current) > limit and min(last) > limit:
            return beyond
        before, last = last, current
    return min(last[-1], beyond)
