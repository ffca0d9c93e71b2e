"""Syntax trees of conditions → Condition. The parser bounds how deep they go."""

from __future__ import annotations

from lark import Token

from lumyn_compiler.literals import Literals
from lumyn_compiler.operators import Operator
from lumyn_compiler.policy import (
    AllOf,
    Always,
    AnyOf,
    Condition,
    ConditionName,
    Literal,
    Negation,
    Operand,
    Predicate,
    Word,
)
from lumyn_compiler.trees import Node, child, children, find, place, span_of, token

__all__ = ["build_condition", "build_constant", "build_operand", "build_operands"]

# Rules of the grammar whose operator is always the same.
_OPERATORS = {
    "in_predicate": Operator.IN,
    "not_in_predicate": Operator.NOT_IN,
    "between_predicate": Operator.BETWEEN,
    "missing_predicate": Operator.IS_MISSING,
    "present_predicate": Operator.IS_PRESENT,
    "starts_with_predicate": Operator.STARTS_WITH,
    "contains_predicate": Operator.CONTAINS,
    "contains_any_predicate": Operator.CONTAINS_ANY,
    "contains_all_predicate": Operator.CONTAINS_ALL,
}


def build_condition(node: Node, literals: Literals) -> Condition:
    """A condition; parentheses are no nodes of their own and lie outside the span of what they hold."""
    match node.data:
        case "always":
            return Always(span=span_of(node))
        case "disjunction":
            return AnyOf(tuple(_operands_of(node, literals)), span=span_of(node))
        case "conjunction":
            return AllOf(tuple(_operands_of(node, literals)), span=span_of(node))
        case "negation":
            return build_condition(child(node, 1), literals)
        case "not_":
            return Negation(build_condition(child(node, 1), literals), span=span_of(node))
        case "condition_name":
            return ConditionName(_name(node, literals), span=span_of(node))
        case _:
            return _predicate(node, literals)


def _operands_of(node: Node, literals: Literals) -> list[Condition]:
    # Every other child is the `and` or `or` between them.
    return [build_condition(child(node, index), literals) for index in range(0, len(node.children), 2)]


def _predicate(node: Node, literals: Literals) -> Predicate:
    comparison = find(node, "comparison")
    operator = _OPERATORS[node.data] if comparison is None else Operator(token(comparison))
    lists = children(node, "operands")
    operands = build_operands(lists[0], literals) if lists else _loose_operands(node, literals)
    return Predicate(_name(node, literals), operator, operands, span=span_of(node))


def _name(node: Node, literals: Literals) -> Word:
    word = token(node)
    return literals.attribute(word, place(word).start)


def _loose_operands(node: Node, literals: Literals) -> tuple[Operand, ...]:
    return tuple(build_operand(operand, literals) for operand in children(node, "operand"))


def build_operands(node: Node, literals: Literals) -> tuple[Operand, ...]:
    """The constants of a list in parentheses."""
    return _loose_operands(node, literals)


def build_operand(node: Node, literals: Literals) -> Operand:
    """A constant, or the name of one."""
    word = token(node)
    constant = build_constant(word, literals)
    return literals.name(word, place(word).start) if constant is None else constant


def build_constant(word: Token, literals: Literals) -> Literal | None:
    """A number, a text, `true` or `false`; None for any other word."""
    match word.type:
        case "NUMBER":
            return literals.number(word, place(word).start)
        case "TEXT":
            return literals.text(word, place(word).start)
        case _:
            return Literal(word == "true", span=place(word)) if word in ("true", "false") else None
