"""Names, constants, kinds and conditions as `.lumyn` text on one line: quotes and parentheses only where they are needed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import assert_never

from lumyn_compiler.operators import OPERATORS, Operands, Operator
from lumyn_compiler.policy import (
    AllOf,
    Always,
    AnyOf,
    Condition,
    ConditionName,
    KindSpec,
    Literal,
    Negation,
    Operand,
    Predicate,
    Scope,
    Word,
)
from lumyn_runtime.errors import LumynError
from lumyn_runtime.vocabulary import spell_number, spell_text

__all__ = [
    "PARTS_MAX",
    "UnwritableError",
    "needs_parentheses",
    "spell_action",
    "spell_bare",
    "spell_condition",
    "spell_given_name",
    "spell_kind",
    "spell_literal",
    "spell_name",
    "spell_operand",
    "spell_patterns",
]


class UnwritableError(LumynError):
    """A name for which `.lumyn` has no spelling where it stands; only trees that no `.lumyn` text gave have one."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"{spell_text(self.name)} can't be written as a name in a .lumyn file"


def spell_bare(word: Word, *keywords: str) -> str:
    """A name where no text may stand instead: of an attribute, a constant, a verdict; its parts may be quoted.

    keywords: words that mean something else here
    """
    spelled = _dotted(word.text)
    if spelled is None or spelled in keywords:
        raise UnwritableError(word.text)
    return spelled


def spell_name(word: Word) -> str:
    """A name where it may be quoted altogether, as in a declaration."""
    first, dot, rest = word.text.partition(".")
    spelled = _dotted(f"a{dot}{rest}")
    if spelled is None or not (dot or _WORD.fullmatch(first)):
        return spell_text(word.text)
    return (first if _WORD.fullmatch(first) else spell_text(first)) + spelled[1:]


def spell_action(word: Word, *keywords: str) -> str:
    """An action type: a name, or a text."""
    spelled = _dotted(word.text)
    return spell_text(word.text) if spelled is None or spelled in keywords else spelled


def spell_given_name(word: Word) -> str:
    """The name of an input after `given`."""
    return spell_text(word.text) if word.text in ("request", "evidence") else spell_name(word)


def spell_patterns(scope: Scope) -> tuple[str, ...]:
    """What stands after `for`, one text a pattern."""
    return tuple(map(_pattern, scope.patterns)) or ("any action",)


def spell_literal(literal: Literal) -> str:
    """A constant; a number as its author spelled it."""
    match literal.value:
        case bool(value):
            return "true" if value else "false"
        case str(value):
            return spell_text(value)
        case value:
            written = literal.spelling
            if written is not None and _NUMBER.fullmatch(written) and float(written) == value:
                return written
            return spell_number(value)


def spell_operand(operand: Operand) -> str:
    """A constant, or the bare name of one."""
    return spell_literal(operand) if isinstance(operand, Literal) else spell_bare(operand, "true", "false")


def spell_kind(kind: KindSpec) -> str:
    """A kind as it stands in a declaration."""
    if kind.name == "one of":
        return f"one of ({', '.join(map(spell_operand, kind.members))})"
    low = "" if kind.low is None else f" from {spell_literal(kind.low)}"
    high = "" if kind.high is None else f" to {spell_literal(kind.high)}"
    if kind.name.startswith("set of "):
        return f"set of {spell_bare(Word(kind.name.removeprefix('set of ')))}"
    return f"{spell_bare(Word(kind.name), 'one', 'set')}{low}{high}"


def spell_condition(condition: Condition) -> str:
    """A condition on one line, as it may stand after `when`."""
    return _condition(condition, first=True)


def needs_parentheses(part: Condition, whole: Condition) -> bool:
    """Whether a part of an `and`, `or` or `not` would be read as something else without them."""
    match part:
        case AnyOf():
            return True
        case AllOf():
            return not isinstance(whole, AnyOf)
        case _:
            return False


# What the grammar says of names and numbers.
_WORD = re.compile(r"(?:[A-Za-z_]|[0-9]+(?:[A-DF-Za-df-z_]|[eE][A-Za-z_]))[A-Za-z0-9_-]*")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
PARTS_MAX = 32


def _dotted(name: str) -> str | None:
    """A name whose odd parts stand in quotes; None where the language has none."""
    first, *rest = name.split(".")
    if not _WORD.fullmatch(first) or len(rest) >= PARTS_MAX:
        return None
    return ".".join([first, *(part if _PART.fullmatch(part) else spell_text(part) for part in rest)])


def _pattern(word: Word) -> str:
    name = word.text.removesuffix(".*")
    if name == word.text:
        return spell_action(word, "any")
    return word.text if _dotted(name) == name else spell_text(word.text)


def _condition(condition: Condition, *, first: bool = False) -> str:
    """first: it stands right after `when`, where the word `always` is no name."""
    match condition:
        case Always():
            return "always"
        case AllOf(parts=parts):
            return _joined(parts, " and ", condition, first=first)
        case AnyOf(parts=parts):
            return _joined(parts, " or ", condition, first=first)
        case Negation(part=part):
            return f"not {_part(part, condition)}"
        case ConditionName(name=word):
            spelled = spell_bare(word, "not")
            return f"({spelled})" if first and spelled == "always" else spelled
        case Predicate():
            spelled = _predicate(condition)
            return f"({spelled})" if first and spelled.startswith("always ") else spelled
        case _:
            assert_never(condition)


def _joined(parts: Iterable[Condition], sign: str, whole: Condition, *, first: bool) -> str:
    return sign.join(_part(part, whole, first=first and not at) for at, part in enumerate(parts))


def _part(part: Condition, whole: Condition, *, first: bool = False) -> str:
    if isinstance(part, Always):
        raise UnwritableError("always")
    return f"({_condition(part)})" if needs_parentheses(part, whole) else _condition(part, first=first)


def _predicate(predicate: Predicate) -> str:
    start = f"{spell_bare(predicate.attribute, 'not')} {predicate.operator.value}"
    match OPERATORS[predicate.operator].operands:
        case Operands.NONE:
            return start
        case Operands.ONE:
            return f"{start} {_single_operand(predicate)}"
        case Operands.TWO:
            low, high = predicate.operands
            return f"{start} {spell_operand(low)} and {spell_operand(high)}"
        case Operands.MANY:
            return f"{start} ({', '.join(map(spell_operand, predicate.operands))})"


def _single_operand(predicate: Predicate) -> str:
    [operand] = predicate.operands
    spelled = spell_operand(operand)
    if predicate.operator is Operator.CONTAINS and spelled in ("any", "all"):
        raise UnwritableError(spelled)
    return spelled
