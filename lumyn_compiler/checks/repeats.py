"""What is written twice where once is meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lumyn_compiler.policy import Word

__all__ = ["repeats"]


def repeats(words: Iterable[Word]) -> Iterator[tuple[Word, Word]]:
    """Every word that was written before, with the first that says the same."""
    first: dict[str, Word] = {}
    for word in words:
        other = first.setdefault(word.text, word)
        if other is not word:
            yield word, other
