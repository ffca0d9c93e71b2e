"""The kinds of evidence: as declared, or inferred from how the rules use it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

import attrs

from lumyn_compiler.diagnostic import Label, Suggestion
from lumyn_compiler.operators import Operator
from lumyn_compiler.policy import EvidenceDeclaration, KindSpec, Let, Literal, Predicate, Word
from lumyn_compiler.source import Span
from lumyn_compiler.suggest import truth_meant
from lumyn_compiler.yaml_names import EVIDENCE
from lumyn_compiler.yaml_questions import ORDERINGS, Question
from lumyn_compiler.yaml_shapes import Findings, shown
from lumyn_runtime.builtin import BUILT_IN_KINDS

__all__ = ["Use", "infer_declarations", "uses_of_predicate", "uses_of_question", "uses_of_requirement"]

_OF_NUMBERS = ORDERINGS | {Operator.BETWEEN}
_OF_SETS = frozenset({Operator.CONTAINS, Operator.CONTAINS_ANY, Operator.CONTAINS_ALL})


@attrs.frozen
class Use:
    """One use of an attribute.

    kind:     what it takes the attribute to be; None where it says nothing
    constant: the text that may be the name of a threshold instead
    span:     of what tells the kind
    """

    attribute: Word
    kind: str | None
    span: Span
    constant: str | None = None


def uses_of_question(question: Question) -> Iterator[Use]:
    """What the question says of its attribute's kind, one use a constant."""
    if not question.constants:
        yield Use(question.attribute, None, question.span)
    for constant in question.constants:
        if question.operator in ORDERINGS:
            yield Use(question.attribute, "number", question.span)
        else:
            text = constant.value if isinstance(constant.value, str) else None
            yield Use(question.attribute, _kind_of(constant), constant.span, text)


def uses_of_predicate(predicate: Predicate) -> Iterator[Use]:
    """What a predicate of a claim says of its attribute's kind."""
    attribute, operator = predicate.attribute, predicate.operator
    if operator in _OF_NUMBERS:
        yield Use(attribute, "number", predicate.span)
    elif operator in _OF_SETS:
        yield Use(attribute, "set of text", predicate.span)
    elif operator is Operator.STARTS_WITH:
        yield Use(attribute, "text", predicate.span)
    elif not predicate.operands:
        yield Use(attribute, None, predicate.span)
    else:
        for operand in predicate.operands:
            match operand:
                case Literal():
                    yield Use(attribute, _kind_of(operand), operand.span)
                case Word():
                    yield Use(attribute, None, operand.span)
                case _:
                    assert_never(operand)


def uses_of_requirement(attribute: Word) -> Use:
    """A requirement says nothing of its attribute's kind."""
    return Use(attribute, None, attribute.span)


def infer_declarations(
    uses: Iterable[Use], declared: Iterable[EvidenceDeclaration], thresholds: dict[str, Let], findings: Findings
) -> list[EvidenceDeclaration]:
    """A declaration for every attribute of the evidence that is used and not declared, in the order of first uses."""
    known = {word.text for declaration in declared for word in declaration.names}
    grouped: dict[str, list[Use]] = {}
    for use in uses:
        name = use.attribute.text
        if name.startswith(EVIDENCE) and name.removeprefix(EVIDENCE) not in known and name not in BUILT_IN_KINDS:
            grouped.setdefault(name, []).append(use)
    return [_declaration(own, thresholds, findings) for own in grouped.values()]


def _declaration(uses: list[Use], thresholds: dict[str, Let], findings: Findings) -> EvidenceDeclaration:
    word = uses[0].attribute
    name = Word(word.text.removeprefix(EVIDENCE), span=word.span)
    return EvidenceDeclaration((name,), KindSpec(_kind(uses, thresholds, findings), span=word.span), span=word.span)


def _kind(uses: list[Use], thresholds: dict[str, Let], findings: Findings) -> str:
    telling = [use for use in uses if use.kind is not None and use.constant not in thresholds]
    unsure = [use for use in uses if use.constant in thresholds]
    if not telling:
        if unsure:
            _ambiguous(unsure[0], thresholds, findings)
        return "scalar"
    if _tell_old_truths(telling, findings):
        return "boolean"
    first = telling[0]
    for use in telling[1:] if first.kind == "number" else [*telling[1:], *unsure]:
        if use.kind != first.kind:
            _disagreement(first, use, findings)
            break
    return first.kind or "scalar"


def _tell_old_truths(uses: list[Use], findings: Findings) -> bool:
    """Whether an attribute is only compared with `yes`, `no`, `on` and `off` without quotes, as YAML 1.1 spells booleans.

    `NO` is a country, and `[no, se]` a list of them; texts in quotes, or of declared kind, are what they are.
    """
    old = [use for use in uses if _is_old_truth(use)]
    if not old or any(use.kind != "boolean" and use not in old for use in uses):
        return False
    for use in old:
        word = str(use.constant)
        meant = str(truth_meant(word))
        findings.add(
            "L110",
            f"`{word}` is a text in YAML 1.2, not {meant}",
            use.span,
            f"write `{meant}`; a text that is spelled so stands in quotes",
            suggestion=Suggestion(use.span, meant),
        )
    return True


def _is_old_truth(use: Use) -> bool:
    plain = use.constant is not None and use.span.end - use.span.start == len(use.constant)
    return plain and use.constant in _OLD_TRUTHS


_OLD_TRUTHS = frozenset(form for word in ("yes", "no", "on", "off", "y", "n") for form in (word, word.title()))


def _disagreement(first: Use, use: Use, findings: Findings) -> None:
    name = shown(use.attribute.text)
    findings.add(
        "L307",
        f"`{name}` is taken for {use.kind} here, and for {first.kind} elsewhere",
        use.span,
        "an attribute has one kind, on which all of its uses agree; change one of the two",
        labels=(Label(first.span, f"{first.kind} here"),),
    )


def _ambiguous(use: Use, thresholds: dict[str, Let], findings: Findings) -> None:
    assert use.constant is not None, "it is unsure because of its constant"
    name = shown(use.attribute.text)
    findings.add(
        "L307",
        f"`{shown(use.constant)}` is a text or the threshold of that name, and nothing tells which",
        use.span,
        f"declare the kind of `{name}` under `extensions: {{lumyn: {{evidence: …}}}}`",
        labels=(Label(thresholds[use.constant].name.span, "the threshold"),),
    )


def _kind_of(constant: Literal) -> str:
    match constant.value:
        case bool():
            return "boolean"
        case float():
            return "number"
        case _:
            return "text"
