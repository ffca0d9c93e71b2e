"""Predicates: the operator suits the attribute's kind, and so does every constant."""

from __future__ import annotations

from collections.abc import Iterator

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.names import Names, conditions_of, leaves, operand_value
from lumyn_compiler.operators import OPERATORS, Operator
from lumyn_compiler.policy import Operand, Policy, Predicate, Word
from lumyn_compiler.suggest import is_beginning, nearest, truth_meant
from lumyn_runtime.vocabulary import BLANK, MAGNITUDE_MAX, Kind, spell_number, spell_text, spell_word

__all__ = ["check_predicates"]


def check_predicates(policy: Policy, names: Names) -> Iterator[Diagnostic]:
    """Operators and constants of every predicate whose attribute is known."""
    for condition in conditions_of(policy):
        for leaf in leaves(condition):
            if isinstance(leaf, Predicate) and names.is_of_known_kind(leaf.attribute.text):
                yield from _predicate(leaf, names.kinds[leaf.attribute.text], names)


def _predicate(predicate: Predicate, kind: Kind, names: Names) -> Iterator[Diagnostic]:
    entry = OPERATORS[predicate.operator]
    if kind.name not in entry.kinds:
        fitting = [f"`{operator}`" for operator, other in OPERATORS.items() if kind.name in other.kinds]
        yield Diagnostic(
            "L301",
            f"`{predicate.operator}` does not apply to `{predicate.attribute.text}`, which is {kind}",
            predicate.span,
            help=f"for {kind.name} there is {', '.join(fitting)}",
        )
        return
    values = []
    for operand in predicate.operands:
        found = list(_operand(predicate, operand, kind, names))
        yield from found
        if not found:
            values.append(operand_value(operand, kind, names))
    if predicate.operator is Operator.BETWEEN and len(values) == len(predicate.operands):
        low, high = values
        if isinstance(low, float) and isinstance(high, float) and low > high:
            yield Diagnostic(
                "L305",
                f"no number lies between {spell_number(low)} and {spell_number(high)}",
                predicate.span,
                help="write the smaller one first",
            )


def _operand(predicate: Predicate, operand: Operand, kind: Kind, names: Names) -> Iterator[Diagnostic]:
    value = operand_value(operand, kind, names)
    name = predicate.attribute.text
    match kind.name:
        case _ if value is None:
            assert isinstance(operand, Word), "a literal has a value"
            yield _unknown(operand, name, kind, names)
        case "number" | "integer":
            if not isinstance(value, float):
                yield Diagnostic("L302", f"`{name}` is {kind}, and is compared with a number", operand.span)
            elif not _in_range(value, kind):
                yield Diagnostic(
                    "L303",
                    f"{spell_number(value)} is out of the range of `{name}`, which is {kind}",
                    operand.span,
                    help="a value out of its range is ill-typed, so this asks for what can't be",
                )
            elif kind.name == "integer" and predicate.operator in _EXACT and not value.is_integer():
                yield Diagnostic("L302", f"`{name}` is an integer, never {spell_number(value)}", operand.span)
        case "boolean":
            if not isinstance(value, bool):
                yield _not_a_boolean(operand, value, name)
        case "one of":
            if not isinstance(value, str):
                yield Diagnostic("L302", f"`{name}` is {kind}", operand.span)
            elif value not in kind.members:
                yield _not_a_member(operand, value, name, kind)
        case _:
            if not isinstance(value, str):
                yield Diagnostic(
                    "L302",
                    f"`{name}` is {kind.name}, and is compared with a text",
                    operand.span,
                    help="put it in quotes",
                )
            elif not value or (predicate.operator is not Operator.STARTS_WITH and not value.strip(BLANK)):
                yield Diagnostic(
                    "L302",
                    f"`{name}` is never blank: blank text counts as missing",
                    operand.span,
                    help="ask with `is missing` or `is present`",
                )


_EXACT = frozenset({Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN})


def _in_range(value: float, kind: Kind) -> bool:
    low = -MAGNITUDE_MAX if kind.low is None else kind.low
    high = MAGNITUDE_MAX if kind.high is None else kind.high
    return low <= value <= high


def _unknown(word: Word, name: str, kind: Kind, names: Names) -> Diagnostic:
    if _means_attribute(word.text, names):
        return Diagnostic(
            "L201",
            f"`{word.text}` is an attribute, and a predicate compares with a constant",
            word.span,
            help="every predicate asks about one attribute; that is what makes a policy provable",
        )
    if kind.name == "boolean" and truth_meant(word.text) is not None:
        return _not_a_boolean(word, word.text, name)
    if kind.name == "one of":
        return _not_a_member(word, word.text, name, kind)
    if kind.name in ("text", "set of text"):
        return _no_text(word, names)
    close = nearest(word.text, sorted(names.lets))
    is_plain = close is not None and not is_beginning(word.text, close)
    if close is not None:
        wish = f"did you mean `{close}`?"
    elif f"evidence.{word.text}" in names.kinds:
        wish = f"`evidence.{word.text}` is an attribute, and a predicate compares with a constant"
    else:
        wish = f"declare it: `let {word.text} = …`"
    return Diagnostic(
        "L201",
        f"there is no constant `{word.text}`",
        word.span,
        help=wish,
        suggestion=Suggestion(word.span, close) if close is not None and is_plain else None,
    )


def _means_attribute(text: str, names: Names) -> bool:
    """Whether a word names an attribute, or what would be one if it were declared."""
    return text in names.kinds or text.startswith("evidence.")


def _no_text(word: Word, names: Names) -> Diagnostic:
    """A bare word beside a text: a text without quotes, unless something is named nearly so."""
    other = f"evidence.{word.text}" if f"evidence.{word.text}" in names.kinds else None
    close = None if other is not None else nearest(word.text, [*sorted(names.lets), *names.kinds])
    wish = "open text is quoted"
    if other is not None:
        wish += f"; `{other}` is an attribute, and a predicate compares with a constant"
    elif close is not None:
        wish += f", and `{close}` is not"
    plain = other is None and close is None
    return Diagnostic(
        "L201",
        f"there is no constant `{word.text}`",
        word.span,
        help=wish,
        suggestion=Suggestion(word.span, spell_text(word.text)) if plain else None,
    )


def _not_a_boolean(operand: Operand, value: str | float, name: str) -> Diagnostic:
    meant = truth_meant(value if isinstance(value, str) else spell_number(value))
    return Diagnostic(
        "L302",
        f"`{name}` is true or false",
        operand.span,
        help="write `true` or `false`, without quotes" if meant is None else f"write `{meant}`",
        suggestion=None if meant is None else Suggestion(operand.span, meant),
    )


def _not_a_member(operand: Operand, value: str, name: str, kind: Kind) -> Diagnostic:
    close = nearest(value, kind.members)
    return Diagnostic(
        "L304",
        f"`{value}` is no member of `{name}`",
        operand.span,
        help=f"did you mean `{spell_word(close)}`?" if close else f"it is {kind}",
        suggestion=Suggestion(operand.span, spell_word(close)) if close else None,
    )
