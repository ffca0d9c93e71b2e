"""References: every name that is used means something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.names import Names, conditions_of, leaves
from lumyn_compiler.policy import (
    AllOf,
    AnyOf,
    Condition,
    ConditionName,
    Given,
    Negation,
    Policy,
    PolicyTest,
    Predicate,
    Word,
)
from lumyn_compiler.spell import spell_bare, spell_given_name, spell_name
from lumyn_compiler.suggest import is_beginning, nearest, truth_meant
from lumyn_runtime.builtin import AMOUNT_USD, BUILT_IN_KINDS
from lumyn_runtime.vocabulary import MODES, OBLIGATION_KINDS, SEVERITIES, STAGES, VERDICTS, spell_text

__all__ = ["check_references", "unknown_word"]

_RULE_STAGES = STAGES[:-1]


def check_references(policy: Policy, names: Names) -> Iterator[Diagnostic]:
    """Attributes, named conditions, verdicts, stages, modes and the words of obligations."""
    for condition in conditions_of(policy):
        for leaf in leaves(condition):
            match leaf:
                case Predicate():
                    yield from _attribute(leaf.attribute, names)
                case ConditionName():
                    yield from _condition_name(leaf, names, is_negated=_has_negation(condition))
    for word in _attributes_outside_conditions(policy):
        yield from _attribute(word, names)
    for test in policy.tests:
        yield from _test(test, names)
    yield from _words(policy)


_CURRENCY = re.compile(r"_(?!usd)(?:eur|gbp|chf|jpy|cad|aud|inr|cny|sek|nok|dkk|pln|brl|mxn|euros?|pounds?)(?:_|$)")


def _attributes_outside_conditions(policy: Policy) -> Iterator[Word]:
    for rule in policy.rules:
        for require in rule.requires:
            yield from require.attributes
        for ask in rule.asks:
            yield ask.attribute
    yield from policy.redact


def _attribute(word: Word, names: Names) -> Iterator[Diagnostic]:
    if word.text in names.kinds:
        return
    yield _named_otherwise(word, names) or unknown_attribute(word, names.kinds)


def _named_otherwise(word: Word, names: Names) -> Diagnostic | None:
    """The error for a constant or a named condition in the place of an attribute."""
    name = word.text.removeprefix("evidence.")
    if word.text != name and f"evidence.{name}" in names.kinds:
        return None
    if name in names.lets:
        wish = f"`{name}` is a constant; write the attribute before the operator, and the constant behind it"
    elif name in names.conditions:
        wish = f"`{name}` is a condition, and used by its name alone: `when {name}`"
    else:
        return None
    return Diagnostic("L203", f"unknown attribute `{word.text}`", word.span, help=wish)


def unknown_attribute(word: Word, known: Iterable[str]) -> Diagnostic:
    """The error for a name that is no attribute, with the nearest one that is."""
    name = word.text
    prefixed = f"evidence.{name}"
    candidates = sorted(known)
    close = prefixed if prefixed in candidates else nearest(name, candidates)
    is_plain = close is not None and not is_beginning(name, close)
    if name in ("action", "action.type", "action_type", "action.name"):
        text, close = "a rule says behind its id which actions it is for: `rule R1 for support.refund`", None
    elif name in ("amount", "action.amount", "evidence.amount"):
        text, close = "write `amount_usd` for the amount in US dollars, `amount.value` for it in its currency", None
    elif _CURRENCY.search(name) and close is not None:
        # One currency is not nearly another.
        text, close = (
            "amounts are compared in US dollars, as `amount_usd`; else ask `amount.value` and `amount.currency`",
            None,
        )
    elif close is not None:
        close = spell_bare(Word(close))
        text = f"did you mean `{close}`?"
    elif name.startswith("evidence."):
        text = f"declare it: `evidence {spell_name(Word(name.removeprefix('evidence.')))} : text`"
    else:
        text = "attributes are built in (`amount_usd`, `subject.type`, …) or declared and named `evidence.…`"
    return Diagnostic(
        "L203",
        f"unknown attribute `{name}`",
        word.span,
        help=text,
        suggestion=Suggestion(word.span, close) if close and is_plain else None,
    )


def _has_negation(condition: Condition) -> bool:
    rest = [condition]
    while rest:
        match rest.pop():
            case Negation():
                return True
            case AllOf(parts=parts) | AnyOf(parts=parts):
                rest.extend(parts)
            case _:
                pass
    return False


def _condition_name(leaf: ConditionName, names: Names, *, is_negated: bool) -> Iterator[Diagnostic]:
    word = leaf.name
    if word.text in names.conditions:
        return
    kind = names.kinds.get(word.text)
    if kind is not None:
        wish = _QUESTIONS.get(kind.name, " = …")
        is_boolean = kind.name == "boolean"
        # `not x = true` is true of what is missing; `x = false` is not.
        instead = f"; for `not {word.text}` write `{word.text} = false`" if is_boolean and is_negated else ""
        yield Diagnostic(
            "L201",
            f"`{word.text}` is an attribute, and a condition asks something about it",
            word.span,
            help=f"write a predicate, such as `{word.text}{wish}` or `{word.text} is present`{instead}",
            suggestion=Suggestion(word.span, f"{word.text} = true") if is_boolean and not is_negated else None,
        )
    elif word.text in names.lets:
        wish = f"compare an attribute with it: `amount_usd > {word.text}`"
        yield Diagnostic("L201", f"`{word.text}` is a constant, not a condition", word.span, help=wish)
    elif "." in word.text:
        yield unknown_attribute(word, names.kinds)
    else:
        yield unknown_word("L201", "condition", word, names.conditions)


# By kind, a question as an example.
_QUESTIONS = {
    "boolean": " = true",
    "number": " > 100",
    "integer": " > 100",
    "text": ' = "…"',
    "set of text": ' contains "…"',
    "scalar": " is missing",
}


def _test(test: PolicyTest, names: Names) -> Iterator[Diagnostic]:
    declared = {name.removeprefix("evidence."): name for name in names.kinds if name.startswith("evidence.")}
    for given in test.evidence:
        if given.name.text not in declared:
            yield _unknown_given(given.name, declared)
        else:
            yield from _given_words(given, declared[given.name.text], names)
    for given in test.attributes:
        name = given.name.text
        if name == AMOUNT_USD:
            yield Diagnostic(
                "L209",
                "`amount_usd` is derived and can't be given",
                given.name.span,
                help="write `given request … amount 12.00 USD`",
            )
        elif name not in BUILT_IN_KINDS and name not in names.declared:
            yield unknown_attribute(given.name, BUILT_IN_KINDS)
        else:
            yield from _given_words(given, name, names)


def _unknown_given(word: Word, declared: Iterable[str]) -> Diagnostic:
    """The error for evidence of a test that is not declared."""
    bare = word.text.removeprefix("evidence.")
    meant = bare if bare in declared else nearest(bare, declared)
    close = None if meant is None else spell_given_name(Word(meant))
    return Diagnostic(
        "L203",
        f"unknown evidence `{word.text}`",
        word.span,
        help=f"did you mean `{close}`?" if close else f"declare it: `evidence {spell_name(Word(bare))} : text`",
        suggestion=Suggestion(word.span, close) if close else None,
    )


def _given_words(given: Given, name: str, names: Names) -> Iterator[Diagnostic]:
    values = given.value if isinstance(given.value, tuple) else (given.value,)
    for value in values:
        if isinstance(value, Word) and value.text not in names.lets and value.text not in names.kinds[name].members:
            kind = names.kinds[name].name
            meant = truth_meant(value.text) if kind == "boolean" else None
            # Whether a value of another kind is given on purpose, is for the author to say.
            right = meant or (spell_text(value.text) if kind in ("text", "set of text", "scalar") else None)
            yield Diagnostic(
                "L201",
                f"`{value.text}` is neither a member of `{name}` nor a constant",
                value.span,
                help="put texts in quotes" if meant is None else f"write `{meant}`",
                suggestion=None if right is None else Suggestion(value.span, right),
            )


def _words(policy: Policy) -> Iterator[Diagnostic]:
    verdicts = [policy.default.verdict] if policy.default is not None else []
    verdicts += [rule.verdict for rule in policy.rules]
    verdicts += [claim.verdict for claim in policy.claims]
    verdicts += [test.verdict for test in policy.tests]
    yield from _known("L204", "verdict", verdicts, [str(verdict) for verdict in VERDICTS])
    stages = {rule.stage.span: rule.stage for rule in policy.rules}
    yield from _known("L205", "stage", stages.values(), _RULE_STAGES)
    yield from _known("L207", "mode", [policy.mode] if policy.mode is not None else [], MODES)
    obligations = [oblige for rule in policy.rules for oblige in rule.obligations]
    yield from _known("L207", "kind of obligation", [oblige.kind for oblige in obligations], OBLIGATION_KINDS)
    yield from _known("L207", "severity", [oblige.severity for oblige in obligations], SEVERITIES)


def _known(code: str, sort: str, words: Iterable[Word], known: Iterable[str]) -> Iterator[Diagnostic]:
    names = list(known)
    for word in words:
        if word.text not in names:
            yield unknown_word(code, sort, word, names)


def unknown_word(code: str, sort: str, word: Word, known: Iterable[str]) -> Diagnostic:
    """The error for a word that is none of a closed set, with the nearest one that is."""
    names = list(known)
    close = nearest(word.text, names)
    # The engine's own words are all there are; another condition may be missing.
    is_plain = close is not None and not (sort == "condition" and is_beginning(word.text, close))
    if close is not None:
        text: str | None = f"did you mean `{close}`?"
    elif names:
        text = f"there is {', '.join(f'`{name}`' for name in names[:8])}"
    else:
        text = None
    return Diagnostic(
        code,
        f"unknown {sort} `{word.text}`",
        word.span,
        help=text,
        suggestion=Suggestion(word.span, close) if is_plain and close is not None else None,
    )
