"""What `amount_usd` can be, given the sorts of the amount, its currency and the rate; and amounts that show it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import attrs

from lumyn_compiler.regions.cells import Cell, Interval, plainest
from lumyn_runtime.vocabulary import MAGNITUDE_MAX

__all__ = ["Amounts", "amounts_that_show", "usd_cells"]

Number = int | float


@attrs.frozen
class Amounts:
    """Values that together have an amount in USD of some sort; what is not a number is as its cell's sample has it."""

    value: Number
    rate: Number | None


def usd_cells(usd: Sequence[Cell], currency: Cell, value: Cell, rate: Cell) -> tuple[int, ...]:
    """The cells of the amount in USD that go with cells of what it is made of.

    All are of tables that ask for the amount in USD, whose kinds and those of its parts are the same in each.
    """
    is_usd = currency.sample == "USD"
    needed = [value] if is_usd else [currency, value, rate]
    states = {state for cell in needed for state in cell.states if state is not None}
    for absence in ("ill-typed", "missing"):
        if absence in states:
            return tuple(index for index, cell in enumerate(usd) if absence in cell.states)
    products = list(value.intervals if is_usd else _products(value, rate))
    possible = [
        index
        for index, cell in enumerate(usd)
        if "value" in cell.states and any(_meet(of, span) for of in cell.intervals for span in products)
    ]
    if not is_usd and any(span.high > math.nextafter(MAGNITUDE_MAX, math.inf) for span in products):
        possible += [index for index, cell in enumerate(usd) if "ill-typed" in cell.states]
    return tuple(sorted(possible))


def amounts_that_show(usd: Cell, currency: Cell, value: Cell, rate: Cell) -> Iterator[Amounts]:
    """Amounts and rates that may have an amount in USD of a cell, the plainest first; whoever asks tries them."""
    if currency.sample == "USD":
        for of in usd.intervals:
            for span in value.intervals:
                both = Interval(max(of.low, span.low), min(of.high, span.high))
                if both.low < both.high and (number := plainest(both)) is not None:
                    yield Amounts(number, None)
        return
    rates = [number for span in rate.intervals for number in _some(span)]
    values = [number for span in value.intervals for number in _some(span)]
    for number in rates:
        yield from (Amounts(other, number) for other in values)
    wanted = [number for span in usd.intervals for number in _some(span)]
    for number in rates:
        if number:
            yield from (Amounts(target / number, number) for target in wanted if _is_in(target / number, value))
    for number in values:
        if number:
            yield from (Amounts(number, target / number) for target in wanted if _is_in(target / number, rate))


def _products(value: Cell, rate: Cell) -> Iterator[Interval]:
    """Where products lie. Rounding keeps the order of products, so the ends of the intervals give the smallest and the largest."""
    for one in value.intervals:
        for other in rate.intervals:
            largest = math.nextafter(one.high, 0.0) * math.nextafter(other.high, 0.0)
            yield Interval(max(one.low, 0.0) * max(other.low, 0.0), math.nextafter(largest, math.inf))


def _meet(one: Interval, other: Interval) -> bool:
    return max(one.low, other.low) < min(one.high, other.high)


def _some(interval: Interval) -> list[Number]:
    """A few numbers of an interval: plain ones, and those at its ends."""
    found = [plainest(interval), interval.low]
    if interval.high < float("inf"):
        found += [(interval.low + interval.high) / 2]
    return [number for number in dict.fromkeys(found) if number is not None and number in interval]


def _is_in(number: float, cell: Cell) -> bool:
    return any(number in interval for interval in cell.intervals)
