"""A strategy for policies as written: every construct that parses, whether it makes sense or not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

from hypothesis import strategies as st

import lumyn_compiler
from lumyn_compiler.operators import OPERATORS, Operands, Operator
from lumyn_compiler.policy import (
    AllOf,
    Always,
    Amount,
    AnyOf,
    Ask,
    Claim,
    ClaimForm,
    Condition,
    ConditionName,
    Default,
    EvidenceDeclaration,
    Given,
    Header,
    KindSpec,
    Let,
    Literal,
    NamedCondition,
    Negation,
    Oblige,
    Operand,
    Policy,
    PolicyTest,
    Predicate,
    ReasonDeclaration,
    Require,
    Rule,
    Scope,
    Word,
)
from lumyn_runtime.vocabulary import MAGNITUDE_MAX

__all__ = ["conditions", "policies"]

# Every keyword of the grammar is a name where a name stands; a few more that look like something else.
_GRAMMAR = (Path(lumyn_compiler.__file__).parent / "lumyn.lark").read_text()
_KEYWORDS = re.findall(r'"([a-z]+)"', _GRAMMAR)
_ODD_WORDS = sorted({*_KEYWORDS, "true", "false", "3ds", "1a", "e5", "a-b", "_", "x_1", "R001", "Z"})
_ODD_PARTS = ("card", "3", "1e5", "-", "", "a b", "é", "and", 'x"', "\t", "Ω-1", "*")


def _plain() -> st.SearchStrategy[str]:
    return st.sampled_from(_ODD_WORDS)


def _bare(*barred: str) -> st.SearchStrategy[Word]:
    """Names without an escape in them, whose first part is a word, but for those that are keywords where they stand."""
    part = st.sampled_from([part for part in _ODD_PARTS if part.isprintable() and part and '"' not in part])
    dotted = st.tuples(_plain(), st.lists(part, max_size=2)).map(lambda pair: ".".join([pair[0], *pair[1]]))
    return (_plain() | dotted).filter(lambda name: name not in barred).map(Word)


def _names(*barred: str) -> st.SearchStrategy[Word]:
    """Names that may be quoted as a whole."""
    return _bare(*barred) | st.text("a. \"\\é\n\u202e'#*", min_size=1, max_size=6).map(Word)


def _texts() -> st.SearchStrategy[Literal]:
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(Literal)


def _numbers() -> st.SearchStrategy[Literal]:
    # Larger ones are refused where they are read.
    finite = st.floats(-MAGNITUDE_MAX, MAGNITUDE_MAX).map(lambda value: value or 0.0)
    spelled = st.sampled_from(["0", "-0", "1.50", "1e-7", "2E+3", "-12.0", "9007199254740992"])
    return finite.map(Literal) | spelled.map(lambda text: Literal(float(text) or 0.0, spelling=text))


def _literals() -> st.SearchStrategy[Literal]:
    return _texts() | _numbers() | st.booleans().map(Literal)


def _operands(*barred: str) -> st.SearchStrategy[Operand]:
    return _literals() | _bare("true", "false", *barred)


T = TypeVar("T")


def _some(strategy: st.SearchStrategy[T], least: int = 1, most: int = 3) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


def _optional(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | strategy


@st.composite
def _predicates(draw: st.DrawFn) -> Predicate:
    operator = draw(st.sampled_from(Operator))
    barred = ("any", "all") if operator is Operator.CONTAINS else ()
    counts = {Operands.NONE: (0, 0), Operands.ONE: (1, 1), Operands.TWO: (2, 2), Operands.MANY: (1, 8)}
    least, most = counts[OPERATORS[operator].operands]
    operands = draw(st.lists(_operands(*barred), min_size=least, max_size=most))
    return Predicate(draw(_bare("not")), operator, tuple(operands))


def conditions(*, always: bool = True) -> st.SearchStrategy[Condition]:
    """Conditions of every shape; `always` only by itself."""

    def larger(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        several = st.lists(parts, min_size=2, max_size=4).map(tuple)
        return several.map(AllOf) | several.map(AnyOf) | parts.map(Negation)

    leaves = _predicates() | _bare("not").map(ConditionName)
    tree = st.recursive(leaves, larger, max_leaves=12)
    return st.just(Always()) | tree if always else tree


def _scopes() -> st.SearchStrategy[Scope]:
    patterns = _names() | _plain().map(lambda name: Word(f"{name}.*")) | st.just(Word("a b.*"))
    return st.builds(Scope, _some(patterns, least=0, most=8))


def _kinds() -> st.SearchStrategy[KindSpec]:
    bounds = {"low": _optional(_numbers()), "high": _optional(_numbers())}
    plain = st.sampled_from(["text", "number", "integer", "boolean", "scalar", "nmber"])
    return (
        st.builds(KindSpec, plain, **bounds)
        | st.builds(KindSpec, st.just("one of"), members=_some(_operands(), most=12))
        | st.builds(KindSpec, st.sampled_from(["set of text", "set of number"]))
    )


@st.composite
def _rules(draw: st.DrawFn) -> Rule:
    question = st.builds(Require, _some(_names()), _optional(_texts()))
    return Rule(
        rule_id=draw(_names()),
        stage=Word(draw(st.sampled_from(["REQUIREMENTS", "TRUST_PATHS", "stage", "3d"]))),
        scope=draw(_scopes()),
        when=draw(_optional(conditions())),
        requires=draw(_some(question, least=0)),
        verdict=draw(_bare()),
        reason_codes=draw(_some(_names(), least=0)),
        asks=draw(_some(st.builds(Ask, _bare(), _texts()), least=0)),
        obligations=draw(_some(st.builds(Oblige, _bare(), _bare(), _texts()), least=0)),
    )


def _claims() -> st.SearchStrategy[Claim]:
    return st.builds(Claim, st.sampled_from(ClaimForm), _bare("at"), _scopes(), _optional(conditions()))


def _givens(most: int) -> st.SearchStrategy[tuple[Given, ...]]:
    given = st.builds(Given, _names(), _operands() | _some(_operands()))
    return st.lists(given, max_size=most, unique_by=lambda given: given.name.text).map(tuple)


@st.composite
def _tests(draw: st.DrawFn) -> PolicyTest:
    action_type = draw(_optional(_names()))
    amount = draw(_optional(st.builds(Amount, _numbers(), _bare()))) if action_type is not None else None
    return PolicyTest(
        name=draw(_texts()),
        action_type=action_type,
        amount=amount,
        evidence=draw(_givens(8)),
        attributes=draw(_givens(3)),
        verdict=draw(_bare()),
        reason_codes=draw(_some(_names(), least=0)),
    )


def policies() -> st.SearchStrategy[Policy]:
    """Policies without places, comments and waivers."""
    return st.builds(
        Policy,
        header=_optional(st.builds(Header, _names(), _texts())),
        mode=_optional(_bare()),
        default=_optional(st.builds(Default, _bare(), _bare())),
        evidence=_some(st.builds(EvidenceDeclaration, _some(_names(), most=6), _kinds()), least=0),
        redact=_some(_names(), least=0),
        reasons=_some(st.builds(ReasonDeclaration, _bare(), _texts()), least=0),
        lets=_some(st.builds(Let, _bare(), _literals()), least=0),
        conditions=_some(st.builds(NamedCondition, _bare(), conditions()), least=0),
        rules=_some(_rules(), least=0, most=4),
        claims=_some(_claims(), least=0, most=2),
        tests=_some(_tests(), least=0, most=2),
    )
