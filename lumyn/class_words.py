"""What a column lets through, said as a condition of the policy language.

What is said means exactly the classes: written into a policy it would give them again. Where the language has several ways
to say it, it is the one that an author would take.
"""

import re
from collections.abc import Sequence
from math import ceil, floor, inf, nextafter

from lumyn_runtime.table import Attribute, Column, has_absence_classes, value_class_count
from lumyn_runtime.vocabulary import MAGNITUDE_MAX, Kind, spell_number, spell_text, spell_word

__all__ = ["say_column"]

ClassRanges = Sequence[tuple[int, int]]
# Conditions of which any one is enough.
Ways = list[str]


def say_column(attribute: Attribute, column: Column, ranges: ClassRanges, *, alone: bool = True) -> str:
    """A condition for the classes that a row lets through in a column.

    ranges: first and last class of each stretch, as a row of the table has them
    alone:  whether it is all that is asked; beside others, what has several ways is put in parentheses
    """
    passed = {number for first, last in ranges for number in range(first, last + 1)}
    count = value_class_count(column, attribute)
    values = frozenset(number for number in passed if number < count)
    absence = (count in passed, count + 1 in passed) if has_absence_classes(column, attribute) else (False, False)
    ways = _ways(attribute, column, values, *absence)
    return " or ".join(ways) if alone else _either(ways)


def _ways(attribute: Attribute, column: Column, values: frozenset[int], missing: bool, ill_typed: bool) -> Ways:  # noqa: FBT001
    """Predicates are false of what is missing or ill-typed, so what lets either through is said by what it keeps out."""
    name = _spell_name(attribute)
    rest = frozenset(range(value_class_count(column, attribute))) - values
    if missing and ill_typed:
        return [_none_of(_say_values(attribute, column, rest))]
    if ill_typed:
        present = f"{name} is present"
        return [f"{present} and {_none_of(_say_values(attribute, column, rest))}" if rest else present]
    ways = _say_values(attribute, column, values) if values else []
    return [*ways, f"{name} is missing"] if missing else ways


def _spell_name(attribute: Attribute) -> str:
    """The full name, with parts that are no words in quotes."""
    return ".".join(part if _WORD.fullmatch(part) else spell_text(part) for part in attribute.name.split("."))


_WORD = re.compile("[A-Za-z0-9_][A-Za-z0-9_-]*")


def _either(ways: Ways) -> str:
    """As it can stand beside `and`."""
    return ways[0] if len(ways) == 1 else f"({' or '.join(ways)})"


def _none_of(ways: Ways) -> str:
    return f"not ({' or '.join(ways)})"


def _say_values(attribute: Attribute, column: Column, values: frozenset[int]) -> Ways:
    """Ways for some classes of well-typed values, at least one."""
    name, kind = _spell_name(attribute), attribute.kind
    if column.member is not None:
        contains = f"{name} contains {spell_text(column.member)}"
        return [contains if values == {1} else _none_of([contains])]
    match kind.name:
        case "boolean":
            return [_say_list(name, "=", "in", [_BOOLEANS[number] for number in sorted(values)])]
        case "number" | "integer":
            return _say_intervals(name, kind, column, values)
        case "one of":
            return [_say_list(name, "=", "in", [spell_word(member) for member in _members(kind, column, values)])]
        case "text" if column.texts or column.prefixes:
            return _say_texts(name, column, values)
        case _:
            return [_any(name, kind.name)]


_BOOLEANS = ("false", "true")


def _members(kind: Kind, column: Column, values: frozenset[int]) -> list[str]:
    """The members of a `one of` in some classes, as declared; the last class is of all that no predicate mentions."""
    classes = {text: number for number, text in enumerate(column.texts)}
    return [member for member in kind.members if classes.get(member, len(column.texts)) in values]


def _say_texts(name: str, column: Column, values: frozenset[int]) -> Ways:
    """Open text: mentioned texts, mentioned prefixes, and anything else, which is said by what it is not."""
    other = len(column.texts) + len(column.prefixes)
    if other not in values:
        return _say_mentioned(name, column, values)
    rest = frozenset(range(other)) - values
    prefixes = _outermost_prefixes(column, rest)
    ways = _say_other_texts(name, column, rest)
    if not prefixes:
        return ways
    return [f"{_either(ways)} and {_none_of([_say_prefix(name, column, prefix, rest) for prefix in prefixes])}"]


def _say_other_texts(name: str, column: Column, rest: frozenset[int]) -> Ways:
    """Any text but some mentioned ones: only `!=` and `not in` let through other texts, and nothing that is no text.

    rest: classes that are left out; of them, the texts that a prefix leaves out anyway are named only for want of others
    """
    left_out = _loose_texts(column, rest) or [text for number, text in enumerate(column.texts) if number in rest]
    if left_out:
        return [_say_list(name, "!=", "not in", list(map(spell_text, left_out)))]
    if column.texts:
        text = spell_text(column.texts[0])
        return [f"{name} = {text}", f"{name} != {text}"]
    return [_any(name, "text")]


def _say_mentioned(name: str, column: Column, values: frozenset[int]) -> Ways:
    """Classes of mentioned texts and prefixes."""
    texts = list(map(spell_text, _loose_texts(column, values)))
    ways = [_say_list(name, "=", "in", texts)] if texts else []
    return ways + [_say_prefix(name, column, prefix, values) for prefix in _outermost_prefixes(column, values)]


def _say_prefix(name: str, column: Column, prefix: str, values: frozenset[int]) -> str:
    """Those of some classes whose texts begin with one of their prefixes."""
    holes = _classes_under(column, prefix) - values
    starts = f"{name} starts with {spell_text(prefix)}"
    return f"{starts} and {_none_of(_say_mentioned(name, column, holes))}" if holes else starts


def _outermost_prefixes(column: Column, values: frozenset[int]) -> list[str]:
    """The prefixes among some classes, but those that begin with another of them."""
    prefixes = [prefix for number, prefix in enumerate(column.prefixes, len(column.texts)) if number in values]
    return [prefix for prefix in prefixes if not any(prefix != p and prefix.startswith(p) for p in prefixes)]


def _loose_texts(column: Column, values: frozenset[int]) -> list[str]:
    """The texts among some classes that begin with no prefix among them."""
    prefixes = tuple(_outermost_prefixes(column, values))
    return [text for number, text in enumerate(column.texts) if number in values and not text.startswith(prefixes)]


def _classes_under(column: Column, prefix: str) -> frozenset[int]:
    """The classes of mentioned texts and prefixes that begin with a prefix."""
    mentioned = (*column.texts, *column.prefixes)
    return frozenset(number for number, text in enumerate(mentioned) if text.startswith(prefix))


# The least and the greatest value of some neighbouring classes; None where there is no bound, not even a declared one.
Ends = tuple[float | None, float | None]


def _say_intervals(name: str, kind: Kind, column: Column, values: frozenset[int]) -> Ways:
    final = len(column.cuts)
    left_out = _stretches(frozenset(range(final + 1)) - values)
    # That a value is not the least one that there may be is said by `>`.
    if any(first > 0 and last < final for first, last in left_out):
        points = _points(kind, column, left_out)
        if len(points) == len(left_out):
            return [_say_list(name, "!=", "not in", list(points.values()))]
    passed = _stretches(values)
    points = _points(kind, column, passed)
    ways = [_say_list(name, "=", "in", list(points.values()))] if points else []
    return ways + [_say_interval(name, kind, column, stretch) for stretch in passed if stretch not in points]


def _points(kind: Kind, column: Column, stretches: list[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """Those stretches that hold one value, and the value."""
    ends = {stretch: _ends(kind, column, stretch) for stretch in stretches}
    return {stretch: spell_number(low) for stretch, (low, high) in ends.items() if low is not None and low == high}


def _say_interval(name: str, kind: Kind, column: Column, stretch: tuple[int, int]) -> str:
    """By those of its ends that some predicate mentions; by a declared one where there is none."""
    low, high = _ends(kind, column, stretch)
    below = None if low is None or stretch[0] == 0 else _lower_bound(kind, low)
    above = None if high is None or stretch[1] == len(column.cuts) else _upper_bound(kind, high)
    match below, above:
        case (">=", at_least), ("<=", at_most):
            return f"{name} between {at_least} and {at_most}"
        case None, None if low is not None:
            return f"{name} >= {spell_number(low)}"
        case None, None:
            return f"{name} <= {spell_number(MAGNITUDE_MAX if high is None else high)}"
        case _:
            return " and ".join(f"{name} {sign} {number}" for sign, number in filter(None, (below, above)))


def _ends(kind: Kind, column: Column, stretch: tuple[int, int]) -> Ends:
    """A cut is the least double of its class, so `> 200` cuts just above 200."""
    first, last = stretch
    low = column.cuts[first - 1] if first > 0 else kind.low
    high = nextafter(column.cuts[last], -inf) if last < len(column.cuts) else kind.high
    if kind.name == "integer":
        return None if low is None else ceil(low), None if high is None else floor(high)
    return low, high


def _lower_bound(kind: Kind, low: float) -> tuple[str, str]:
    return _bound(kind, (">=", low), (">", nextafter(low, -inf)))


def _upper_bound(kind: Kind, high: float) -> tuple[str, str]:
    return _bound(kind, ("<=", high), ("<", nextafter(high, inf)))


def _bound(kind: Kind, included: tuple[str, float], excluded: tuple[str, float]) -> tuple[str, str]:
    """Of two ways to say a bound, that whose number has fewer digits: it is the one that somebody wrote."""
    included_end, excluded_end = [(sign, spell_number(value)) for sign, value in (included, excluded)]
    return included_end if kind.name == "integer" or len(included_end[1]) <= len(excluded_end[1]) else excluded_end


def _stretches(values: frozenset[int]) -> list[tuple[int, int]]:
    """The classes as stretches of neighbours: first and last of each."""
    stretches: list[tuple[int, int]] = []
    for number in sorted(values):
        if stretches and stretches[-1][1] == number - 1:
            stretches[-1] = (stretches[-1][0], number)
        else:
            stretches.append((number, number))
    return stretches


def _any(name: str, kind: str) -> str:
    """What the language has no word for: to ask for it is to let ill-typed values through too. A table might, though."""
    return f"{name} is any {kind}"


def _say_list(name: str, sign: str, word: str, spelled: list[str]) -> str:
    return f"{name} {sign} {spelled[0]}" if len(spelled) == 1 else f"{name} {word} ({', '.join(spelled)})"
