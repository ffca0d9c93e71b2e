"""Whether an attribute is there, in other words: `is null`, `is not set`, `exists`."""

from __future__ import annotations

import re

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.failure import Failure
from lumyn_compiler.mistakes.misspelling import can_stand, compared_attribute, operator_start
from lumyn_compiler.source import Span
from lumyn_runtime.vocabulary import Kind, spell_text, spell_word

__all__ = ["presence_in_other_words"]

_ABSENT = ("null", "nil", "none", "blank", "absent", "undefined", "unset", "unknown", "missing")
_THERE = ("set", "there", "given", "known", "defined", "available", "exists", "existing", "present")
_ALONE = {"exists": "is present", "is_present": "is present", "is_missing": "is missing", "is_null": "is missing"}

_PHRASE = re.compile(
    rf"(?:(?:is\s+(?P<not>not\s+)?|(?P<only_not>not\s+|isn'?t\s+))(?P<word>{'|'.join((*_ABSENT, *_THERE))})"
    rf"|(?P<alone>{'|'.join(_ALONE)}))(?![\w.])",
    re.IGNORECASE,
)

# Words that say so of a value of any kind; what the others say depends on the kind.
_PLAIN = frozenset(
    {"null", "nil", "absent", "undefined", "missing", "there", "defined", "existing", "present", *_ALONE}
)
_CERTAIN = {
    "text": _PLAIN | {"blank"},
    "number": _PLAIN | {*_ABSENT, *_THERE},
    "integer": _PLAIN | {*_ABSENT, *_THERE},
    "boolean": _PLAIN | {"none", "blank", "unknown", "known"},
    "one of": _PLAIN | {*_ABSENT, *_THERE},
    # Null may be said of an empty list, which is there.
    "set of text": _PLAIN - {"null", "nil", "is_null"},
}


def presence_in_other_words(failure: Failure) -> Diagnostic | None:
    """`is null`, `is not set`, `not missing`, `exists`; where the word may be a value too, nothing is suggested."""
    start = operator_start(failure)
    match = None if start is None else _PHRASE.match(failure.text_from(start))
    if start is None or match is None or start + match.end() <= failure.found.span.start:
        return None
    word = (match["word"] or match["alone"]).lower()
    negated = bool(match["not"] or match["only_not"])
    right = "is missing" if (word in _ABSENT) is not negated else "is present"
    if match["alone"]:
        right = _ALONE[word]
    if not can_stand(right, failure, start):
        return None
    kind = failure.kind_of(compared_attribute(failure))
    span = Span(start, start + match.end())
    message = f"there is no `{' '.join(match.group().split())}`"
    member = _member(kind, word)
    if member is not None:
        return _asked_as_member(message, span, f"{'!=' if negated else '='} {spell_word(member)}", right, failure)
    mend = Suggestion(span, right) if word in _CERTAIN.get(kind.name if kind is not None else "", _PLAIN) else None
    wish = f"write `{right}`" if mend is not None else _either(right, word, kind, negated=negated)
    return Diagnostic("L101", message, span, help=wish, suggestion=mend)


def _member(kind: Kind | None, word: str) -> str | None:
    """The member of a `one of` that a word is."""
    return next((member for member in (kind.members if kind is not None else ()) if member.lower() == word), None)


def _asked_as_member(message: str, span: Span, compared: str, right: str, failure: Failure) -> Diagnostic:
    plain = not failure.is_negated and "missing" not in compared and "present" not in compared
    mend = Suggestion(span, compared) if plain else None
    wish = f"write `{compared}`; whether there is a value is asked with `{right}`"
    return Diagnostic("L101", message, span, help=wish, suggestion=mend)


def _either(right: str, word: str, kind: Kind | None, *, negated: bool) -> str:
    """What to write where only the author knows what is meant."""
    if kind is None:
        return f"write `{right}` if it asks whether there is a value, and compare with `=` if the word is one"
    if kind.name == "set of text":
        return f"`{right}` asks whether there is a list; an empty list is one, and nothing asks for that"
    if kind.name == "boolean":
        true = (word in _THERE) is not negated
        return f"write `{right}` if it asks whether there is a value, or `= {str(true).lower()}`"
    return f"write `{right}` if it asks whether there is a value, or `{'!=' if negated else '='} {spell_text(word)}`"
