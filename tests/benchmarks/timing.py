"""Times of things that are compared: measured in turns, so that a busy moment of the machine falls on all of them."""

import gc
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from time import perf_counter
from typing import Any

__all__ = ["seconds_each", "seconds_once"]


def seconds_each(
    contestants: Sequence[Callable[[Any], object]],
    inputs: Sequence[Iterable[Sequence[object]]],
) -> list[float]:
    """Median time of one call, for each contestant.

    inputs: per contestant its blocks, each a sequence of arguments; block by block the contestants take turns
    """
    gc.collect()
    gc.freeze()  # what is there already should cost no contestant a collection
    taken: list[list[float]] = [[] for _ in contestants]
    try:
        for blocks in zip(*inputs, strict=True):
            for position, (decide, block) in enumerate(zip(contestants, blocks, strict=True)):
                taken[position].append(_seconds(decide, block) / len(block))
    finally:
        gc.unfreeze()
    return [median(times) for times in taken]


def seconds_once(call: Callable[[], object]) -> float:
    """Time of one call."""
    start = perf_counter()
    call()
    return perf_counter() - start


def _seconds(decide: Callable[[Any], object], block: Sequence[object]) -> float:
    start = perf_counter()
    for argument in block:
        decide(argument)
    return perf_counter() - start
