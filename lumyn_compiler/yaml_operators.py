"""How condition keys end: the operators of policy.v0, and what people write for them elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable

import attrs

from lumyn_compiler.diagnostic import Suggestion
from lumyn_compiler.operators import OPERATORS, Operator
from lumyn_compiler.policy import Word
from lumyn_compiler.source import Span
from lumyn_compiler.suggest import nearest
from lumyn_compiler.yaml_names import EVIDENCE
from lumyn_compiler.yaml_nodes import Scalar
from lumyn_compiler.yaml_shapes import Findings, shown

__all__ = ["SUFFIXES", "half_operator", "half_operators", "name_span", "unknown_operator"]

# How keys end. `_ne` is true of what is missing too, so it is no operator of its own.
SUFFIXES: dict[str, Operator] = {
    **{entry.yaml: operator for operator, entry in OPERATORS.items() if entry.yaml is not None},
    "ne": Operator.NE,
}


@attrs.frozen
class _Borrowed:
    """An ending that means something elsewhere.

    pattern: regular expression of the whole ending, without the `_` before it
    right:   how policy.v0 ends such a key; None where it asks that in another form
    help:    what to write; `{name}` is what stands before the ending. None says to end the key with `right`
    """

    pattern: str
    right: str | None
    help: str | None = None


_NO_OPERATOR = "policy.v0 has no operator for that; a .lumyn policy has `{}`"

_LESS = "(?:less|lesser|lower|smaller)(?:_?than)?"
_GREATER = "(?:greater|more|higher|larger)(?:_?than)?"
_OR_EQUAL = "_?(?:or_?)?equals?(?:_?to)?"

# Before the misspelt ones, since the nearest ending is often the opposite: `_nin` is one letter away from `_in`.
_BORROWED = (
    _Borrowed(f"(?:is_)?(?:le|lteq|leq|at_most|lte?_eq|{_LESS}{_OR_EQUAL})", "lte"),
    _Borrowed(f"(?:is_)?(?:ge|gteq|geq|at_least|gte?_eq|{_GREATER}{_OR_EQUAL})", "gte"),
    _Borrowed(f"(?:is_)?(?:{_LESS}|below|under)", "lt"),
    _Borrowed(f"(?:is_)?(?:{_GREATER}|above|over|exceeds)", "gt"),
    _Borrowed("(?:is_)?(?:eq|equals?|equal_to)", "is"),
    _Borrowed("is_not|isnt|is_ne|neq|not|not_?eq|not_?equals?|not_equal_to|(?:not|is_not)_is", "ne"),
    _Borrowed("is_in|any_of|is_one_of|one_of", "in"),
    _Borrowed(
        "nin|notin|(?:is_)?not_in|(?:is_)?(?:none|not_any|not_one)_of",
        None,
        "there is no `not in`: under `if_all`, write `{name}_ne: …` for each value; `_ne` is also true of what is missing",
    ),
    _Borrowed("(?:is_)?(?:missing|absent|null|none|empty|blank|unset)", None, "write `{name}_is: null`"),
    _Borrowed("(?:is_)?(?:exists?|defined)|is_present", None, "write `{name}_present: true`"),
    _Borrowed("(?:is_)?(?:between|range|within)", None, "write `{name}_gte: …` and `{name}_lte: …`"),
    _Borrowed("(?:not_)?(?:contains?|has|includes?)(?:_any|_all)?", None, _NO_OPERATOR.format("contains")),
    _Borrowed("starts_?with|begins_with|prefix", None, _NO_OPERATOR.format("starts with")),
    _Borrowed("ends_?with|matches|match|like|regexp?|glob", None, "there are no patterns; list whole texts with `_in`"),
)
_KNOWN = re.compile(f"(?P<name>.+?)_(?P<ending>{'|'.join(borrowed.pattern for borrowed in _BORROWED)})")


def unknown_operator(key: Scalar, named: frozenset[str], findings: Findings) -> None:
    """Say that a condition key ends in no operator, with the one that may be meant.

    named: full names of the evidence that is declared or required
    """
    message = f"condition `{shown(key.text)}` does not end in an operator"
    name, borrowed = _borrowed(key.text)
    if borrowed is not None and key.text not in named:
        _tell(key, message, name, borrowed, findings)
        return
    name, _, suffix = key.text.rpartition("_")
    close = nearest(suffix, SUFFIXES) if name and key.text not in named else None
    if close is not None and close[0] == suffix[0].lower():
        wish = f"did you mean `{shown(name)}_{close}`?"
    else:
        wish = f"end it with {_ENDINGS}"
    findings.add("L109", message, key.span, wish)


def _borrowed(key: str) -> tuple[str, _Borrowed | None]:
    match = _KNOWN.fullmatch(key)
    if match is None:
        return key, None
    ending = match["ending"]
    return match["name"], next(borrowed for borrowed in _BORROWED if re.fullmatch(borrowed.pattern, ending))


def _tell(key: Scalar, message: str, name: str, borrowed: _Borrowed, findings: Findings) -> None:
    span = name_span(key, key.text)
    if borrowed.right is None:
        assert borrowed.help is not None, "what has no ending of its own is explained"
        findings.add("L109", message, key.span, borrowed.help.format(name=shown(name)))
        return
    wish = f"write `{shown(name)}_{borrowed.right}`"
    verbatim = span.end - span.start == len(key.text)
    # `n_in_not` has two endings, of which one would become a part of the name.
    is_name = name.rpartition("_")[2].lower() not in {*SUFFIXES, "not", "none", "no", "or", "than"}
    if not is_name:
        wish = f"end it with one operator: {_ENDINGS}"
    mend = Suggestion(Span(span.start + len(name) + 1, span.end), borrowed.right) if verbatim and is_name else None
    findings.add("L109", message, key.span, wish, suggestion=mend)


_ENDINGS = ", ".join(f"`_{end}`" for end in SUFFIXES)


def half_operators(asked: Iterable[tuple[Word, Operator]], named: frozenset[str], findings: Findings) -> None:
    """Refuse keys such as `evidence.country_not_in`, which ask about evidence `country_not` that nothing else names.

    asked: attributes of questions, each with what is asked about it
    named: full names of the evidence that is declared or required
    """
    for word, operator in asked:
        if word.text not in named and not findings.full:
            half_operator(word.text, operator, word.span, named, findings)


def half_operator(name: str, operator: Operator, span: Span, named: frozenset[str], findings: Findings) -> bool:
    """Refuse what a key names before its operator if that ends in the first half of another one.

    An operator as the first half is one only behind evidence that is named elsewhere.
    """
    match = _HALF.fullmatch(name)
    if match is None or (match["half"] in SUFFIXES and match["half"] != "is" and match["name"] not in named):
        return False
    wish = _HALVES.get(match["half"].lower(), {}).get(operator, _ONE_OPERATOR).format(name=shown(match["name"]))
    if name.startswith(EVIDENCE):
        wish += f"; evidence called `{shown(name.removeprefix(EVIDENCE))}` is declared under `extensions`"
    findings.add("L109", f"there is no operator that begins with `_{match['half']}_`", span, wish)
    return True


_ONE_OPERATOR = "end it with one operator"
_ASK_PRESENCE = "write `{name}_is: null` or `{name}_present: true`"
_NOT = {
    Operator.EQ: "write `{name}_ne`",
    Operator.IN: "write `{name}_ne: …`, once for each value",
    Operator.LT: "write `{name}_gte`",
    Operator.LE: "write `{name}_gt`",
    Operator.GT: "write `{name}_lte`",
    Operator.GE: "write `{name}_lt`",
    Operator.IS_MISSING: _ASK_PRESENCE,
    Operator.IS_PRESENT: _ASK_PRESENCE,
}
# First half, then the operator that was read behind it → what to write.
_HALVES = {
    **dict.fromkeys(("not", "is_not"), _NOT),
    "none": {Operator.IN: _NOT[Operator.IN]},
    "is": {
        **{operator: f"write `{{name}}_{suffix}`" for suffix, operator in SUFFIXES.items() if suffix != "present"},
        Operator.IS_MISSING: _ASK_PRESENCE,
        Operator.IS_PRESENT: _ASK_PRESENCE,
    },
}
_HALF = re.compile(
    f"(?P<name>.+?)_(?P<half>(?i:{'|'.join(_HALVES)})|{'|'.join(suffix for suffix in SUFFIXES if suffix != 'is')})"
)


def name_span(key: Scalar, name: str) -> Span:
    """Where the name with which a key begins stands; the whole key where escapes make it stand differently."""
    quote = 0 if key.is_plain else 1
    if key.span.end - key.span.start != len(key.text) + 2 * quote:
        return key.span
    return Span(key.span.start + quote, key.span.start + quote + len(name))
