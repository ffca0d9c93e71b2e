"""What a column lets through, said in the words of the policy language."""

from collections.abc import Callable, Sequence
from math import ceil, nextafter

from lumyn_runtime.table import Attribute, Column, has_absence_classes, value_class_count
from lumyn_runtime.vocabulary import spell_number, spell_text, spell_word

__all__ = ["say_column"]

ClassRanges = Sequence[tuple[int, int]]


def say_column(attribute: Attribute, column: Column, ranges: ClassRanges) -> str:
    """One phrase for the classes that a row lets through in a column.

    ranges: first and last class of each stretch, as a row of the table has them
    """
    passed = {number for first, last in ranges for number in range(first, last + 1)}
    count = value_class_count(column, attribute)
    values = frozenset(number for number in passed if number < count)
    if not has_absence_classes(column, attribute):
        return _say_values(attribute, column, values, count)
    missing, ill_typed = count in passed, count + 1 in passed
    rest = frozenset(range(count)) - values
    if missing and ill_typed and rest:
        return f"not ({_say_values(attribute, column, rest, count)})"
    if ill_typed and not missing and not rest:
        return f"{attribute.name} is present"
    phrases = [_say_values(attribute, column, values, count)] if values else []
    phrases += [f"{attribute.name} is missing"] if missing else []
    phrases += [f"{attribute.name} is ill-typed"] if ill_typed else []
    return _either(phrases)


def _say_values(attribute: Attribute, column: Column, values: frozenset[int], count: int) -> str:
    """The phrase for well-typed values alone; there is at least one class."""
    name, kind = attribute.name, attribute.kind
    if column.member is not None:
        return f"{name} {'contains' if values == {1} else 'lacks'} {spell_text(column.member)}"
    if len(values) == count and kind.name != "one of":
        return f"{name} is any {kind.name}"
    match kind.name:
        case "boolean":
            return f"{name} = {'true' if values == {1} else 'false'}"
        case "number":
            return _say_intervals(name, column, values, _number_interval)
        case "integer":
            return _say_intervals(name, column, values, _integer_interval)
        case "one of":
            return _say_list(name, "=", "in", [spell_word(member) for member in _members(attribute, column, values)])
        case _:
            return _say_texts(name, column, values, count)


def _members(attribute: Attribute, column: Column, values: frozenset[int]) -> list[str]:
    """The members of a `one of` in some classes; the last class may stand for all that no predicate mentions."""
    mentioned = column.texts
    others = [member for member in attribute.kind.members if member not in mentioned]
    return [mentioned[i] for i in sorted(values) if i < len(mentioned)] + (others if len(mentioned) in values else [])


def _say_texts(name: str, column: Column, values: frozenset[int], count: int) -> str:
    """Open text: mentioned texts, mentioned prefixes, and anything else."""
    other = count - 1
    rest = frozenset(range(count)) - values
    named = [
        *map(spell_text, column.texts),
        *(f"{spell_text(prefix)}..." for prefix in column.prefixes),
        "anything else",
    ]
    if other not in values and (prefix := _prefix_of(column, values)) is not None:
        return f"{name} starts with {spell_text(prefix)}"
    if other in values and (prefix := _prefix_of(column, rest)) is not None:
        return f"{name} does not start with {spell_text(prefix)}"
    if max(values) < len(column.texts):
        return _say_list(name, "=", "in", [named[i] for i in sorted(values)])
    if max(rest) < len(column.texts):
        return _say_list(name, "!=", "not in", [named[i] for i in sorted(rest)])
    return f"{name} is {_either([named[i] for i in sorted(values)])}"


def _prefix_of(column: Column, values: frozenset[int]) -> str | None:
    """The mentioned prefix that just these classes begin with; None if there is no such prefix."""
    starts = [*column.texts, *column.prefixes]
    for prefix in column.prefixes:
        if values == {number for number, text in enumerate(starts) if text.startswith(prefix)}:
            return prefix
    return None


def _stretches(values: frozenset[int]) -> list[tuple[int, int]]:
    """The classes as stretches of neighbours: first and last of each."""
    stretches: list[tuple[int, int]] = []
    for number in sorted(values):
        if stretches and stretches[-1][1] == number - 1:
            stretches[-1] = (stretches[-1][0], number)
        else:
            stretches.append((number, number))
    return stretches


# An end of an interval is a sign and the number as it is spelled; an interval of one value has "=" as both signs.
Interval = tuple[tuple[str, str] | None, tuple[str, str] | None]


def _number_interval(column: Column, first: int, last: int) -> Interval:
    """Interval of some neighbouring classes: a cut is the least double of its class, so `> 200` cuts just above 200."""
    low = column.cuts[first - 1] if first > 0 else None
    high = column.cuts[last] if last < len(column.cuts) else None
    if low is not None and high == nextafter(low, float("inf")):
        return ("=", spell_number(low)), ("=", spell_number(low))
    return (
        None if low is None else _shorter((">=", low), (">", nextafter(low, float("-inf")))),
        None if high is None else _shorter(("<", high), ("<=", nextafter(high, float("-inf")))),
    )


def _integer_interval(column: Column, first: int, last: int) -> Interval:
    low = ceil(column.cuts[first - 1]) if first > 0 else None
    high = ceil(column.cuts[last]) - 1 if last < len(column.cuts) else None
    if low is not None and low == high:
        return ("=", str(low)), ("=", str(low))
    return None if low is None else (">=", str(low)), None if high is None else ("<=", str(high))


def _shorter(plain: tuple[str, float], neighbour: tuple[str, float]) -> tuple[str, str]:
    """Of two ways to say one bound, that whose number has fewer digits: it is the one that somebody wrote."""
    spelled = [(sign, spell_number(value)) for sign, value in (plain, neighbour)]
    return min(spelled, key=lambda bound: len(bound[1]))


def _say_intervals(
    name: str, column: Column, values: frozenset[int], interval: Callable[[Column, int, int], Interval]
) -> str:
    rest = frozenset(range(len(column.cuts) + 1)) - values
    left_out = [interval(column, *stretch) for stretch in _stretches(rest)]
    if all(map(_is_point, left_out)):
        return _say_list(name, "!=", "not in", [low[1] for low, _ in left_out if low is not None])
    passed = [interval(column, *stretch) for stretch in _stretches(values)]
    points = [low[1] for low, high in passed if low is not None and _is_point((low, high))]
    phrases = [_say_list(name, "=", "in", points)] if points else []
    phrases += [_say_interval(name, *ends) for ends in passed if not _is_point(ends)]
    return _either(phrases)


def _say_interval(name: str, low: tuple[str, str] | None, high: tuple[str, str] | None) -> str:
    match low, high:
        case (">=", at_least), ("<=", at_most):
            return f"{name} between {at_least} and {at_most}"
        case _:
            return " and ".join(f"{name} {sign} {number}" for sign, number in filter(None, (low, high)))


def _is_point(ends: Interval) -> bool:
    return ends[0] is not None and ends[0][0] == "="


def _say_list(name: str, sign: str, word: str, spelled: list[str]) -> str:
    return f"{name} {sign} {spelled[0]}" if len(spelled) == 1 else f"{name} {word} ({', '.join(spelled)})"


def _either(phrases: list[str]) -> str:
    return " or ".join(phrases)
