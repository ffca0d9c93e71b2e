"""Long lists and conditions on several lines."""

from __future__ import annotations

from collections.abc import Sequence

from lumyn_compiler.operators import OPERATORS, Operands
from lumyn_compiler.policy import AllOf, AnyOf, Condition, Negation, Predicate
from lumyn_compiler.spell import needs_parentheses, spell_bare, spell_condition, spell_operand

__all__ = ["COLUMNS_MAX", "lay_out_condition", "lay_out_list"]

# Lines are at most this long, but for texts and names that are longer by themselves.
COLUMNS_MAX = 100


def lay_out_list(opening: str, items: Sequence[str], closing: str, indent: int) -> list[str]:
    """Items with commas between them, as many on a line as there is room for.

    indent: columns before the first item of every further line
    """
    lines = [opening]
    gap = ""
    for position, item in enumerate(items):
        piece = item + (closing if position == len(items) - 1 else ",")
        room = COLUMNS_MAX - len(piece)
        # The first item begins a line of its own only where that helps.
        if len(lines[-1]) + len(gap) > room and (position or len(opening) > indent <= room):
            lines[-1] = lines[-1].rstrip()
            lines.append(" " * indent + piece)
        else:
            lines[-1] += gap + piece
        gap = " "
    return lines


def lay_out_condition(opening: str, condition: Condition, closing: str, indent: int) -> list[str]:
    """A condition on one line if it fits, else one part a line, each behind its `and` or `or`.

    opening: what the first line begins with
    closing: what the last line ends with
    indent:  columns before the `and` or `or` of every further line
    """
    return _lay_out(opening, condition, closing, indent, spell_condition(condition))


def _lay_out(opening: str, condition: Condition, closing: str, indent: int, flat: str) -> list[str]:
    if len(opening) + len(flat) + len(closing) <= COLUMNS_MAX:
        return [opening + flat + closing]
    match condition:
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return _lay_out_parts(opening, condition, parts, closing, indent)
        case Negation(part=part):
            # The part's own signs stand where those of the `not` would.
            return _lay_out_part(f"{opening}not ", condition, part, closing, indent - 2)
        case Predicate(operator=operator) if OPERATORS[operator].operands is Operands.MANY and flat[0] != "(":
            start = f"{opening}{spell_bare(condition.attribute)} {operator.value} ("
            return lay_out_list(start, [*map(spell_operand, condition.operands)], f"){closing}", indent + 2)
        case _:
            return [opening + flat + closing]


def _lay_out_parts(
    opening: str, whole: AllOf | AnyOf, parts: Sequence[Condition], closing: str, indent: int
) -> list[str]:
    sign = "and" if isinstance(whole, AllOf) else "or"
    lines: list[str] = []
    for position, part in enumerate(parts):
        start = f"{' ' * indent}{sign} " if position else opening
        end = closing if position == len(parts) - 1 else ""
        lines += _lay_out_part(start, whole, part, end, indent)
    return lines


def _lay_out_part(opening: str, whole: Condition, part: Condition, closing: str, indent: int) -> list[str]:
    if needs_parentheses(part, whole):
        opening, closing = f"{opening}(", f"){closing}"
    return lay_out_condition(opening, part, closing, indent + 2)
