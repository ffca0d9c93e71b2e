"""Times of things that are compared.

They are measured in turns, so that a busy moment of the machine falls on all of them, and in time of the processor, so
that waiting for it does not count.
"""

import gc
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from time import process_time
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
    start = process_time()
    call()
    return process_time() - start


def _seconds(decide: Callable[[Any], object], block: Sequence[object]) -> float:
    start = process_time()
    for argument in block:
        decide(argument)
    return process_time() - start
