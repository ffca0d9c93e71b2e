"""Attribute → cells: sorts of values that the columns of some tables don't tell apart, each with a value of the sort."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import attrs

from lumyn_runtime.attributes import ILL_TYPED, MISSING, value_of_kind
from lumyn_runtime.builtin import FAILURE_SIMILARITY
from lumyn_runtime.classes import class_of
from lumyn_runtime.table import Attribute, Column
from lumyn_runtime.vocabulary import MAGNITUDE_MAX, Kind

__all__ = ["Asked", "Cell", "Interval", "cells_of", "plainest"]

# A value as JSON has it; None where there is none.
Json = bool | int | float | str | list[str] | None


@attrs.frozen
class Asked:
    """What one table asks about an attribute: its kind there, and the column that sorts its values."""

    attribute: Attribute
    column: Column


@attrs.frozen
class Interval:
    """The doubles from one number up to another.

    low:  included
    high: not included; infinity where there is no end
    """

    low: float
    high: float

    def __contains__(self, number: float) -> bool:
        return self.low <= number < self.high


@attrs.frozen
class Cell:
    """Some values of an attribute.

    sample:    one of them, the plainest
    classes:   the class of its column by table; None for a table that does not ask
    states:    by table, whether it is there: a value, MISSING or ILL_TYPED; None likewise
    intervals: for numbers, where they lie
    """

    sample: Json
    classes: tuple[int | None, ...]
    states: tuple[str | None, ...]
    intervals: tuple[Interval, ...] = ()


def cells_of(asked: Sequence[Asked | None], *, apart: str | None = None) -> tuple[Cell, ...]:
    """The cells of one attribute: every value is in one of them.

    asked: by table
    apart: a text that has a cell of its own, whether or not a table asks for it
    """
    found: dict[tuple[object, ...], Cell] = {}
    asking = [ask for ask in asked if ask is not None]
    # Which a request does not state: it is always there.
    is_similarity = asking[0].attribute.name == FAILURE_SIMILARITY
    for sample, interval in _samples(asking, () if apart is None else (apart,)):
        if is_similarity and not (isinstance(sample, int | float) and type(sample) is not bool and 0 <= sample <= 1):
            continue
        classes: list[int | None] = []
        states: list[str | None] = []
        for ask in asked:
            class_index, state = (None, None) if ask is None else _sort(ask, sample)
            classes.append(class_index)
            states.append(state)
        key = (*classes, *states, apart is not None and sample == apart)
        known = found.get(key)
        if known is None:
            found[key] = Cell(sample, tuple(classes), tuple(states), () if interval is None else (interval,))
        elif interval is not None:
            found[key] = attrs.evolve(known, intervals=(*known.intervals, interval))
    return tuple(found.values())


def _sort(ask: Asked, sample: Json) -> tuple[int, str]:
    """Class and state of a value."""
    value = value_of_kind(sample, ask.attribute.kind)
    state = "missing" if value is MISSING else "ill-typed" if value is ILL_TYPED else "value"
    return class_of(ask.column, ask.attribute, value), state


def _samples(asked: Sequence[Asked], more_texts: Sequence[str]) -> Iterator[tuple[Json, Interval | None]]:
    """Values of every sort that these can tell apart, the plain ones first."""
    yield None, None
    kinds = [ask.attribute.kind for ask in asked]
    names = {kind.name for kind in kinds}
    if names & {"number", "integer"}:
        yield from _numbers(asked, has_halves="integer" in names)
    if names & {"text", "one of"}:
        yield from ((text, None) for text in (*more_texts, *_texts(asked, more_texts)))
    # And what is ill-typed for some of them, or all.
    if not names & {"text", "one of"}:
        yield "other", None
    if not names & {"number", "integer"}:
        yield 1, None
    yield from ((False, None), (True, None), (["other"], None))


def _numbers(asked: Sequence[Asked], *, has_halves: bool) -> Iterator[tuple[Json, Interval]]:
    """A number of every interval between two numbers at which some column or kind changes its mind."""
    bounds = {-math.inf}
    for ask in asked:
        kind = ask.attribute.kind
        if kind.name in ("number", "integer", "scalar"):
            low, high = _domain(kind)
            bounds |= {low, math.nextafter(high, math.inf), *ask.column.cuts}
    ordered = [*sorted(bounds), math.inf]
    for low, high in pairwise(ordered):
        interval = Interval(low, high)
        plain = plainest(interval)
        if plain is not None:
            yield plain, interval
        half = _half(interval) if has_halves else None
        if half is not None:
            yield half, interval


def _domain(kind: Kind) -> tuple[float, float]:
    low = -float(MAGNITUDE_MAX) if kind.low is None else kind.low
    high = float(MAGNITUDE_MAX) if kind.high is None else kind.high
    return low, high


def plainest(interval: Interval) -> int | float | None:
    """A number with few digits: a whole one where there is one. None beyond what JSON carries exactly."""
    if interval.low == -math.inf:
        return min(math.ceil(interval.high) - 1, -1) if interval.high > -1e15 else None
    if interval.low > MAGNITUDE_MAX:
        return None
    whole: int = math.ceil(interval.low)
    if whole in interval:
        return whole
    for digits in range(1, 17):
        number: float = math.ceil(interval.low * 10**digits) / 10**digits
        if number in interval:
            return number
    return interval.low


def _half(interval: Interval) -> float | None:
    """A number that is no whole one."""
    low = max(interval.low, -1e15)
    if low > 2**52:  # beyond it, every double is whole
        return None
    number = math.floor(low) + 0.5
    for candidate in (number, number + 1.0, low):
        if candidate in interval and candidate != int(candidate):
            return candidate
    number = math.nextafter(low, math.inf)
    return number if number in interval and number != int(number) else None


def _texts(asked: Sequence[Asked], more: Sequence[str]) -> Iterator[str]:
    """Every text that is mentioned, one of every prefix that no longer prefix takes, and one that nobody mentioned."""
    texts: set[str] = set(more)
    prefixes: set[str] = set()
    for ask in asked:
        texts |= {*ask.column.texts, *ask.attribute.kind.members}
        prefixes |= {*ask.column.prefixes}
    yield from sorted(texts)
    for prefix in sorted(prefixes):
        yield _fresh(prefix, texts, prefixes)
    yield _fresh("", texts, prefixes)


def _fresh(prefix: str, texts: Iterable[str], prefixes: Iterable[str]) -> str:
    """A text that begins with a prefix and with none that is longer, and is none of the texts; not blank."""
    longer = [other for other in prefixes if len(other) > len(prefix) and other.startswith(prefix)]
    known = set(texts)
    for ending in _endings():
        text = prefix + ending
        if text.strip() and text not in known and not any(text.startswith(other) for other in longer):
            return text
    raise AssertionError(prefix)


def _endings() -> Iterator[str]:
    yield from ("other", "x", "1", "-", "_", "~")
    for number in range(0x10000):
        if not 0xD800 <= number <= 0xDFFF:
            yield f"x{number}" if number < 0x1000 else chr(number) + "x"
