"""Where generators take their decisions from: mere chance when fuzzing, hypothesis when failures are to be shrunk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import TypeVar

from hypothesis import strategies as st

__all__ = ["Chance", "Choices", "Drawn", "Plain"]

T = TypeVar("T")


class Choices(ABC):
    """A source of decisions. Option 0 is the simplest, since that is what hypothesis shrinks to."""

    @abstractmethod
    def below(self, count: int) -> int:
        """Any of 0 … count - 1."""

    def between(self, low: int, high: int) -> int:
        """Any of low … high, both included."""
        return low + self.below(high - low + 1)

    def often(self, percent: int) -> bool:
        """True in about that many of a hundred cases."""
        return self.below(100) >= 100 - percent

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """Some of the options, each at most once, in any order."""
        rest = list(options)
        return [rest.pop(self.below(len(rest))) for _ in range(min(count, len(rest)))]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """All of the options in any order."""
        return self.sample(options, len(options))


class Chance(Choices):
    """Decisions by a seeded random number generator; some microseconds cheaper than hypothesis."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def below(self, count: int) -> int:
        """Any of 0 … count - 1, all equally likely."""
        return int(self._random() * count)


class Drawn(Choices):
    """Decisions drawn from a hypothesis strategy, which can be replayed and shrunk."""

    def __init__(self, draw: Callable[[st.SearchStrategy[int]], int]) -> None:
        self._draw = draw

    def below(self, count: int) -> int:
        """Any of 0 … count - 1; 0 draws nothing where there is no choice."""
        return self._draw(_below(count)) if count > 1 else 0


class Plain(Choices):
    """Always the simplest option."""

    def below(self, count: int) -> int:
        """Zero."""
        del count
        return 0


@lru_cache(maxsize=1024)
def _below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)
