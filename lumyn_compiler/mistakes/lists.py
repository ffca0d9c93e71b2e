"""Lists and parentheses."""

from __future__ import annotations

import re

from lumyn_compiler.diagnostic import Diagnostic, Label, Suggestion
from lumyn_compiler.failure import COMPARISONS, END, OTHER, Failure
from lumyn_compiler.mistakes.misspelling import close_keyword
from lumyn_compiler.source import Span
from lumyn_runtime.vocabulary import VERDICTS

__all__ = [
    "between_values",
    "brackets",
    "empty_list",
    "list_commas",
    "list_without_parentheses",
    "parentheses",
    "trailing_comma",
]


def trailing_comma(failure: Failure) -> Diagnostic | None:
    """A comma behind the last of a list, or two in a row."""
    found, previous = failure.found, failure.previous
    if previous is None or previous.kind != "," or found.kind in (OTHER, "NUMBER"):
        return None
    doubled = found.kind == ","
    return Diagnostic(
        "L101",
        "two commas in a row" if doubled else "a list ends without a comma",
        previous.span,
        help="remove one" if doubled else "remove it",
        suggestion=Suggestion(previous.span, ""),
    )


def between_values(failure: Failure) -> Diagnostic | None:
    """`between 1, 5`, `between 1 to 5`, `between (1, 5)`."""
    found, previous = failure.found, failure.previous
    wish = "write `between 1 and 5`; both ends are included"
    if failure.expected == {"and"} and failure.statement != "evidence":
        right = {",": " and", "to": "and"}.get(found.text)
        return Diagnostic(
            "L101",
            "`between` has two values, joined with `and`",
            found.span,
            help=wish,
            suggestion=None if right is None else Suggestion(found.span, right),
        )
    if found.kind == "(" and previous is not None and previous.kind == "between":
        return Diagnostic("L101", "`between` has no parentheses", found.span, help=wish)
    return None


def list_commas(failure: Failure) -> Diagnostic | None:
    """A list with a comma in the place of `and`, or none where one should stand."""
    found, previous = failure.found, failure.previous
    if found.kind == "," and {"and", "or"} <= failure.expected:
        return Diagnostic(
            "L101",
            "conditions are joined with `and` or `or`, not with a comma",
            found.span,
            help="write `and` if both have to hold, `or` if one is enough",
        )
    if "," not in failure.expected:
        return None
    if found.kind in ("and", "or") and "and" not in failure.expected:
        wish = _other_than_a_list(failure)
        return Diagnostic(
            "L101",
            f"a list has commas, no `{found.text}`",
            found.span,
            help=wish or "write `,`",
            suggestion=None if wish is not None else Suggestion(found.span, ","),
        )
    if not _goes_on_with_list(failure):
        return None
    assert previous is not None, "a comma is expected after something only"
    return Diagnostic(
        "L101",
        f"a comma is missing before `{found.text}`",
        found.span,
        help=f"write `{previous.text}, {found.text}`",
        suggestion=Suggestion(Span(previous.span.end, previous.span.end), ","),
    )


def _other_than_a_list(failure: Failure) -> str | None:
    """What to write where the list with a comma would ask something else than its `and` or `or`; None for any other."""
    joint, opener = failure.found.kind, failure.list_opener
    if opener == "(":
        count = next(count for count, lexeme in enumerate(reversed(failure.before), start=1) if lexeme.kind == "(")
        quantity = None if (before := failure.back(count + 1)) is None else before.kind
        if (quantity, joint) not in (("any", "and"), ("all", "or")):
            return None
        right = "all" if joint == "and" else "any"
        return f"write `contains {right} (…, …)`, or commas if `contains {quantity}` is meant"
    if joint == "and" or opener == "for":
        return None
    if opener == "require":
        return "a rule that requires several asks for each that is missing; to be content with one, ask in a `when`"
    return "write a comma if all of them are meant"


def _goes_on_with_list(failure: Failure) -> bool:
    """Whether what was found looks like one more of the list before it."""
    found = failure.found
    if found.kind not in ("NAME", "QUOTED_NAME", "PREFIX", "TEXT", "NUMBER"):
        return False
    if close_keyword(failure) is not None or found.text in VERDICTS:
        return False
    match failure.list_opener:
        case "(":
            return True
        case "for":
            return found.kind == "PREFIX" or "." in found.text
        case "because":
            return found.text.isupper()
        case "require" | "redact":
            return found.kind == "NAME" and ("." in found.text or found.text == "amount_usd")
        case "evidence":
            return found.kind == "NAME" and not re.match(r"\s*(?:$|#|from|to)", failure.text_from(found.span.end))
        case _:
            return False


def empty_list(failure: Failure) -> Diagnostic | None:
    """`in ()`."""
    previous = failure.previous
    if failure.found.kind != ")" or previous is None or previous.kind != "(":
        return None
    condition = "not" in failure.expected
    return Diagnostic(
        "L101",
        "there is nothing in these parentheses",
        previous.span.through(failure.found.span),
        help="write a condition between them" if condition else "a list has one value or more",
    )


def brackets(failure: Failure) -> Diagnostic | None:
    """Lists in brackets or braces, and blocks in braces."""
    found = failure.found
    if found.kind != OTHER or found.text not in "[]{}":
        return None
    start = found.span.start
    match = _BRACKETED.match(failure.rest_of_line)
    if "(" in failure.expected and match is not None:
        span = Span(start, start + match.end())
        inside = match.group()[1:-1].strip()
        return Diagnostic(
            "L103",
            "a list stands in parentheses",
            span,
            help=f"write `({inside})`",
            suggestion=Suggestion(span, f"({inside})"),
        )
    wish = "statements need no braces" if found.text in "{}" else "lists stand in parentheses: `(a, b)`"
    return Diagnostic("L103", f"`{found.text}` means nothing here", found.span, help=wish)


_TEXT = r'"(?:[^"\\]|\\.)*+"'
_BRACKETED = re.compile(rf"\[(?:[^][{{}}()\"]|{_TEXT})*+\]|{{(?:[^][{{}}()\"]|{_TEXT})*+}}")


def parentheses(failure: Failure) -> Diagnostic | None:
    """One parenthesis too many, or too few."""
    found = failure.found
    if found.kind == ")" and not failure.expected & {"NAME", "TEXT", "NUMBER"} and failure.statement is not None:
        # Below an `or` or a `not`, opening one and removing this one mean two things.
        plain = not failure.clauses.keys() & {"or", "not"}
        return Diagnostic(
            "L101",
            "closing parenthesis without an opening one",
            found.span,
            help="remove it" if plain else "remove it, or open one where what it closes begins",
            suggestion=Suggestion(found.span, "") if plain else None,
        )
    if (
        ")" not in failure.expected
        or found.kind in ("NAME", "TEXT", "NUMBER", OTHER, ",", "(")
        or found.kind in COMPARISONS
    ):
        return None
    opener = _open_parenthesis(failure)
    return Diagnostic(
        "L101",
        "closing parenthesis missing" if found.kind == END else f"closing parenthesis missing before `{found.text}`",
        found.span,
        help="write `)`",
        labels=() if opener is None else (Label(opener, "opened here"),),
    )


def _open_parenthesis(failure: Failure) -> Span | None:
    """The innermost parenthesis that is open at the place, if it is not too far back."""
    closed = 0
    for lexeme in reversed(failure.before):
        closed += (lexeme.kind == ")") - (lexeme.kind == "(")
        if closed < 0:
            return lexeme.span
    return None


def list_without_parentheses(failure: Failure) -> Diagnostic | None:
    """`in low, medium`."""
    found = failure.found
    if failure.expected != {"("} or found.kind not in ("NAME", "TEXT", "NUMBER"):
        return None
    item = rf"(?:[\w.-]+|{_TEXT})"
    match = re.match(rf"{item}(?:\s*,\s*{item})*", failure.rest_of_line)
    assert match is not None, "what was found is an item"
    span = Span(found.span.start, found.span.start + match.end())
    closed = failure.text_from(span.end).lstrip().startswith(")")
    return Diagnostic(
        "L101",
        "a list stands in parentheses",
        span,
        help=f"write `({match.group()})`",
        suggestion=Suggestion(Span(span.start, span.start), "(") if closed else Suggestion(span, f"({match.group()})"),
    )
