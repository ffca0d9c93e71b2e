"""Constants as other languages write them, which read as names here: `null`, `NaN`, `1_000`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.names import conditions_of, leaves
from lumyn_compiler.number_notation import notation_of
from lumyn_compiler.operators import Operator
from lumyn_compiler.policy import ConditionName, Given, Operand, Policy, Predicate, Word
from lumyn_compiler.source import Span
from lumyn_runtime.builtin import BUILT_IN_KINDS
from lumyn_runtime.vocabulary import spell_text

__all__ = ["borrowed_words", "wrong_constant"]

_ABSENT = frozenset({"null", "nil", "none", "undefined"})
_NOT_FINITE = frozenset({"nan", "inf", "infinity"})
_BOOLEANS = frozenset({"true", "false"})


def borrowed_words(policy: Policy) -> Iterator[Diagnostic]:
    """Words in the place of constants and conditions that nothing declares, but that mean something elsewhere."""
    owners = {
        word.text: f"evidence.{declaration.names[0].text}"
        for declaration in policy.evidence
        for word in _words(declaration.kind.members)
    }
    texts = {name for name, kind in BUILT_IN_KINDS.items() if kind.name == "text"} | {
        f"evidence.{name.text}"
        for declaration in policy.evidence
        if declaration.kind.name == "text"
        for name in declaration.names
    }
    conditions = {named.name.text for named in policy.conditions}
    declared = {let.name.text for let in policy.lets} | conditions | owners.keys()
    for condition in conditions_of(policy):
        for leaf in leaves(condition):
            match leaf:
                case ConditionName(name=name) if name.text not in declared:
                    yield from _condition(name)
                case ConditionName(name=name) if name.text in owners and name.text not in conditions:
                    yield _member(name, owners[name.text])
                case Predicate(operands=operands):
                    for word in _words(operands):
                        if word.text not in declared:
                            is_text = leaf.attribute.text in texts
                            yield from _absent_operand(word, leaf, is_text=is_text) or wrong_constant(word)
                case _:
                    pass
    for test in policy.tests:
        for given in (*test.evidence, *test.attributes):
            yield from _given(given, declared)


def wrong_constant(word: Word) -> list[Diagnostic]:
    """What is wrong with a word that was meant as a number or as a truth value; empty for any other word."""
    text, span = word.text, word.span
    if text.lower() in _BOOLEANS:
        return [_write("L101", f"there is no `{text}`", text.lower(), span)]
    if text.lower() in _NOT_FINITE:
        wish = "numbers are finite: write the largest one that makes sense"
        return [Diagnostic("L105", f"`{text}` is no number", span, help=wish)]
    notation = notation_of(text) if text[0].isdigit() else None
    return [] if notation is None else [notation.diagnostic(text, span)]


def _words(operands: Iterable[Operand]) -> Iterator[Word]:
    return (operand for operand in operands if isinstance(operand, Word))


def _condition(word: Word) -> Iterator[Diagnostic]:
    if word.text.lower() in ("always", "true"):
        yield _write("L101", f"there is no condition `{word.text}`", "always", word.span)
    elif word.text.lower() in ("never", "false"):
        wish = "a rule that never matches is no rule: remove it"
        yield Diagnostic("L101", f"there is no condition `{word.text}`", word.span, help=wish)


def _member(word: Word, owner: str) -> Diagnostic:
    """`risk = low or medium`."""
    message = f"`{word.text}` is a member of `{owner}`, not a condition"
    return Diagnostic("L201", message, word.span, help=f"write `{owner} in (…, {word.text})`")


def _absent_operand(word: Word, predicate: Predicate, *, is_text: bool) -> list[Diagnostic]:
    if word.text.lower() not in _ABSENT:
        return []
    wish = {Operator.EQ: "is missing", Operator.NE: "is present"}.get(predicate.operator)
    if wish is not None and word.text.lower() == "none" and is_text:
        text = spell_text(word.text)
        help_text = f"write `{predicate.attribute.text} {wish}`, or `{predicate.operator} {text}` if that is its text"
        return [Diagnostic("L101", f"there is no `{word.text}`", word.span, help=help_text)]
    if wish is None:
        help_text = f"ask with `{predicate.attribute.text} is missing`"
        return [Diagnostic("L101", f"there is no `{word.text}`", word.span, help=help_text)]
    span = Span(predicate.attribute.span.end, word.span.end)
    return [
        Diagnostic(
            "L101",
            f"there is no `{word.text}`",
            word.span,
            help=f"write `{predicate.attribute.text} {wish}`",
            suggestion=Suggestion(span, f" {wish}"),
        )
    ]


def _given(given: Given, declared: set[str]) -> Iterator[Diagnostic]:
    for word in _words(given.value if isinstance(given.value, tuple) else (given.value,)):
        if word.text in declared:
            continue
        if word.text.lower() in _ABSENT:
            wish = "leave it out: what is not given is missing"
            yield Diagnostic("L101", f"there is no `{word.text}`", word.span, help=wish)
        else:
            yield from wrong_constant(word)


def _write(code: str, message: str, right: str, span: Span) -> Diagnostic:
    return Diagnostic(code, message, span, help=f"write `{right}`", suggestion=Suggestion(span, right))
