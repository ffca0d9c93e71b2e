"""The kinds that evidence is declared to be of, as far as the help for a syntax error goes by them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lumyn_compiler.names import KIND_NAMES
from lumyn_runtime.vocabulary import Kind

__all__ = ["glimpse_kinds"]


def glimpse_kinds(words: Sequence[str]) -> Iterator[tuple[str, Kind]]:
    """The full name and the kind of everything that a statement `evidence a, b : kind` declares.

    words: those of the whole statement, signs and quotes included; a kind that there is not is passed over
    """
    colon = words.index(":")
    kind = _kind(words[colon + 1 :])
    if kind is not None:
        for name in words[1:colon:2]:
            yield "evidence." + name.replace('"', ""), kind


def _kind(words: Sequence[str]) -> Kind | None:
    match words:
        case ["one", "of", "(", *members, ")"]:
            return Kind("one of", members=tuple(member.strip('"') for member in members[::2]))
        case ["set", "of", "text"]:
            return Kind("set of text")
        case [name, *bounds] if name in KIND_NAMES:
            ends = dict(zip(bounds[::2], bounds[1::2], strict=True))
            low, high = (float(ends[word]) if word in ends else None for word in ("from", "to"))
            return Kind(name, low=low, high=high)
        case _:
            return None
