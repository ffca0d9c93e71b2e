"""The class of a value, as a record says it: what an exact replay needs of a value that is not kept.

Every class of a column has a text of its own, so it can be read back: `(200, inf)` of a number, `"high"` or `starts with
"A"` or `other` of a text, `true`, `present` of what is only asked for, `missing`, `ill-typed`. Of a set it is the list of
the mentioned members that it has.
"""

from collections.abc import Sequence
from math import inf, nextafter

from lumyn.errors import ReplayError
from lumyn_runtime.table import Attribute, Column, class_count, value_class_count
from lumyn_runtime.vocabulary import spell_number, spell_text

__all__ = ["ClassText", "class_text", "classes_of_text"]

ClassText = str | list[str]


def class_text(attribute: Attribute, columns: Sequence[Column], classes: Sequence[int]) -> ClassText:
    """What a record says of an attribute.

    columns: those about the attribute, the one without a member first
    classes: one for each
    """
    own, *of_members = columns
    text = _text(attribute, own, classes[0])
    if attribute.kind.name == "set of text" and text == "present":
        held = zip(of_members, classes[1:], strict=True)
        return [column.member for column, index in held if index == 1 and column.member is not None]
    return text


def classes_of_text(attribute: Attribute, columns: Sequence[Column], text: object) -> tuple[int, ...]:
    """The classes that a record says. Raises ReplayError for a text that is no class of the attribute's."""
    own, *of_members = columns
    if isinstance(text, list):
        members = [column.member for column in of_members]
        if attribute.kind.name == "set of text" and all(member in members for member in text):
            return (0, *(int(member in text) for member in members))
    else:
        for index in range(class_count(own, attribute)):
            if _text(attribute, own, index) == text:
                return (index, *(0 for _ in of_members))
    raise ReplayError(f"{attribute.name} has no class {text!r} under this policy")


def _text(attribute: Attribute, column: Column, index: int) -> str:
    count = value_class_count(column, attribute)
    if index >= count:
        return ("missing", "ill-typed")[index - count]
    match attribute.kind.name:
        case "number" | "integer":
            return _interval(column.cuts, index)
        case "boolean":
            return ("false", "true")[index]
        case "text" | "one of":
            starts = [*map(spell_text, column.texts), *(f"starts with {spell_text(p)}" for p in column.prefixes)]
            return starts[index] if index < len(starts) else "other"
        case _:
            return "present"


def _interval(cuts: tuple[float, ...], index: int) -> str:
    """A cut is the least double above it, so one just above 200 is spelled `(200`."""
    low = "(-inf" if index == 0 else _shorter(f"[{spell_number(cuts[index - 1])}", f"({_before(cuts[index - 1])}")
    high = "inf)" if index == len(cuts) else _shorter(f"{spell_number(cuts[index])})", f"{_before(cuts[index])}]")
    return f"{low}, {high}"


def _before(cut: float) -> str:
    return spell_number(nextafter(cut, -inf))


def _shorter(one: str, other: str) -> str:
    return one if len(one) <= len(other) else other
