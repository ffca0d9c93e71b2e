"""Questions → conditions, once the kinds of attributes are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

import attrs

from lumyn_compiler.operators import Operator
from lumyn_compiler.policy import (
    AllOf,
    Always,
    AnyOf,
    Condition,
    EvidenceDeclaration,
    Let,
    Literal,
    Operand,
    Predicate,
    Word,
)
from lumyn_compiler.suggest import nearest
from lumyn_compiler.yaml_nodes import Scalar
from lumyn_compiler.yaml_questions import ORDERINGS, DraftCondition, Question
from lumyn_compiler.yaml_scalars import scalar_value
from lumyn_compiler.yaml_shapes import Findings, shown
from lumyn_runtime.builtin import BUILT_IN_KINDS
from lumyn_runtime.vocabulary import spell_word

__all__ = ["Meanings", "build_condition", "kind_names"]


@attrs.frozen
class Meanings:
    """What names stand for.

    kinds:    name of the kind of every attribute, by its full name
    inferred: full names of those whose kind follows from their uses alone
    """

    kinds: Mapping[str, str]
    inferred: frozenset[str]
    thresholds: Mapping[str, Let]


def kind_names(declarations: Iterable[EvidenceDeclaration]) -> dict[str, str]:
    """Name of the kind of every attribute that is built in or declared; the first declaration counts."""
    kinds = {name: kind.name for name, kind in BUILT_IN_KINDS.items()}
    for declaration in declarations:
        for word in declaration.names:
            kinds.setdefault(f"evidence.{word.text}", declaration.kind.name)
    return kinds


def build_condition(draft: DraftCondition, meanings: Meanings, findings: Findings) -> Condition:
    """The condition that a draft stands for."""
    parts = [_predicate(question, meanings, findings) for question in draft.every]
    alternatives = [_all_of(alternative, meanings, findings) for alternative in draft.alternatives]
    if len(alternatives) == 1:
        parts.append(alternatives[0])
    elif alternatives:
        parts.append(AnyOf(tuple(alternatives), span=draft.span))
    return _joined(parts)


def _all_of(questions: Iterable[Question], meanings: Meanings, findings: Findings) -> Condition:
    return _joined([_predicate(question, meanings, findings) for question in questions])


def _joined(parts: list[Condition]) -> Condition:
    """All of the parts; a part that is an `and` itself is taken apart."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, AllOf) else (part,))]
    if not flat:
        return Always()
    return flat[0] if len(flat) == 1 else AllOf(tuple(flat), span=flat[0].span.through(flat[-1].span))


def _predicate(question: Question, meanings: Meanings, findings: Findings) -> Condition:
    attribute, span = question.attribute, question.span
    kind = meanings.kinds.get(attribute.text, "scalar")
    # That a text is compared with an inferred number was said when the kind was inferred.
    if kind in _NUMBERS and (attribute.text not in meanings.inferred or question.operator in ORDERINGS):
        _check_numbers(question, meanings, findings)
    operands = tuple(_operand(constant, kind) for constant in question.constants)
    predicate = Predicate(attribute, question.operator, operands, span=span)
    if question.operator is not Operator.NE:
        return predicate
    return AnyOf((Predicate(attribute, Operator.IS_MISSING, (), span=span), predicate), span=span)


_NUMBERS = frozenset({"number", "integer"})


def _operand(constant: Literal, kind: str) -> Operand:
    match constant.value:
        case str(text) if kind in _NUMBERS or (kind == "one of" and spell_word(text) == text):
            return Word(text, span=constant.span)
        case str() | float() | bool():
            return constant
        case _:
            assert_never(constant.value)


def _check_numbers(question: Question, meanings: Meanings, findings: Findings) -> None:
    """Texts in the place of numbers are names of thresholds."""
    for constant in question.constants:
        text = constant.value
        if not isinstance(text, str) or text in meanings.thresholds or findings.full:
            continue
        if isinstance(scalar_value(Scalar(text, is_plain=True, span=constant.span)), float):
            findings.add(
                "L110", f"`{shown(text)}` in quotes is a text, not a number", constant.span, "remove the quotes"
            )
            continue
        close = nearest(text, meanings.thresholds)
        findings.add(
            "L201",
            f"there is no threshold `{shown(text)}`",
            constant.span,
            f"did you mean `{close}`?" if close else "write a number, or declare it under `thresholds`",
        )
