"""A policy as `.lumyn` text: plainly, or in any of the ways in which people may lay it out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from lumyn_compiler.operators import OPERATORS, Operands
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
    Policy,
    Predicate,
    Require,
    Rule,
    Scope,
    Word,
)
from lumyn_runtime.vocabulary import STAGES
from tests.generators.choices import Choices, Plain

__all__ = ["spell", "spell_kind"]

Tokens = list[str]

_NAME = re.compile(
    r"(?:[A-Za-z_]|[0-9]+(?:[A-DF-Za-df-z_]|[eE][A-Za-z_]))[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*)*"
)
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_TIGHT = frozenset("(),:")
_GAPS = ("  ", "\n", "\n    ", "\t", "\r\n", " # said in passing\n", "\n# let x = 1\n", "\n\n\n")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def spell(policy: Policy, choices: Choices | None = None) -> str:
    """Text that means the policy; the order of rules in a stage is kept, everything else is free."""
    return _Speller(choices or Plain()).policy(policy)


def spell_kind(kind: KindSpec) -> str:
    """Text that means the kind."""
    return " ".join(_Speller(Plain()).kind(kind))


class _Speller:
    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        # How much a text differs from the plain one.
        self.odd_percent = choices.pick((0, 5, 30))

    def odd(self) -> bool:
        return self.choices.often(self.odd_percent)

    def policy(self, policy: Policy) -> str:
        assert policy.header is not None, "generated policies have headers"
        head = [["policy", self.name(policy.header.policy_id), "version", self.text(policy.header.version)]]
        if policy.mode is not None:
            head.append(["mode", policy.mode.text])
        if policy.default is not None:
            default = policy.default
            head.append(["default", default.verdict.text, "because", default.reason_code.text])
        statements = head + self.choices.shuffled(list(self.declarations(policy)))
        statements += [tokens for block in self.blocks(policy.rules) for tokens in block]
        return self.join(statements)

    def join(self, statements: list[Tokens]) -> str:
        pieces: list[str] = []
        for tokens in statements:
            previous = tokens[0]
            pieces.append(previous)
            for token in tokens[1:]:
                tight = token in _TIGHT or previous in _TIGHT
                gap = "" if token in (",", ")") or previous == "(" else " "
                if self.odd():
                    gap = self.choices.pick((" ", "", *_GAPS) if tight else (" ", *_GAPS))
                pieces += (gap, token)
                previous = token
            pieces.append(self.choices.pick(("\n\n", " ", *_GAPS)) if self.odd() else "\n")
        return "".join(pieces)

    def declarations(self, policy: Policy) -> Iterator[Tokens]:
        for declaration in policy.evidence:
            yield ["evidence", *self.names(declaration.names), ":", *self.kind(declaration.kind)]
        for word in policy.redact:
            yield ["redact", self.attribute(word)]
        for reason in policy.reasons:
            yield ["reason", reason.code.text, self.text(reason.text)]
        for let in policy.lets:
            yield ["let", let.name.text, "=", self.literal(let.value)]
        for named in policy.conditions:
            yield ["condition", named.name.text, "=", *self.condition(named.condition)]

    def blocks(self, rules: Sequence[Rule]) -> Iterator[list[Tokens]]:
        """Rules under their stages: in policy order, or one block a stage in any order."""
        if self.odd_percent and self.choices.often(50):
            for stage in self.choices.shuffled(STAGES[:4]):
                yield [["stage", stage], *(self.rule(rule) for rule in rules if rule.stage.text == stage)]
            return
        stage = ""
        for rule in rules:
            if rule.stage.text != stage or self.odd():
                yield [["stage", rule.stage.text]]
            stage = rule.stage.text
            yield [self.rule(rule)]

    def rule(self, rule: Rule) -> Tokens:
        tokens = ["rule", self.name(rule.rule_id), "for", *self.scope(rule.scope)]
        if rule.when is not None:
            tokens += ["when", *self.condition(rule.when)]
        for require in rule.requires:
            tokens += self.require(require)
        codes = list(_commas([self.name(code)] for code in rule.reason_codes))
        tokens += ["else" if rule.requires else "then", rule.verdict.text, *(["because", *codes] if codes else [])]
        asks = [["ask", "about", self.attribute(ask.attribute), self.text(ask.text)] for ask in rule.asks]
        obligations = [
            ["oblige", oblige.kind.text, "severity", oblige.severity.text, self.text(oblige.text)]
            for oblige in rule.obligations
        ]
        parts = obligations + asks if self.odd() else asks + obligations
        return [*tokens, *(token for part in parts for token in part)]

    def scope(self, scope: Scope) -> Iterable[str]:
        if not scope.patterns:
            return ["any", "action"]
        return _commas([quoted(word.text) if self.odd() else word.text] for word in scope.patterns)

    def require(self, require: Require) -> Tokens:
        names = _commas([self.attribute(word)] for word in require.attributes)
        return ["require", *names, *([] if require.ask is None else ["ask", self.text(require.ask)])]

    def kind(self, kind: KindSpec) -> Tokens:
        if kind.name == "one of":
            return ["one", "of", *self.operands(kind.members)]
        low = [] if kind.low is None else ["from", self.literal(kind.low)]
        high = [] if kind.high is None else ["to", self.literal(kind.high)]
        return [*kind.name.split(), *low, *high]

    def condition(self, condition: Condition, level: int = 0) -> Tokens:
        """Tokens of a condition; level: 0 where an `or` may stand, 1 where an `and` may, 2 where neither."""
        match condition:
            case Always():
                return ["always"]
            case AnyOf(parts=parts):
                tokens, own = self.chain(parts, "or", 1), 0
            case AllOf(parts=parts):
                tokens, own = self.chain(parts, "and", 2), 1
            case Negation(part=part):
                tokens, own = ["not", *self.condition(part, 2)], 2
            case ConditionName(name=word):
                tokens, own = [word.text], 2
            case Predicate():
                tokens, own = self.predicate(condition), 2
            case _:
                assert_never(condition)
        return ["(", *tokens, ")"] if own < level or self.odd() else tokens

    def chain(self, parts: Iterable[Condition], sign: str, level: int) -> Tokens:
        tokens: Tokens = []
        for part in parts:
            tokens += [*([sign] if tokens else []), *self.condition(part, level)]
        return tokens

    def predicate(self, predicate: Predicate) -> Tokens:
        tokens = [self.attribute(predicate.attribute), *predicate.operator.value.split()]
        match OPERATORS[predicate.operator].operands:
            case Operands.NONE:
                return tokens
            case Operands.ONE:
                return [*tokens, self.operand(predicate.operands[0])]
            case Operands.TWO:
                low, high = predicate.operands
                return [*tokens, self.operand(low), "and", self.operand(high)]
            case Operands.MANY:
                return [*tokens, *self.operands(predicate.operands)]

    def operands(self, operands: Iterable[Operand]) -> Tokens:
        return ["(", *_commas([self.operand(operand)] for operand in operands), ")"]

    def operand(self, operand: Operand) -> str:
        return operand.text if isinstance(operand, Word) else self.literal(operand)

    def names(self, words: Iterable[Word]) -> Iterable[str]:
        return _commas([self.name(word)] for word in words)

    def name(self, word: Word) -> str:
        """A name, quoted where it has to be or may be."""
        if "." in word.text:
            return self.attribute(word)
        return quoted(word.text) if self.odd() or not _NAME.fullmatch(word.text) else word.text

    def attribute(self, word: Word) -> str:
        """A dotted name whose odd parts stand in quotes."""
        first, *rest = word.text.split(".")
        parts = [part if _PART.fullmatch(part) and not self.odd() else f'"{part}"' for part in rest]
        return ".".join([first, *parts])

    def literal(self, literal: Literal) -> str:
        match literal.value:
            case bool(value):
                return "true" if value else "false"
            case str():
                return self.text(literal)
            case value:
                return self.number(value)

    def number(self, value: float) -> str:
        spellings = [str(int(value)) if value == int(value) else repr(value), repr(value), f"{value:.17e}"]
        if value == 0:
            spellings += ["-0", "-0.0", "0e5"]
        return self.choices.pick(spellings) if self.odd() else spellings[0]

    def text(self, literal: Literal) -> str:
        value = literal.value
        assert isinstance(value, str), "a text is written here"
        if self.odd() and value:
            at = self.choices.below(len(value))
            code_point = ord(value[at])
            escaped = f"\\u{code_point:04x}" if code_point < 0x10000 else f"\\u{{{code_point:x}}}"
            return f'"{_escape(value[:at])}{escaped}{_escape(value[at + 1 :])}"'
        return quoted(value)


def quoted(text: str) -> str:
    """A text in quotes."""
    return f'"{_escape(text)}"'


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)


def _commas(parts: Iterable[Tokens]) -> Iterator[str]:
    for position, part in enumerate(parts):
        if position:
            yield ","
        yield from part
