"""Syntax trees → Policy. A node's span goes from its first to its last token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

import attrs
from lark import Token

from lumyn_compiler.borrowed_words import borrowed_words, wrong_constant
from lumyn_compiler.build_conditions import build_condition, build_constant, build_operand, build_operands
from lumyn_compiler.declared_names import misnamed_evidence
from lumyn_compiler.diagnostic import ERROR_COUNT_MAX, Diagnostic, Label, Suggestion
from lumyn_compiler.literals import Literals
from lumyn_compiler.policy import (
    Amount,
    Ask,
    Claim,
    ClaimForm,
    Condition,
    Default,
    EvidenceDeclaration,
    Given,
    Header,
    KindSpec,
    Let,
    Literal,
    NamedCondition,
    Oblige,
    Policy,
    PolicyTest,
    ReasonDeclaration,
    Require,
    Rule,
    Scope,
    Word,
)
from lumyn_compiler.source import NOWHERE, Source, Span
from lumyn_compiler.suggest import nearest, truth_meant
from lumyn_compiler.syntax import Parsed, Reading
from lumyn_compiler.trees import Node, child, children, find, place, span_of, token
from lumyn_compiler.waiver_comments import find_waivers
from lumyn_runtime.builtin import BUILT_IN_KINDS
from lumyn_runtime.vocabulary import STAGES, spell_text

__all__ = ["build_policy", "read_policy"]


def read_policy(source: Source) -> tuple[Policy, list[Diagnostic]]:
    """The policy that a source makes, and what is wrong with its form; every statement is built as soon as it is read."""
    reading = Reading(source)
    policy, diagnostics = _build(source, reading.statements(), reading)
    return policy, [*reading.diagnostics, *diagnostics]


def build_policy(source: Source, parsed: Parsed) -> tuple[Policy, list[Diagnostic]]:
    """The policy that statements make, and what is wrong with its form beyond what the parser found."""
    return _build(source, parsed.statements, parsed)


def _build(source: Source, statements: Iterable[Node], read: Parsed | Reading) -> tuple[Policy, list[Diagnostic]]:
    """Build statements; what is missing, or before its block, is told only where every statement could be read.

    read: what else was read of the source by the time when the statements are at their end
    """
    builder = _Builder()
    spans = [builder.add(statement) for statement in statements]
    waivers = find_waivers(source, read.comments, spans)
    whole = Span(0, len(source.text))
    policy = attrs.evolve(builder.policy(), waivers=waivers, comments=tuple(read.comments), span=whole)
    found = chain(
        builder.literals.diagnostics, builder.empty_stages(), borrowed_words(policy), misnamed_evidence(policy)
    )
    diagnostics = list(islice(found, ERROR_COUNT_MAX))
    if not read.diagnostics:
        diagnostics += builder.absences()
    return policy, diagnostics


class _Builder:
    """The policy as far as it was built."""

    def __init__(self) -> None:
        self.literals = Literals()
        self.headers: list[Header] = []
        self.modes: list[tuple[Word, Span]] = []
        self.defaults: list[Default] = []
        self.evidence: list[EvidenceDeclaration] = []
        self.redact: list[Word] = []
        self.reasons: list[ReasonDeclaration] = []
        self.lets: list[Let] = []
        self.conditions: list[NamedCondition] = []
        self.rules: list[Rule] = []
        self.claims: list[Claim] = []
        self.tests: list[PolicyTest] = []
        self.stages: list[Word] = []
        self._stage = Word("")

    def policy(self) -> Policy:
        """The policy that the statements so far make; of statements that stand once the first counts."""
        return Policy(
            header=next(iter(self.headers), None),
            mode=next((mode for mode, _ in self.modes), None),
            default=next(iter(self.defaults), None),
            evidence=tuple(self.evidence),
            redact=tuple(self.redact),
            reasons=tuple(self.reasons),
            lets=tuple(self.lets),
            conditions=tuple(self.conditions),
            rules=tuple(self.rules),
            claims=tuple(self.claims),
            tests=tuple(self.tests),
        )

    def empty_stages(self) -> Iterator[Diagnostic]:
        """Unknown stages without rules; those with rules are found where all names are looked up."""
        with_rules = {rule.stage.span for rule in self.rules}
        for stage in self.stages:
            if stage.text not in STAGES[:-1] and stage.span not in with_rules:
                close = nearest(stage.text, STAGES[:-1])
                wish = f"did you mean `{close}`?" if close else f"the stages are {', '.join(STAGES[:-1])}"
                mend = Suggestion(stage.span, close) if close else None
                yield Diagnostic("L205", f"unknown stage `{stage.text}`", stage.span, help=wish, suggestion=mend)

    def absences(self) -> list[Diagnostic]:
        """Statements that a policy must have and this one has not."""
        absent = []
        if not self.headers:
            absent.append(_absent("policy", 'begin with `policy my-policy version "1.0.0"`'))
        if not self.defaults:
            wish = "say what is answered when no rule matches: `default ESCALATE because NO_MATCH_DEFAULT_ESCALATE`"
            absent.append(_absent("default", wish))
        outside = next((rule for rule in self.rules if not rule.stage.text), None)
        if outside is not None:
            absent.append(
                Diagnostic(
                    "L112",
                    f"rule `{outside.rule_id.text}` stands before the first stage",
                    outside.rule_id.span,
                    help="write `stage REQUIREMENTS`, `HARD_BLOCKS`, `ESCALATIONS` or `TRUST_PATHS` before it",
                )
            )
        return absent

    def add(self, node: Node) -> Span:
        """Build a statement; returns its place."""
        span = span_of(node)
        match node.data:
            case "policy":
                self.headers.append(Header(self._name(child(node, 1)), self._text(node, 3), span=span))
                self._once("policy", self.headers[0].span, span)
            case "mode":
                self.modes.append((self._word(node, 1), span))
                self._once("mode", self.modes[0][1], span)
            case "default":
                self.defaults.append(Default(self._word(node, 1), self._word(node, 3), span=span))
                self._once("default", self.defaults[0].span, span)
            case "evidence":
                names = tuple(self._attributes(child(node, 1)))
                self.evidence.append(EvidenceDeclaration(names, self._kind(child(node, 3)), span=span))
            case "redact":
                self.redact += self._attributes(child(node, 1))
            case "reason":
                self.reasons.append(ReasonDeclaration(self._word(node, 1), self._text(node, 2), span=span))
            case "let":
                self.lets.append(self._let(node, span))
            case "condition":
                self.conditions.append(self._named_condition(node, span))
            case "stage":
                self._stage = self._word(node, 1)
                self.stages.append(self._stage)
            case "rule":
                self.rules.append(self._rule(node, span))
            case "test":
                self.tests.append(self._test(node, span))
            case form:
                self.claims.append(self._claim(node, _CLAIM_FORMS[form], span))
        return span

    # Declarations

    def _once(self, keyword: str, first: Span, span: Span, owner: str = "policy") -> None:
        if first != span:
            self.literals.tell(
                Diagnostic(
                    "L202",
                    f"a second `{keyword}`",
                    span,
                    help=f"a {owner} has one; remove one of the two",
                    labels=(Label(first, "the first one"),),
                )
            )

    def _kind(self, node: Node) -> KindSpec:
        span = span_of(node)
        match node.data:
            case "one_of_kind":
                members = build_operands(child(node, 2), self.literals)
                both = place(token(node, 0)).through(place(token(node, 1)))
                return KindSpec("one of", members=members, span=span, word=both)
            case "set_kind":
                return KindSpec(f"set of {self._word(node, 2).text}", span=span, word=span)
            case _:
                low, high = self._bounds(node)
                word = self._word(node, 0)
                return KindSpec(word.text, low, high, span=span, word=word.span)

    def _bounds(self, node: Node) -> tuple[Literal | None, Literal | None]:
        bounds = find(node, "bounds", "upper_bound")
        if bounds is None:
            return None, None
        numbers = [word for word in bounds.children if isinstance(word, Token) and word.type == "NUMBER"]
        values = [self.literals.number(word, place(word).start) for word in numbers]
        if bounds.data == "upper_bound":
            return None, values[0]
        return values[0], values[1] if len(values) > 1 else None

    def _let(self, node: Node, span: Span) -> Let:
        word = token(child(node, 3))
        value = build_constant(word, self.literals)
        if value is None:
            self.literals.tell(*_no_constant(self.literals.name(word, place(word).start)))
            value = Literal("", span=place(word))
        name = self._word(node, 1)
        if name.text in ("true", "false"):
            self.literals.tell(_taken("constant", name))
        return Let(name, value, span=span)

    def _named_condition(self, node: Node, span: Span) -> NamedCondition:
        name = self._word(node, 1)
        if name.text in ("not", "always"):
            self.literals.tell(_taken("condition", name))
        return NamedCondition(name, self._condition(child(node, 3)), span=span)

    # Rules

    def _rule(self, node: Node, span: Span) -> Rule:
        effect = find(node, "then_effect", "else_effect")
        assert effect is not None, "the grammar gives every rule an effect"
        rule = Rule(
            rule_id=self._name(child(node, 1)),
            stage=self._stage,
            scope=self._scope(node),
            when=self._when(node),
            requires=tuple(map(self._require, children(node, "require"))),
            verdict=self._word(effect, 1),
            reason_codes=self._because(effect),
            asks=tuple(map(self._ask, children(node, "ask"))),
            obligations=tuple(map(self._oblige, children(node, "oblige"))),
            span=span,
        )
        self.literals.tell(*_effect(rule, token(effect)))
        return rule

    def _scope(self, node: Node) -> Scope:
        scope = find(node, "any_action", "scope")
        assert scope is not None, "the grammar gives every rule and claim a scope"
        patterns = [self._written_name(token(pattern)) for pattern in children(scope, "action_pattern")]
        return Scope(tuple(patterns), span=span_of(scope))

    def _when(self, node: Node) -> Condition | None:
        when = find(node, "when")
        return None if when is None else self._condition(child(when, 1))

    def _require(self, node: Node) -> Require:
        question = find(node, "ask_text")
        ask = None if question is None else self._text(question, 1)
        return Require(tuple(self._attributes(child(node, 1))), ask, span=span_of(node))

    def _because(self, node: Node) -> tuple[Word, ...]:
        because = find(node, "because")
        return () if because is None else tuple(map(self._name, children(child(because, 1), "name")))

    def _ask(self, node: Node) -> Ask:
        return Ask(self._attribute(token(node, 2)), self._text(node, 3), span=span_of(node))

    def _oblige(self, node: Node) -> Oblige:
        return Oblige(self._word(node, 1), self._word(node, 3), self._text(node, 4), span=span_of(node))

    # Claims and tests

    def _claim(self, node: Node, form: ClaimForm, span: Span) -> Claim:
        verdict = self._word(node, 3 if form is ClaimForm.AT_LEAST else 1)
        return Claim(form, verdict, self._scope(node), self._when(node), span=span)

    def _test(self, node: Node, span: Span) -> PolicyTest:
        requests = children(node, "given_request")
        for request in requests:
            self._once("given request", span_of(requests[0]), span_of(request), "test")
        amount = find(requests[0], "amount") if requests else None
        expect = find(node, "expect")
        assert expect is not None, "the grammar ends a test with what it expects"
        return PolicyTest(
            name=self._text(node, 1),
            action_type=self._written_name(token(child(requests[0], 2))) if requests else None,
            amount=None if amount is None else self._amount(amount),
            evidence=self._givens(children(node, "given_evidence")),
            attributes=self._givens(children(node, "given_attribute")),
            verdict=self._word(expect, 1),
            reason_codes=self._because(expect),
            span=span,
        )

    def _amount(self, node: Node) -> Amount:
        number = token(node, 1)
        return Amount(self.literals.number(number, place(number).start), self._word(node, 2), span=span_of(node))

    def _givens(self, nodes: list[Node]) -> tuple[Given, ...]:
        """The values that a test gives, each input once."""
        givens: dict[str, Given] = {}
        for node in nodes:
            for value in children(node, "given_value"):
                given = self._given(value)
                first = givens.setdefault(given.name.text, given)
                if first is not given:
                    self.literals.tell(_twice(f"`{given.name.text}`", first.name.span, given.name.span))
        return tuple(givens.values())

    def _given(self, node: Node) -> Given:
        name = self._attribute(token(child(node, 0)))
        written = child(node, 1)
        value = build_operands if written.data == "operands" else build_operand
        return Given(name, value(written, self.literals), span=span_of(node))

    # Names and values

    def _condition(self, node: Node) -> Condition:
        return build_condition(node, self.literals)

    def _attributes(self, node: Node) -> list[Word]:
        return [self._attribute(token(name)) for name in children(node, "name")]

    def _attribute(self, word: Token) -> Word:
        return self.literals.attribute(word, place(word).start)

    def _name(self, node: Node) -> Word:
        return self._written_name(token(node))

    def _word(self, node: Node, index: int) -> Word:
        return self._written_name(token(node, index))

    def _written_name(self, word: Token) -> Word:
        return self.literals.name(word, place(word).start)

    def _text(self, node: Node, index: int) -> Literal:
        word = token(node, index)
        return self.literals.text(word, place(word).start)


_CLAIM_FORMS = {
    "never_claim": ClaimForm.NEVER,
    "always_claim": ClaimForm.ALWAYS,
    "at_least_claim": ClaimForm.AT_LEAST,
}


def _absent(keyword: str, wish: str) -> Diagnostic:
    return Diagnostic("L111", f"there is no `{keyword}` statement", NOWHERE, help=wish)


def _twice(what: str, first: Span, second: Span) -> Diagnostic:
    return Diagnostic(
        "L202",
        f"{what} stands here twice",
        second,
        help="remove one of the two",
        labels=(Label(first, "the first one"),),
    )


def _taken(sort: str, name: Word) -> Diagnostic:
    return Diagnostic(
        "L209",
        f"a {sort} can't be called `{name.text}`",
        name.span,
        help="the word means something else where it would be used; choose another name",
    )


def _no_constant(word: Word) -> list[Diagnostic]:
    """What is wrong with a word as the value of a `let`."""
    if word.text in BUILT_IN_KINDS or word.text.startswith("evidence."):
        wish = "name a question about it: `condition NAME = …`"
        return [Diagnostic("L101", f"`{word.text}` is an attribute, not a constant", word.span, help=wish)]
    found = wrong_constant(word)
    if found:
        return found
    if truth_meant(word.text) is not None:
        wish = f"write `{truth_meant(word.text)}`, or `{spell_text(word.text)}` if a text is meant"
        return [Diagnostic("L101", f"`{word.text}` is neither true nor false", word.span, help=wish)]
    return [
        Diagnostic(
            "L101",
            f"expected a number, a text in quotes, `true` or `false`, not `{word.text}`",
            word.span,
            help=f"a text stands in quotes: `{spell_text(word.text)}`",
            suggestion=Suggestion(word.span, spell_text(word.text)),
        )
    ]


def _effect(rule: Rule, keyword: Token) -> list[Diagnostic]:
    """What is wrong with the word before a rule's verdict, or with its having neither `when` nor `require`."""
    if rule.when is None and not rule.requires:
        return [
            Diagnostic(
                "L406",
                f"rule `{rule.rule_id.text}` has no condition",
                rule.rule_id.span,
                help="say when it matches: `when …`, `require …`, or `when always` for every request",
            )
        ]
    right = "else" if rule.requires else "then"
    if keyword == right:
        return []
    meaning = "matches when something required is missing" if rule.requires else "requires nothing"
    return [
        Diagnostic(
            "L407",
            f"`{keyword}` in a rule that {meaning}",
            place(keyword),
            help=f"write `{right} {rule.verdict.text}`",
            suggestion=Suggestion(place(keyword), right),
        )
    ]
