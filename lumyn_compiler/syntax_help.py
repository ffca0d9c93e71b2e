"""What to say of a syntax error: of a known mistake what to write instead, else what was expected, in words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.failure import END, OTHER, Failure
from lumyn_compiler.mistakes import MISTAKES
from lumyn_compiler.source import Span
from lumyn_runtime.vocabulary import SEVERITIES

__all__ = ["expected_words", "explain", "too_many_errors"]


def explain(failure: Failure) -> Diagnostic:
    """The error for a lexeme that can't stand where it was found."""
    for mistake in MISTAKES:
        found = mistake(failure)
        if found is not None:
            return found
    return _unexpected(failure)


def too_many_errors(at: int) -> Diagnostic:
    """The last error of a source that has too many to tell."""
    return Diagnostic(
        "L101",
        "reading stopped here, because there are too many errors before",
        Span(at, at),
        help="mend the first ones; the others may go with them",
    )


def _unexpected(failure: Failure) -> Diagnostic:
    found = failure.found
    expected = expected_words(failure)
    if found.kind == END:
        message = f"expected {expected}, but the source ends here"
        return Diagnostic("L101", message, found.span, help=_wish(failure))
    if found.kind == OTHER:
        sign = f"`{found.text}`"
        if not found.text.isascii():
            sign += f" ({unicodedata.name(found.text, f'U+{ord(found.text):04X}').lower()})"
        return Diagnostic("L103", f"{sign} means nothing here", found.span, help=f"expected {expected}")
    if failure.interrupts:
        return Diagnostic(
            "L101",
            f"expected {expected}, but the next statement begins here",
            found.span,
            help=f"finish the `{failure.statement}` before it",
        )
    return Diagnostic("L101", f"expected {expected}, not {_found_words(failure)}", found.span, help=_wish(failure))


def _wish(failure: Failure) -> str | None:
    """An example of what is missing."""
    if failure.statement is None:
        if failure.found.text in ("for", "when", "require", "then", "else", "because", "ask", "oblige"):
            return "a rule begins with `rule ID for ACTION`"
        return f"a statement begins with {_listed(f'`{keyword}`' for keyword in failure.keywords)}"
    if failure.previous is not None and failure.previous.kind == "severity":
        return f"the severities are {_listed(f'`{severity}`' for severity in SEVERITIES)}"
    return next((wish for keyword, wish in _EXAMPLES.items() if keyword in failure.expected), None)


_EXAMPLES = {
    "for": "say which actions it is for: `for support.refund`, or `for any action`",
    "about": 'say what the question is about: `ask about evidence.ticket_id "…"`',
    "expect": "a test ends with what it expects: `expect ESCALATE`",
    "version": 'write `policy ID version "1.0"`',
    "severity": 'write `oblige log severity info "…"`',
    "then": "a rule ends with `then VERDICT because REASON`",
    "because": "say why: `because SOME_REASON`",
}


def _found_words(failure: Failure) -> str:
    found = failure.found
    if found.kind == "TEXT" and len(found.text) > _QUOTED_LENGTH_MAX:
        return "a text"
    return f"`{found.text}`"


_QUOTED_LENGTH_MAX = 40


def expected_words(failure: Failure) -> str:
    """What could stand at the place of an error: `and`, `or` or `then`."""
    rest = set(failure.expected)
    if "QUOTED_NAME" in rest:
        rest.discard("TEXT")
    phrases = []
    for kinds, phrase in _PHRASES:
        if kinds <= rest:
            phrases.append(phrase)
            rest -= kinds
    if rest & _NAMES:
        phrases.append(_name_words(failure))
        rest -= _NAMES
    phrases += [phrase for kind, phrase in _KINDS.items() if kind in rest]
    rest -= _KINDS.keys()
    keywords = [f"`{kind}`" for kind in sorted(rest, key=lambda kind: (_ORDER.get(kind, len(_ORDER)), kind))]
    return _listed([*phrases, *keywords, *(["a statement"] if failure.statements else [])])


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _name_words(failure: Failure) -> str:
    """What a name stands for at the place of the error."""
    before = failure.previous
    if before is None:
        return "a name"
    kind = before.kind if before.kind != "," else failure.list_opener
    return _PLACES.get((failure.statement, kind)) or _PLACES.get((None, kind)) or "a name"


# What several kinds that are expected together amount to; the first that fits takes its kinds away.
_PHRASES: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"NAME", "(", "not", "always"}), "a condition"),
    (frozenset({"NAME", "(", "not"}), "a condition"),
    (
        frozenset({"=", "!=", "<", "<=", ">", ">=", "in", "not", "between", "is", "starts", "contains"}),
        "an operator (`=`, `<=`, `in`, `is missing`, …)",
    ),
    (frozenset({"NAME", "NUMBER", "TEXT", "("}), "a value"),
    (frozenset({"NAME", "NUMBER", "TEXT"}), "a value"),
    (frozenset({"NAME", "PREFIX", "TEXT", "any"}), "an action type or `any action`"),
    (frozenset({"NAME", "PREFIX", "TEXT"}), "an action type"),
    (frozenset({"from", "to"}), "a range"),
)

_NAMES = frozenset({"NAME", "QUOTED_NAME", "PREFIX"})

_KINDS = {"NUMBER": "a number", "TEXT": "a text in quotes"}

# (keyword of the statement or None, kind of what stands before) → what a name is there.
_PLACES: dict[tuple[str | None, str | None], str] = {
    (None, "policy"): "the policy's id",
    (None, "mode"): "`enforce` or `advisory`",
    (None, "default"): "a verdict",
    (None, "because"): "a reason code",
    (None, "evidence"): "the name of some evidence",
    (None, "redact"): "an attribute",
    (None, "reason"): "a reason code",
    (None, "let"): "the constant's name",
    (None, "condition"): "the condition's name",
    (None, ":"): "a kind",
    ("evidence", "of"): "`text`",
    (None, "stage"): "a stage",
    (None, "rule"): "the rule's id",
    (None, "require"): "an attribute",
    (None, "about"): "an attribute",
    (None, "then"): "a verdict",
    (None, "else"): "a verdict",
    (None, "oblige"): "a kind of obligation",
    (None, "severity"): "a severity",
    (None, "never"): "a verdict",
    (None, "always"): "a verdict",
    (None, "least"): "a verdict",
    (None, "expect"): "a verdict",
    (None, "request"): "an action type",
    (None, "given"): "`request`, `evidence` or an attribute",
    ("test", "NUMBER"): "a currency",
    ("test", "NAME"): "a value",
    ("let", "="): "a value",
    **dict.fromkeys(((None, kind) for kind in ("when", "and", "or", "not", "(", "=")), "a condition"),
}

_IN_ORDER = ("=", ",", ")", "and", "or", ":", "version", "for", "when", "require", "then", "else", "because", "ask")
_ORDER = {kind: position for position, kind in enumerate(_IN_ORDER)}
