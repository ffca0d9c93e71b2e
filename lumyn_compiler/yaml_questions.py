"""Condition keys → questions: `evidence.chargeback_risk_gte: 0.7` asks one thing about one attribute.

A question is a predicate whose operands are not settled yet: whether a text is one, or the name of a threshold, is known
only when the attribute's kind is.
"""

from __future__ import annotations

import attrs

from lumyn_compiler.diagnostic import Suggestion
from lumyn_compiler.operators import Operator
from lumyn_compiler.policy import Literal, Word
from lumyn_compiler.source import Span
from lumyn_compiler.suggest import truth_meant
from lumyn_compiler.yaml_names import EVIDENCE, read_attribute
from lumyn_compiler.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence
from lumyn_compiler.yaml_numbers import as_number
from lumyn_compiler.yaml_operators import SUFFIXES, half_operator, name_span, unknown_operator
from lumyn_compiler.yaml_scalars import scalar_value
from lumyn_compiler.yaml_shapes import Findings, as_entries, as_items, shown, wrong_shape

__all__ = ["ALWAYS", "ORDERINGS", "DraftCondition", "Question", "read_condition"]

# The value of an `if` that asks nothing.
ALWAYS = "always"

ORDERINGS = frozenset({Operator.LT, Operator.LE, Operator.GT, Operator.GE})


@attrs.frozen
class Question:
    """One entry of a condition.

    operator:  EQ, NE (which here is true of what is missing too), LT, LE, GT, GE, IN, IS_MISSING or IS_PRESENT
    constants: as they were written
    span:      the whole entry
    """

    attribute: Word
    operator: Operator
    constants: tuple[Literal, ...]
    span: Span


@attrs.frozen
class DraftCondition:
    """What the `if`s of a rule ask; all of it has to hold.

    every:        questions that all have to hold
    alternatives: lists of questions of which one list has to hold; empty where there is no `if_any`
    span:         of the alternatives
    """

    every: tuple[Question, ...]
    alternatives: tuple[tuple[Question, ...], ...]
    span: Span

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in the order of the document's `if`, `if_all` and `if_any`."""
        return (*self.every, *(question for alternative in self.alternatives for question in alternative))


def read_condition(
    if_: Node | None, if_all: Node | None, if_any: Node | None, named: frozenset[str], findings: Findings
) -> DraftCondition | None:
    """The condition of a rule; None where it has no `if` of any sort, no questions where that is `always`.

    named: full names of the evidence that is declared or required
    """
    if if_ is None and if_all is None and if_any is None:
        return None
    if isinstance(if_, Scalar) and if_.text == ALWAYS:
        if if_all is not None or if_any is not None:
            findings.add("L110", f"`if: {ALWAYS}` stands beside another condition", if_.span, "remove one of the two")
        return DraftCondition((), (), if_.span)
    every: list[Question] = []
    if if_ is not None:
        every += _entries(if_, "`if`", named, findings)
    for item in _items(if_all, "`if_all`", findings):
        every += _entries(item, "an item of `if_all`", named, findings)
    alternatives = [
        _entries(item, "an item of `if_any`", named, findings) for item in _items(if_any, "`if_any`", findings)
    ]
    span = if_any.span if if_any is not None else Span(0, 0)
    return DraftCondition(tuple(every), tuple(filter(None, alternatives)), span)


def _items(node: Node | None, subject: str, findings: Findings) -> tuple[Node, ...]:
    if node is None:
        return ()
    if isinstance(node, Mapping):
        wrong_shape(
            node, subject, "a list", findings, "a mapping belongs under `if`; an item of a list starts with `- `"
        )
        return ()
    items = as_items(node, subject, findings)
    if items == ():
        _empty(node, subject, findings)
    return items or ()


def _entries(node: Node, subject: str, named: frozenset[str], findings: Findings) -> tuple[Question, ...]:
    if isinstance(node, Sequence) and subject == "`if`":
        wrong_shape(node, subject, "a mapping", findings, "a list belongs under `if_all` or `if_any`")
        return ()
    if isinstance(node, Mapping) and not node.entries:
        _empty(node, subject, findings)
    questions = [_question(entry, named, findings) for entry in as_entries(node, subject, findings)]
    return tuple(question for question in questions if question is not None)


def _empty(node: Node, subject: str, findings: Findings) -> None:
    findings.add(
        "L406",
        f"{subject} is empty",
        node.span,
        f"ask something there, or write `if: {ALWAYS}` for a rule that always matches",
    )


def _question(entry: Entry, named: frozenset[str], findings: Findings) -> Question | None:
    key = entry.key
    name, _, suffix = key.text.rpartition("_")
    operator = SUFFIXES.get(suffix)
    if operator is None or not name:
        unknown_operator(key, named, findings)
        return None
    if not name.startswith(EVIDENCE) and half_operator(name, operator, name_span(key, name), named, findings):
        return None
    attribute = read_attribute(name, name_span(key, name), findings, named)
    asked = _asked(operator, f"`{shown(key.text)}`", entry.value, findings)
    if attribute is None or asked is None:
        return None
    return Question(attribute, *asked, entry.span)


def _asked(
    operator: Operator, subject: str, value: Node, findings: Findings
) -> tuple[Operator, tuple[Literal, ...]] | None:
    match operator:
        case Operator.IS_PRESENT:
            return _presence(subject, value, findings)
        case Operator.IN:
            return _membership(subject, value, findings)
        case Operator.EQ | Operator.NE if isinstance(value, Scalar) and scalar_value(value) is None:
            return (Operator.IS_MISSING if operator is Operator.EQ else Operator.IS_PRESENT), ()
        case _:
            constant = _constant(operator, subject, value, findings)
            return None if constant is None else (operator, (constant,))


def _presence(subject: str, value: Node, findings: Findings) -> tuple[Operator, tuple[Literal, ...]] | None:
    wanted = scalar_value(value) if isinstance(value, Scalar) else None
    if isinstance(wanted, bool):
        return (Operator.IS_PRESENT if wanted else Operator.IS_MISSING), ()
    meant = truth_meant(value.text) if isinstance(value, Scalar) else None
    wish = None if meant is None else f"write `{meant}`; YAML 1.2 has no other word for it"
    mend = None if meant is None else Suggestion(value.span, meant)
    wrong_shape(value, subject, "true or false", findings, wish, mend)
    return None


def _membership(subject: str, value: Node, findings: Findings) -> tuple[Operator, tuple[Literal, ...]] | None:
    items = as_items(value, subject, findings)
    if items is None:
        return None
    if not items:
        findings.add("L110", f"{subject} lists nothing", value.span, "nothing is one of no values; list some")
        return None
    constants = [_constant(Operator.IN, f"an item of {subject}", item, findings) for item in items]
    return Operator.IN, tuple(constant for constant in constants if constant is not None)


def _constant(operator: Operator, subject: str, value: Node, findings: Findings) -> Literal | None:
    ordering = operator in ORDERINGS
    found = scalar_value(value) if isinstance(value, Scalar) else None
    match found:
        case bool() if not ordering:
            return Literal(found, span=value.span)
        case float() if not isinstance(found, bool):
            return as_number(value, subject, findings)
        case str() if found:
            return Literal(found, span=value.span)
        case "" if not ordering:
            findings.add(
                "L110",
                f"{subject} takes no blank text, which counts as missing",
                value.span,
                "ask with `_is: null` or `_present: true`",
            )
            return None
        case _:
            wanted = "a number or the name of a threshold" if ordering else "a text, a number, true or false"
            wish = "`_in` takes a list" if isinstance(value, Sequence) and not ordering else None
            wrong_shape(value, subject, wanted, findings, wish)
            return None
