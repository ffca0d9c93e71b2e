"""Signs of other languages, and signs where none belongs."""

from __future__ import annotations

import re
import unicodedata

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.failure import COMPARISONS, OTHER, Failure
from lumyn_compiler.mistakes.misspelling import (
    COMPARE_OTHERWISE,
    NO_PATTERNS,
    Misspelling,
    misspelt,
    negated_comparison,
)
from lumyn_compiler.source import Span
from lumyn_compiler.spell import PARTS_MAX
from lumyn_runtime.vocabulary import spell_text

__all__ = ["foreign_character", "foreign_sign", "stray_colon", "stray_dot", "stray_equals", "stray_star"]

# Whether a negation is meant to be true of what is missing is for its author to say.
_NOT = "write `not`, which is true of what is missing too, or `!=` or `= false`, which are not"

_SIGNS = (
    Misspelling("={2,3}", "="),
    Misspelling("!==", "!="),
    Misspelling("=~|!~|~=?", None, NO_PATTERNS, COMPARE_OTHERWISE),
    Misspelling(r"[=-]>(?=\s*[A-Z]{5})", "then"),
    Misspelling("=>", ">="),
    Misspelling("=<", "<="),
    Misspelling("<>|=!", "!="),
    Misspelling(":=", "="),
    Misspelling("&&?", "and"),
    Misspelling(r"\|\|?", "or"),
    Misspelling(r"!\s+=", "!="),
    Misspelling("!(?!=)", None, "there is no `!`", _NOT),
    Misspelling("≥", ">="),
    Misspelling("≤", "<="),
    Misspelling("≠", "!="),
    Misspelling("∧", "and"),
    Misspelling("∨", "or"),
    Misspelling("¬", None, "there is no `¬`", _NOT),
    Misspelling("∈", "in"),
    Misspelling("∉", "not in"),
    Misspelling("[→⇒]", None, "arrows mean nothing here", "what a rule answers follows `then`"),
    Misspelling("->", None, "arrows mean nothing here", "what a rule answers follows `then`"),
    Misspelling("//", "#", "comments begin with `#`"),
    Misspelling(r"/\*|\*/|<!--|-->", None, "comments begin with `#`", "write `#` at the beginning of every line"),
    Misspelling("--", "#", "comments begin with `#`"),
    Misspelling(
        r";(?=\s*(?:#|$))",
        "",
        "statements do not end with `;`",
        "remove it; a statement ends where the next one begins",
    ),
    Misspelling(
        ";", None, "statements do not end with `;`", "write `and` or `or` between conditions, commas in a list"
    ),
    Misspelling(r"\\", "", "lines need no joining", "remove it; line ends mean nothing"),
    Misspelling(r"\?", "", "`?` means nothing here", "remove it; questions stand in quotes, after `ask`"),
    Misspelling("@", "", "`@` means nothing here", "remove it"),
)


def foreign_sign(failure: Failure) -> Diagnostic | None:
    """Signs of other languages: `&&`, `==`, `=>`, `//`."""
    start, run = _sign_run(failure)
    for wrong in _SIGNS:
        match = re.match(wrong.pattern, run)
        if start == failure.found.span.start and not _fits(wrong.right, failure):
            continue
        if match is not None and match.end() > failure.found.span.start - start:
            if wrong.right in ("=", "!=") and failure.is_negated:
                return negated_comparison(match.group(), Span(start, start + match.end()), failure)
            return misspelt(failure, wrong, match.group(), start)
    return None


def _fits(right: str | None, failure: Failure) -> bool:
    """Whether a comparison or a `then` can stand where it is suggested."""
    if right in COMPARISONS:
        return not COMPARISONS.isdisjoint(failure.expected)
    return right != "then" or right in failure.expected


def _sign_run(failure: Failure) -> tuple[int, str]:
    """The signs around the place without a blank between them: where they begin, and the text from there on."""
    start = failure.found.span.start
    for lexeme in reversed(failure.before):
        if lexeme.span.end != start or lexeme.kind not in COMPARISONS | {":"}:
            break
        start = lexeme.span.start
    return start, failure.text_from(start)


def stray_colon(failure: Failure) -> Diagnostic | None:
    """A colon after a rule's name, after `when`, after a stage."""
    if failure.found.kind != ":":
        return None
    return Diagnostic(
        "L101",
        "there is no colon here",
        failure.found.span,
        help="remove it; a colon stands only between the names of evidence and their kind",
        suggestion=Suggestion(failure.found.span, ""),
    )


def stray_equals(failure: Failure) -> Diagnostic | None:
    """`mode = enforce`, `stage = X`, `given evidence ticket_id = "1"`."""
    previous = failure.previous
    if failure.found.kind != "=" or previous is None or failure.statement in ("let", "condition"):
        return None
    if previous.kind not in failure.clauses and failure.statement not in ("test", "evidence"):
        return None
    colon = failure.statement == "evidence" and ":" not in (lexeme.kind for lexeme in failure.before)
    match = re.match("[=>:]+", failure.rest_of_line)
    assert match is not None, "what was found is a sign"
    span = Span(failure.found.span.start, failure.found.span.start + match.end())
    return Diagnostic(
        "L101",
        f"there is no `{match.group()}` here",
        span,
        help="write a colon before the kind" if colon else "remove it",
        suggestion=Suggestion(span, ":" if colon else ""),
    )


def foreign_character(failure: Failure) -> Diagnostic | None:
    """Blanks, letters and signs that look like those of the language, or mean the same elsewhere."""
    character = failure.found.text
    if failure.found.kind != OTHER or character.isascii():
        return None
    name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
    plain = unicodedata.normalize("NFKC", character)
    if character.isspace() or unicodedata.category(character) == "Zs":
        return _replaced(
            failure, f"{name} (U+{ord(character):04X}) in the place of a blank", " ", "write a plain blank"
        )
    if plain.isascii() and plain.isprintable() and plain.strip():
        return _replaced(failure, f"`{character}` ({name}) is not plain `{plain}`", plain, f"write `{plain}`")
    if character in "−–—‐‑":
        return _replaced(failure, f"`{character}` ({name}) is not plain `-`", "-", "write `-`")
    if not character.isalnum():
        return None
    start = failure.found.span.start
    if failure.touches_previous and failure.previous is not None and failure.previous.kind == "NAME":
        start = failure.previous.span.start
    match = re.match(r"[\w.-]+", failure.text_from(start))
    assert match is not None, "a letter is a letter of some word"
    *first, last = match.group().split(".")
    return Diagnostic(
        "L103",
        f"`{character}` ({name}) stands only in the quoted part of a name",
        Span(start, start + match.end()),
        help=f"write `{'.'.join([*first, spell_text(last)])}`",
        suggestion=Suggestion(Span(start, start + match.end()), ".".join([*first, spell_text(last)])),
    )


def _replaced(failure: Failure, message: str, right: str, wish: str) -> Diagnostic:
    span = failure.found.span
    return Diagnostic("L103", message, span, help=wish, suggestion=Suggestion(span, right))


def stray_dot(failure: Failure) -> Diagnostic | None:
    """A name that ends with a dot, has two in a row, or has too many parts; a full stop after a statement."""
    if failure.found.kind != OTHER or failure.found.text != "." or failure.rest_of_line.startswith("..."):
        return None
    previous, span = failure.previous, failure.found.span
    if previous is not None and failure.touches_previous and previous.text.count(".") + 1 >= PARTS_MAX:
        message = f"a name has at most {PARTS_MAX} parts"
        return Diagnostic("L103", message, previous.span.through(span), help="use fewer parts")
    return Diagnostic(
        "L103",
        "a dot stands only between two parts of a name",
        span,
        help="remove it, or name the part behind it",
        suggestion=Suggestion(span, "")
        if failure.touches_previous and _EXTRA_DOT.match(failure.rest_of_line)
        else None,
    )


# A full stop, or one of two dots before the next part.
_EXTRA_DOT = re.compile(r"\.(?:\s|$|\.[\w\"])")


def stray_star(failure: Failure) -> Diagnostic | None:
    """`for *`, `for support*`, `for *.refund`, `for support.*.refund`."""
    found, previous = failure.found, failure.previous
    if found.kind != OTHER or found.text not in ".*" or previous is None or failure.list_opener != "for":
        return None
    inside = found.text == "." and previous.kind == "PREFIX" and failure.touches_previous
    if not inside and found.text == ".":
        return None
    if found.text == "*" and previous.kind == "for" and re.match(r"\*\s*(?![.,\s])", failure.rest_of_line):
        mend = Suggestion(found.span, "any action")
        return Diagnostic("L103", _STAR, found.span, help="write `any action`", suggestion=mend)
    if found.text == "*" and failure.touches_previous:
        return Diagnostic("L103", _STAR, found.span, help=f"write `{previous.text}.*` for every action that begins so")
    wish = f"write `{previous.text if inside else 'support.*'}` for every action that begins so, or name the actions"
    return Diagnostic("L103", _STAR, found.span, help=wish)


_STAR = "`*` stands only at the end of an action type, after a dot"
